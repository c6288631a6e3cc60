/** Learners: deactivate, reactivate (RULES §3.6 "Deactivation"). */
import { Fault } from "../core/faults.ts";
import type { Sql } from "../store/db.ts";
import { findLearner, lockLearner, setDeactivated } from "../store/learners.ts";
import { findListedLearner, type LearnerInList } from "../store/listing/people.ts";
import { type By, writeAudit } from "./audited.ts";
import type { Context } from "./context.ts";
import { changing } from "./invalidations.ts";

/** A deactivated learner is denied, and stopped at the next beat; the seat runs on and is there again afterwards. */
export async function deactivateLearner(
  context: Context,
  by: By,
  accountId: string,
  learnerId: string,
  deactivated: boolean,
): Promise<void> {
  const at = context.deps.clock.now();
  await changing(context, "stops", async (sql) => {
    await lockLearner(sql, accountId, learnerId);
    const learner = await findLearner(sql, accountId, learnerId);
    if (!learner) throw noSuchLearner(learnerId);
    if ((learner.deactivated_at !== null) === deactivated) return;
    const deactivatedAt = deactivated ? at : null;
    await setDeactivated(sql, accountId, learnerId, deactivatedAt);
    await writeAudit(context, sql, by, at, {
      account_id: accountId,
      action: deactivated ? "learner.deactivate" : "learner.reactivate",
      subject: ["learner", learnerId],
      before: { deactivated_at: learner.deactivated_at },
      after: { deactivated_at: deactivatedAt },
    });
  });
}

/** @throws Fault `not_found`. */
export async function requireListedLearner(
  sql: Sql,
  accountId: string,
  learnerId: string,
): Promise<LearnerInList> {
  const learner = await findListedLearner(sql, accountId, learnerId);
  if (!learner) throw noSuchLearner(learnerId);
  return learner;
}

function noSuchLearner(learnerId: string): Fault {
  return new Fault("not_found", `learner: found none with the id ${learnerId} in this account.`);
}
