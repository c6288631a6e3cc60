/** Secrets of a data folder: made at the first start, readable by the folder's owner alone. */
import { randomBytes } from "node:crypto";
import { access, link, readFile, unlink, writeFile } from "node:fs/promises";

const SECRET_BYTES = 32;
const SECRET = /^[\w-]{43}$/;

/**
 * The file appears whole or not at all, whenever the process is killed and whoever else makes it at the same moment: an
 * empty operator's key would let anyone in.
 * @throws SecretDamaged
 */
export async function keptSecret(file: string): Promise<string> {
  if (!(await isThere(file))) {
    const draft = `${file}-${randomBytes(8).toString("hex")}`;
    await writeFile(draft, randomBytes(SECRET_BYTES).toString("base64url"), { flag: "wx", mode: 0o600 });
    await link(draft, file).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "EEXIST") throw error;
    });
    await unlink(draft);
  }
  const secret = await readFile(file, "utf8");
  if (!SECRET.test(secret)) throw new SecretDamaged(file);
  return secret;
}

/** Not made anew unasked: with another secret, the tokens of all open courses would be refused. */
export class SecretDamaged extends Error {
  override readonly name = "SecretDamaged";

  constructor(file: string) {
    super(`${file} does not hold a secret of this gateway. Restore it, or delete it to have a new one made.`);
  }
}

function isThere(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
