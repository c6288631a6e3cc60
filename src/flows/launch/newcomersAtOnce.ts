/**
 * Learners who are new: where their door was read a moment ago they are decided on as it was, for nothing else is known of them,
 * and one statement writes what was decided, if the door is still the same and they are new indeed. Who is to be denied, and
 * whoever is not written, is read about and decided on.
 */
import { holds } from "../../core/time.ts";
import type { Door } from "../../store/doors.ts";
import { type NewcomerLaunch, writeNewcomers } from "../../store/launching/writeLaunches.ts";
import type { Context } from "../context.ts";
import { isRenewalOf } from "./admission.ts";
import { attemptMarked } from "./arrival.ts";
import { countRuling } from "./counting.ts";
import { type AllowedLaunch, decide, type TimedArrival, type Together } from "./decide.ts";
import { type AllowedOpening, openingOf } from "./opening.ts";

/** Of a package, with nothing to go on with, at a door that is known. */
export function mayBeNew({ doors }: Pick<Context, "doors">, { arrival, at }: TimedArrival): boolean {
  const { lms, delivery_key } = arrival;
  if (!lms || lms.entry === "resume" || attemptMarked(lms.marker) !== null) return false;
  if (arrival.proved_connection_id !== null || arrival.too_many) return false;
  return doors.find(delivery_key, at) !== undefined;
}

export async function openNewcomers(
  context: Context,
  arrivals: readonly TimedArrival[],
): Promise<(Promise<AllowedOpening> | undefined)[]> {
  const together: Together = { draws: new Map(), learners: new Set() };
  const written = new Set<string>();
  try {
    const decided = arrivals.map((one) => decideAsNew(context, one, together));
    const launches = decided.flatMap((allowed) => allowed ?? []).map(toWrite);
    if (launches.length > 0)
      for (const id of await writeNewcomers(context.db.quick, launches)) written.add(id);
    return decided.map((allowed, place) => {
      if (!allowed || !written.has(allowed.record.launch_id)) return undefined;
      countRuling(context.deps, { type: "allowed", allowed });
      return openingOf(context, allowed, (arrivals[place] as TimedArrival).at);
    });
  } finally {
    // What kept anybody out may be over, or not be remembered yet.
    if (written.size < arrivals.length)
      for (const { arrival } of arrivals) context.doors.forget(arrival.delivery_key);
  }
}

function toWrite({ record, door }: AllowedLaunch): NewcomerLaunch {
  return { record, door_stamp: door.stamp };
}

/** Undefined for whoever is not let in as somebody whom nobody has seen. */
function decideAsNew(context: Context, one: TimedArrival, together: Together): AllowedLaunch | undefined {
  const { arrival, at } = one;
  const door = context.doors.find(arrival.delivery_key, at);
  if (!door || isRenewalOf(door, at) || hasSeveralLots(door, at)) return undefined;
  const found = { door, spin_off_id: null, before_id: null, known: [] };
  const ruling = decide(context.deps, one, found, together);
  return ruling.type === "allowed" ? ruling.allowed : undefined;
}

/**
 * Which of them is drawn from hangs on how many seats are left in each, which the writing does not look at. Of one it looks
 * whether there are enough.
 */
function hasSeveralLots({ lots }: Door, at: Date): boolean {
  return lots.filter((lot) => holds(lot, at)).length > 1;
}
