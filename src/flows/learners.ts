/** Learners: deactivate, reactivate (RULES §3.6 "Deactivation"). */
import { Fault } from "../core/faults.ts";
import { pageOfAudit } from "../store/audit.ts";
import type { Sql } from "../store/db.ts";
import type { FreedSeat } from "../store/freedSeats.ts";
import { findLearner, lockLearner, setDeactivated } from "../store/learners.ts";
import type { Page } from "../store/listing/page.ts";
import { findListedLearner, type LearnerInList } from "../store/listing/people.ts";
import { type By, writeAudit } from "./audited.ts";
import type { Context } from "./context.ts";
import { freeSeats, takeSeatsAgain } from "./freedSeats.ts";
import { changing } from "./invalidations.ts";

const DEACTIVATED = "learner.deactivate";
const REACTIVATED = "learner.reactivate";

/**
 * A deactivated learner is denied, and stopped at the next beat. The seat runs on and is there again afterwards; of kinds that
 * free it, it is given back, and taken again where one is left. The audit log keeps both, from the first day on.
 */
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
    const before = learner.deactivated_at;
    const change = before
      ? { taken_seats: await takeSeatsAgain(context, sql, accountId, learnerId, before, at) }
      : { freed_seats: await freeSeats(sql, accountId, learnerId, at) };
    await writeAudit(context, sql, by, at, {
      account_id: accountId,
      action: deactivated ? DEACTIVATED : REACTIVATED,
      subject: ["learner", learnerId],
      before: { deactivated_at: before },
      after: { deactivated_at: deactivatedAt, ...change },
    });
  });
}

/** One deactivation or reactivation, as it was. */
export interface ActivationChange {
  readonly id: string;
  readonly change: "deactivated" | "reactivated";
  readonly at: Date;
  readonly by: string;
  readonly why: string;
  /** Freed, or taken again (RULES §3.6). */
  readonly seats: readonly FreedSeat[];
}

/** The newest first. @throws Fault `not_found`. */
export async function listActivationChanges(
  context: Context,
  accountId: string,
  learnerId: string,
  page: Page,
): Promise<ActivationChange[]> {
  await requireListedLearner(context.db, accountId, learnerId);
  const actions = [DEACTIVATED, REACTIVATED];
  const filter = { account_id: accountId, subject_type: "learner", subject_id: learnerId, actions };
  return (await pageOfAudit(context.db, filter, page)).map(({ id, action, at, actor, why, after }) => ({
    id,
    change: action === DEACTIVATED ? "deactivated" : "reactivated",
    at,
    by: actor,
    why,
    seats: seatsIn(after),
  }));
}

/** Entries of the first releases, whose kinds freed no seats, name none. */
function seatsIn(after: object | null): readonly FreedSeat[] {
  const named = after as { freed_seats?: readonly FreedSeat[]; taken_seats?: readonly FreedSeat[] } | null;
  return named?.freed_seats ?? named?.taken_seats ?? [];
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
