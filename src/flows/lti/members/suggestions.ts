/** What people decide about learners who left their courses; and reading a course's members before its time. */
import { Fault } from "../../../core/faults.ts";
import { joinTransaction } from "../../../store/joinedDb.ts";
import { findLtiContext, type LtiContextInList } from "../../../store/listing/ltiContexts.ts";
import { makeContextDue } from "../../../store/lti/members.ts";
import {
  decideSuggestion,
  findSuggestion,
  hasComeBack,
  lockSuggestion,
  type Suggestion,
} from "../../../store/lti/suggestions.ts";
import { type By, writeAudit } from "../../audited.ts";
import type { Context } from "../../context.ts";
import { changing } from "../../invalidations.ts";
import { deactivateLearner } from "../../learners.ts";

/**
 * Accepted, the learner is deactivated; dismissed, they are not suggested again unless they come back and leave once more.
 * What was decided before stays as it is.
 * @throws Fault `not_found`; `conflict` where it was decided otherwise, or where it is to be accepted of somebody who is back:
 * no reading may have noticed yet.
 */
export async function decide(
  context: Context,
  by: By,
  accountId: string,
  suggestionId: string,
  status: "accepted" | "dismissed",
): Promise<Suggestion> {
  const at = context.deps.clock.now();
  await changing(context, "stops", async (sql) => {
    const found = await lockSuggestion(sql, accountId, suggestionId);
    if (!found) throw noSuchSuggestion(suggestionId);
    if (found.status === status) return;
    if (found.status !== "open")
      throw new Fault("conflict", `suggestion: expected one that is open, found it ${found.status}.`);
    if (status === "accepted" && (await hasComeBack(sql, accountId, suggestionId)))
      throw new Fault("conflict", "suggestion: the learner has come back since they were suggested.");
    await decideSuggestion(sql, accountId, suggestionId, { status, by: by.actor, at });
    await writeAudit(context, sql, by, at, {
      account_id: accountId,
      action: "deactivation_suggestion.decide",
      subject: ["deactivation_suggestion", suggestionId],
      before: { status: "open" },
      after: { status, learner_id: found.learner_id },
    });
    if (status === "dismissed") return;
    const joined = { ...context, db: joinTransaction(context.db, sql) };
    await deactivateLearner(joined, by, accountId, found.learner_id, true);
  });
  return requireSuggestion(context, accountId, suggestionId);
}

async function requireSuggestion(
  { db }: Pick<Context, "db">,
  accountId: string,
  suggestionId: string,
): Promise<Suggestion> {
  const found = await findSuggestion(db, accountId, suggestionId);
  if (!found) throw noSuchSuggestion(suggestionId);
  return found;
}

function noSuchSuggestion(id: string): Fault {
  return new Fault("not_found", `suggestion: found none with the id ${id} in this account.`);
}

/** Its members are read within seconds, by whichever process looks first. @throws Fault `not_found`. */
export async function readMembersSoon(
  { db, deps }: Pick<Context, "db" | "deps">,
  accountId: string,
  contextId: string,
): Promise<LtiContextInList> {
  await makeContextDue(db, accountId, contextId, deps.clock.now());
  const found = await findLtiContext(db, accountId, contextId);
  if (!found)
    throw new Fault("not_found", `lti_context: found none with the id ${contextId} in this account.`);
  return found;
}
