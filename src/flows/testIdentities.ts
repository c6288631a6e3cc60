/**
 * Test identities launch without taking a seat or making a charge (RULES §6): at most as many per account as the vendor
 * sets, marked ahead, never while the learner holds a seat.
 */
import { Fault } from "../core/faults.ts";
import { readIdentity, SCORM_NAMESPACE } from "../core/identity.ts";
import { listConnections } from "../store/accounts.ts";
import type { Sql } from "../store/db.ts";
import {
  countTestLearners,
  findIdentity,
  insertIdentity,
  insertLearner,
  lockIdentityKey,
  lockLearner,
  setTest,
} from "../store/learners.ts";
import { hasEverHeldSeat } from "../store/seats.ts";
import { requireAccount } from "./accounts.ts";
import { type By, writeAudit } from "./audited.ts";
import type { Context } from "./context.ts";

export interface TestIdentityOrder {
  readonly account_id: string;
  /** Null: the account's first connection. */
  readonly connection_id: string | null;
  /** `scorm`, if not given; `lti:<issuer>` or `lti11:<consumer key>` of an id that comes over LTI. */
  readonly namespace?: string;
  /** The id that the LMS will send. */
  readonly value: string;
}

/** @throws Fault `test_identities_used_up`, `seat_held`. */
export async function markTestIdentity(
  context: Context,
  by: By,
  order: TestIdentityOrder,
): Promise<{ learner_id: string }> {
  const at = context.deps.clock.now();
  const value = readIdentity(order.value, []);
  if (value === null)
    throw new Fault("body_invalid", "value: expected an id that names a learner, not a placeholder.");
  return context.db.transaction(async (sql) => {
    const account = await requireAccount(sql, order.account_id, true);
    const connection_id = await requireConnection(sql, order);
    const key = {
      account_id: account.id,
      connection_id,
      namespace: order.namespace ?? SCORM_NAMESPACE,
      value,
    };
    await lockIdentityKey(sql, key);
    const known = await findIdentity(sql, key);
    if (known?.test) return { learner_id: known.learner_id };
    // So that no launch seats them from here on.
    if (known) await lockLearner(sql, account.id, known.learner_id);
    if ((await countTestLearners(sql, account.id)) >= account.test_identities_most)
      throw new Fault(
        "test_identities_used_up",
        `account: it may have ${account.test_identities_most} test identities, and has them.`,
      );
    if (known && (await hasEverHeldSeat(sql, account.id, known.learner_id)))
      throw new Fault(
        "seat_held",
        "value: the learner holds or held a seat; a test identity is marked before its first launch.",
      );
    const learnerId = known?.learner_id ?? context.deps.newId();
    if (known) await setTest(sql, account.id, learnerId);
    else {
      await insertLearner(sql, {
        account_id: account.id,
        id: learnerId,
        name: "",
        test: true,
        deactivated_at: null,
        created_at: at,
      });
      await insertIdentity(sql, {
        ...key,
        id: context.deps.newId(),
        learner_id: learnerId,
        name_sent: "",
        first_seen_at: at,
        first_origin: null,
      });
    }
    await writeAudit(context, sql, by, at, {
      account_id: account.id,
      action: "learner.mark_test",
      subject: ["learner", learnerId],
      before: null,
      after: { test: true },
    });
    return { learner_id: learnerId };
  });
}

async function requireConnection(sql: Sql, order: TestIdentityOrder): Promise<string> {
  const connections = await listConnections(sql, order.account_id);
  const chosen = order.connection_id
    ? connections.find(({ id }) => id === order.connection_id)
    : connections[0];
  if (!chosen) throw new Fault("not_found", "connection: found no such one in this account.");
  return chosen.id;
}
