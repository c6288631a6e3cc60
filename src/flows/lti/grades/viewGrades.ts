/** What support sees of grades on their way to gradebooks, and can do about them. */
import { Fault } from "../../../core/faults.ts";
import {
  findListedGradeTarget,
  type GradeTargetInList,
  type ListedGrade,
  listGrades,
} from "../../../store/listing/gradeTargets.ts";
import { retryTarget } from "../../../store/lti/gradeOutbox.ts";
import { type By, writeAudit } from "../../audited.ts";
import type { Context } from "../../context.ts";

const NEWEST_GRADES = 50;

export interface GradeTargetView extends GradeTargetInList {
  /** The newest first. */
  readonly grades: readonly ListedGrade[];
}

/** @throws Fault `not_found`. */
export async function viewGradeTarget(
  { db }: Pick<Context, "db">,
  accountId: string,
  targetId: string,
): Promise<GradeTargetView> {
  const target = await findListedGradeTarget(db, accountId, targetId);
  if (!target)
    throw new Fault("not_found", `grade_target: found none with the id ${targetId} in this account.`);
  return { ...target, grades: await listGrades(db, accountId, targetId, NEWEST_GRADES) };
}

/**
 * What waits is tried now; what was given up is tried once more, unless something newer has arrived.
 * @throws Fault `not_found`.
 */
export async function retryGrades(
  context: Context,
  by: By,
  accountId: string,
  targetId: string,
): Promise<void> {
  const at = context.deps.clock.now();
  await context.db.transaction(async (sql) => {
    const target = await findListedGradeTarget(sql, accountId, targetId);
    if (!target)
      throw new Fault("not_found", `grade_target: found none with the id ${targetId} in this account.`);
    const { waiting, given_up } = target;
    const revived = await retryTarget(sql, accountId, targetId, at);
    await writeAudit(context, sql, by, at, {
      account_id: accountId,
      action: "grade_target.retry",
      subject: ["grade_target", targetId],
      before: { waiting, given_up },
      after: { waiting: waiting + revived, given_up: given_up - revived },
    });
  });
  context.lti.gradeLanes.wake(accountId);
}
