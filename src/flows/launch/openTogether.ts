/**
 * Opens launches that come at the same time (docs/decisions/launch-path.md). Most are by learners who come back, or who are new, and
 * change nothing that anybody else's launch rests on: one statement opens those. All others are read about and decided on.
 */
import { isStoreUnavailable } from "../../core/faults.ts";
import { isStale } from "../../store/launching/writeLaunches.ts";
import type { Context } from "../context.ts";
import type { Opening } from "../openLaunch.ts";
import type { TimedArrival } from "./decide.ts";
import { decideTogether, type Outcome, type Settle } from "./decideTogether.ts";
import { mayBeNew, openNewcomers } from "./newcomersAtOnce.ts";
import { mayReturn, openReturning } from "./returns.ts";

interface Shortcut {
  /** By what the arrival itself says. */
  readonly isFor: (context: Context, one: TimedArrival) => boolean;
  /**
   * @returns Of each its opening; undefined where there is something to decide on: nothing was written of it.
   * @throws Fault `store_unavailable`: those that were written are found as sent again. Anything else: nothing was written.
   */
  readonly open: (
    context: Context,
    arrivals: readonly TimedArrival[],
  ) => Promise<readonly (Promise<Opening> | undefined)[]>;
}

const SHORTCUTS: readonly Shortcut[] = [
  { isFor: mayReturn, open: openReturning },
  { isFor: mayBeNew, open: openNewcomers },
];

/** Settles each arrival as soon as its outcome is known, all of them in the end. Never throws. */
export async function openTogether(
  context: Context,
  arrivals: readonly TimedArrival[],
  settle: Settle,
): Promise<void> {
  const ways = arrivals.map((one) => SHORTCUTS.find(({ isFor }) => isFor(context, one)));
  const placesOf = (way: Shortcut | undefined) => [...arrivals.keys()].filter((place) => ways[place] === way);
  await Promise.all([
    ...SHORTCUTS.map((way) => takeShortcut(context, arrivals, placesOf(way), way, settle)),
    decideOn(context, arrivals, placesOf(undefined), settle),
  ]);
}

async function takeShortcut(
  context: Context,
  arrivals: readonly TimedArrival[],
  places: readonly number[],
  way: Shortcut,
  settle: Settle,
): Promise<void> {
  if (places.length === 0) return;
  try {
    const opened = await openOr(context, () => way.open(context, at(arrivals, places)), []);
    const answer = async (place: number, index: number) => {
      const opening = opened[index];
      if (opening) settle(place, await outcomeOf(opening));
    };
    const others = places.filter((_place, index) => !opened[index]);
    await Promise.all([...places.map(answer), decideOn(context, arrivals, others, settle)]);
  } catch (error) {
    for (const place of places) settle(place, { type: "failed", error });
  }
}

/** Whatever is wrong with one of them, such as a nonce that somebody else writes in the same moment, is for the decision to find out. */
async function openOr<Opened>({ deps }: Context, open: () => Promise<Opened>, none: Opened): Promise<Opened> {
  try {
    return await open();
  } catch (error) {
    if (isStoreUnavailable(error)) throw error;
    if (!isStale(error)) deps.log.warn("Launches could not be opened at once", { error });
    return none;
  }
}

async function outcomeOf(opening: Promise<Opening>): Promise<Outcome> {
  try {
    return { type: "opened", opening: await opening };
  } catch (error) {
    return { type: "failed", error };
  }
}

async function decideOn(
  context: Context,
  arrivals: readonly TimedArrival[],
  places: readonly number[],
  settle: Settle,
): Promise<void> {
  const settleOne: Settle = (index, outcome) => settle(places[index] as number, outcome);
  if (places.length > 0) await decideTogether(context, at(arrivals, places), settleOne);
}

function at(arrivals: readonly TimedArrival[], places: readonly number[]): TimedArrival[] {
  return places.map((place) => arrivals[place] as TimedArrival);
}
