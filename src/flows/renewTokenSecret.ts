/** Makes a new secret for launch tokens and content addresses, while learners are in their courses. */
import { Fault } from "../core/faults.ts";
import { renewSecret, tokenSecretFile } from "../store/keptSecret.ts";
import { type By, writeAudit } from "./audited.ts";
import type { Context } from "./context.ts";

/**
 * Taken up at once by the process that runs this: the only one, for what the data folder keeps is the embedded store's.
 * @param forget The one that signed so far is refused from now on: for one that became known. Open courses must be opened
 * again then.
 * @throws Fault `conflict` where the secret is a setting: whoever set it changes it there.
 */
export async function renewTokenSecret(context: Context, by: By, forget: boolean): Promise<void> {
  const { config, db, deps, keys } = context;
  if (config.TOKEN_SECRET)
    throw new Fault(
      "conflict",
      "TOKEN_SECRET: the secret is a setting; change it there (docs/security.md, “Changing secrets”).",
    );
  const at = deps.clock.now();
  await db.transaction((sql) =>
    writeAudit(context, sql, by, at, {
      account_id: null,
      action: "token_secret.renew",
      subject: ["setting", "token_secret"],
      before: null,
      after: { previous: forget ? "refused" : "accepted" },
    }),
  );
  keys.replace(await renewSecret(tokenSecretFile(config.DATA_FOLDER), { forget }));
}
