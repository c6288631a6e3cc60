/** Secrets of a data folder: made at the first start, readable by the folder's owner alone. */
import { randomBytes } from "node:crypto";
import { access, link, open, readFile, rename, unlink } from "node:fs/promises";
import { join } from "node:path";

const SECRET_BYTES = 32;
const SECRET = /^[\w-]{43}$/;

/** Signs, and beside it the one that signed before, where there was one. */
export type KeptSecrets = readonly [current: string] | readonly [current: string, previous: string];

export function tokenSecretFile(dataFolder: string): string {
  return join(dataFolder, "token-secret");
}

/**
 * The file appears whole or not at all, whenever the process is killed and whoever else makes it at the same moment: an
 * empty operator's key would let anyone in.
 * @throws SecretDamaged
 */
export async function keptSecret(file: string): Promise<string> {
  const [secret] = await keptSecrets(file);
  return secret;
}

/**
 * @returns One, or two after `renewSecret`.
 * @throws SecretDamaged
 */
export async function keptSecrets(file: string): Promise<KeptSecrets> {
  if (!(await isThere(file))) {
    const draft = await writeDraft(file, newSecret());
    await link(draft, file).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "EEXIST") throw error;
    });
    await unlink(draft);
  }
  const [current = "", previous, ...more] = (await readFile(file, "utf8")).split("\n");
  const isWhole = [current, ...(previous === undefined ? [] : [previous])].every((one) => SECRET.test(one));
  if (!isWhole || more.length > 0) throw new SecretDamaged(file);
  return previous === undefined ? [current] : [current, previous];
}

/**
 * Makes a new one. The one before it is kept beside it unless `forget`; what stood there before that is gone.
 * @throws SecretDamaged
 */
export async function renewSecret(file: string, { forget }: { forget: boolean }): Promise<KeptSecrets> {
  const [before] = await keptSecrets(file);
  const renewed: KeptSecrets = forget ? [newSecret()] : [newSecret(), before];
  await rename(await writeDraft(file, renewed.join("\n")), file);
  return renewed;
}

function newSecret(): string {
  return randomBytes(SECRET_BYTES).toString("base64url");
}

/** On the disk before it takes the place of what learners' tokens are signed with. */
async function writeDraft(file: string, text: string): Promise<string> {
  const draft = `${file}-${randomBytes(8).toString("hex")}`;
  const handle = await open(draft, "wx", 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  return draft;
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
