/** What a launch that was let in is answered with. */
import type { LaunchProgress } from "../../core/bridge.ts";
import type { CourseStructure } from "../../core/course.ts";
import type { Seat } from "../../core/licensing/admit.ts";
import { type Attempt, findState, type ItemState } from "../../store/attempts.ts";
import type { Door } from "../../store/doors.ts";
import type { Context } from "../context.ts";
import { rulesOf } from "./admission.ts";
import type { AllowedLaunch } from "./decide.ts";
import type { LaunchClaims } from "./tokens.ts";

export interface AllowedOpening {
  readonly type: "allowed";
  /** It was let in before, and is the same launch. */
  readonly sent_again?: true;
  readonly launch_id: string;
  readonly token: string;
  readonly claims: LaunchClaims;
  readonly attempt: Attempt;
  readonly structure: CourseStructure;
  readonly states: readonly ItemState[];
  /** Of one that was sent again. */
  readonly progress?: LaunchProgress;
  /** Opens the course's files (`flows/launch/contentTickets.ts`). */
  readonly content_ticket: string;
  /** Another launch of the attempt has not closed and was heard of lately. */
  readonly elsewhere: boolean;
}

export interface LaunchInStore {
  readonly claims: LaunchClaims;
  readonly attempt: Attempt;
  /** Null: yet to be read. */
  readonly states: readonly ItemState[] | null;
  readonly open_launches: readonly { readonly id: string; readonly last_seen_at: Date }[];
}

export function openingOf(context: Context, allowed: AllowedLaunch, at: Date): Promise<AllowedOpening> {
  const { door, record, number, seat } = allowed;
  const claims: LaunchClaims = {
    account_id: record.account_id,
    launch_id: record.launch_id,
    reference: record.reference,
    delivery_id: record.delivery_id,
    learner_id: record.learner_id,
    attempt_id: allowed.attempt.id,
    launch_number: number,
    opened_at: at,
    open_time: { open_seconds: 0, counted_at: at },
    due: dueOn(door, seat),
  };
  const { attempt, states, open_launches } = allowed;
  return openFor(context, { claims, attempt, states, open_launches }, at);
}

export async function openFor(context: Context, launch: LaunchInStore, at: Date): Promise<AllowedOpening> {
  const { claims, attempt } = launch;
  const { account_id, delivery_id } = claims;
  const { course_version_id } = attempt;
  const structure = await context.structures.find(course_version_id);
  return {
    type: "allowed",
    launch_id: claims.launch_id,
    token: context.tokens.sign(claims, at),
    claims,
    attempt,
    structure,
    states: launch.states ?? (await findState(context.db.quick, account_id, attempt.id)),
    content_ticket: context.contentTickets.issue({ account_id, delivery_id, course_version_id }, at),
    elsewhere: launch.open_launches.some(({ id, last_seen_at }) =>
      context.presences.isFresh(id, last_seen_at, at),
    ),
  };
}

/** What open time can still confirm. */
export function dueOn(door: Pick<Door, "kind" | "terms">, seat: Seat | null): LaunchClaims["due"] {
  const { safeguard } = rulesOf(door);
  return safeguard && seat?.status === "pending"
    ? { seat_id: seat.id, seconds: safeguard.charge_after_seconds }
    : null;
}
