/** Support ends a learner's attempt; their next launch begins a new one (RULES §1 "attempt"). */
import { Fault } from "../core/faults.ts";
import { endAttempt, findAttemptById } from "../store/attempts.ts";
import { type By, writeAudit } from "./audited.ts";
import type { Context } from "./context.ts";

export async function resetAttempt(
  context: Context,
  by: By,
  accountId: string,
  attemptId: string,
): Promise<void> {
  const at = context.deps.clock.now();
  await context.db.transaction(async (sql) => {
    if (!(await findAttemptById(sql, accountId, attemptId)))
      throw new Fault("not_found", `attempt: found none with the id ${attemptId} in this account.`);
    if (!(await endAttempt(sql, accountId, attemptId, "reset_by_support", at))) return;
    await writeAudit(context, sql, by, at, {
      account_id: accountId,
      action: "attempt.reset",
      subject: ["attempt", attemptId],
      before: { ended_at: null },
      after: { ended_at: at },
    });
  });
}
