/**
 * Remembers what a launch over LTI that was let in brought beside itself: where its grades go, what the LMS said of the person, from
 * which of its courses they came. Launches that come at the same time share one statement, as they do when they are decided
 * (docs/decisions/launch-path.md).
 */
import { isStoreUnavailable } from "../../core/faults.ts";
import type { LtiMessage } from "../../core/lti/message.ts";
import type { Sql } from "../../store/db.ts";
import { type LaunchToRemember, rememberLaunches } from "../../store/lti/rememberLaunches.ts";
import type { Context } from "../context.ts";
import { AS_LEARNERS_WAIT, type Batches, createBatches, type Settle } from "../launch/batches.ts";
import type { AllowedOpening } from "../launch/opening.ts";
import { evidenceOf } from "./evidence.ts";
import { gradeTargetOf } from "./gradeTargets.ts";
import { seenContextOf } from "./members/seenContext.ts";

/** When something of the attempt was last saved; undefined where there is no such attempt. */
export type SavedAt = Date | null | undefined;

interface Asked {
  readonly launch: LaunchToRemember;
  readonly sql: Sql;
}

/** Of one process, whose store they all have. */
export type Remembering = Batches<Asked, SavedAt>;

/** One row each, and next to no work for Postgres: the more together, the better. */
const MOST_TOGETHER = 64;

export function createRemembering(): Remembering {
  return createBatches({
    ...AS_LEARNERS_WAIT,
    most_together: MOST_TOGETHER,
    keysOf,
    run: async (asked, settle) => {
      const [first] = asked;
      if (!first) return;
      await rememberAll(
        first.sql,
        asked.map(({ launch }) => launch),
        settle,
      );
    },
  });
}

/** Before anything of the attempt is handed out: no acknowledged save loses its grade (docs/lti-grades.md). */
export function rememberLaunch(
  { lti, db, deps }: Pick<Context, "lti" | "db" | "deps">,
  { claims }: Pick<AllowedOpening, "claims">,
  message: LtiMessage,
): Promise<SavedAt> {
  const { account_id, connection_id, registration_id } = message;
  const { attempt_id, learner_id } = claims;
  const launch = {
    account_id,
    connection_id,
    registration_id,
    attempt_id,
    learner_id,
    at: deps.clock.now(),
    grade_target: gradeTargetOf(message, deps.newId()),
    evidence: evidenceOf(message),
    context: seenContextOf(message, deps.newId()),
  };
  return lti.remembering.add({ launch, sql: db.quick });
}

/** Those of one learner go one after the other, whoever the LMS says that they are. */
function keysOf({ launch }: Asked): string[] {
  const { attempt_id, learner_id, connection_id, evidence } = launch;
  const keys = [`attempt ${attempt_id}`, `learner ${learner_id}`];
  return evidence ? [...keys, `identity ${connection_id} ${evidence.namespace} ${evidence.value}`] : keys;
}

/** What can't be remembered, for whatever reason, fails for itself alone. */
async function rememberAll(
  sql: Sql,
  launches: readonly LaunchToRemember[],
  settle: Settle<SavedAt>,
): Promise<void> {
  try {
    const found = await rememberLaunches(sql, launches);
    for (const [place, result] of found.entries()) settle(place, { result });
  } catch (error) {
    if (isStoreUnavailable(error) || launches.length === 1)
      for (const place of launches.keys()) settle(place, { error });
    else await rememberInHalves(sql, launches, settle);
  }
}

async function rememberInHalves(
  sql: Sql,
  launches: readonly LaunchToRemember[],
  settle: Settle<SavedAt>,
): Promise<void> {
  const middle = Math.ceil(launches.length / 2);
  await rememberAll(sql, launches.slice(0, middle), settle);
  await rememberAll(sql, launches.slice(middle), (place, outcome) => settle(middle + place, outcome));
}
