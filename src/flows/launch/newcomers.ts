/**
 * Instructors, and the persons that LMSs make up to try things out, when they come for the first time, be it to open a course
 * or to pick one: test identities where the vendor allows it, and as many as the account may have (RULES §6). Whoever is more
 * than that is an ordinary learner, and stays one: nobody becomes a test identity by their role after the fact.
 */
import { findAccount } from "../../store/accounts.ts";
import type { Sql } from "../../store/db.ts";
import { noteOfLaunch } from "../../store/launches.ts";
import type { LaunchRecord } from "../../store/launching/launchRecord.ts";
import { countTestLearners, type IdentityKey, lockIdentityKey } from "../../store/learners.ts";
import { type By, writeAudit } from "../audited.ts";
import type { Context } from "../context.ts";

/** `test_refused`: an ordinary learner, since the account has as many test identities as it may have. */
export type Standing = "ordinary" | "test" | "test_refused";

/** By their role alone: no person has marked them. */
const BY_ROLE: By = { actor: "gateway", why: "Came as an instructor or a test person of the LMS" };

/**
 * With the account and the identity's key locked until the transaction ends, in the order of `markTestIdentity`: two who come
 * at once never exceed the limit, from two processes neither.
 */
export async function settleNewcomer(sql: Sql, key: IdentityKey): Promise<Standing> {
  // Where it is not allowed, which is everywhere by default, nobody waits for anybody.
  if (!(await findAccount(sql, key.account_id))?.instructors_are_test_identities) return "ordinary";
  const account = await findAccount(sql, key.account_id, true);
  await lockIdentityKey(sql, key);
  if (!account?.instructors_are_test_identities) return "ordinary";
  const taken = await countTestLearners(sql, key.account_id);
  return taken < account.test_identities_most ? "test" : "test_refused";
}

/** Says in the audit log who became a test identity, and in the launch log who did not for want of a place. */
export async function recordStanding(
  context: Context,
  sql: Sql,
  record: LaunchRecord,
  standing: Standing | null,
  at: Date,
): Promise<void> {
  const { account_id, launch_id, learner_id, newcomer } = record;
  // Recorded meanwhile by another launch of theirs, which settled it.
  if (!newcomer) return;
  if (standing === "test_refused") await noteOfLaunch(sql, account_id, launch_id, "test_identities_used_up");
  if (standing === "test") await auditTestIdentity(context, sql, account_id, learner_id, at);
}

/** Of a learner who was just recorded as one. */
export function auditTestIdentity(
  context: Context,
  sql: Sql,
  account_id: string,
  learner_id: string,
  at: Date,
): Promise<void> {
  return writeAudit(context, sql, BY_ROLE, at, {
    account_id,
    action: "learner.mark_test",
    subject: ["learner", learner_id],
    before: null,
    after: { test: true },
  });
}
