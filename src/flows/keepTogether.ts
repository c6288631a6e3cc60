/**
 * Saves that come while others are written go together next, by one statement and one commit, as launches do
 * (docs/decisions/launch-path.md): where the disk is slow, nobody waits for the commits of all who came before.
 */
import { isStoreUnavailable } from "../core/faults.ts";
import type { TraceSpan } from "../deps.ts";
import { codeOf, type Sql } from "../store/db.ts";
import { type Keep, type KeepText, textOf, writeKeep, writeKeeps } from "../store/launching/writeKeeps.ts";
import { isStale } from "../store/launching/writeLaunches.ts";
import type { Context } from "./context.ts";
import {
  AS_LEARNERS_WAIT,
  type Batches,
  createBatches,
  type Outcome,
  type Settle,
} from "./launch/batches.ts";

interface Asked {
  readonly context: Context;
  readonly keep: KeepText;
  readonly span: TraceSpan;
}

/** Of one process, whose context they all have. What comes back is whether a later launch has taken over. */
export type Keeps = Batches<Asked, boolean>;

const MOST_TOGETHER = 32;
/** A save can bring a megabyte: of such, a few go at a time. */
const LARGE_CHARACTERS = 64 * 1024;
/** Of one that is in nobody's company any more, and finds its rows locked the other way round. */
const TRIES_ALONE = 3;
/** SQLSTATE: the statement took longer than it may, as where it waited for a lock. */
const TIMED_OUT = "57014";

export function createKeeps(): Keeps {
  return createBatches({
    ...AS_LEARNERS_WAIT,
    most_together: MOST_TOGETHER,
    keysOf,
    run: async (batch, settle) => {
      const [first] = batch;
      if (!first) return;
      const { deps, db } = first.context;
      const spans = batch.map(({ span }) => span);
      const keeps = batch.map(({ keep }) => keep);
      await deps.tracing.tracedFor(spans, "save batch", () => writeAll(db.quick, keeps, settle));
    },
  });
}

/**
 * @returns Whether a later launch of the attempt has begun to save.
 * @throws StateTooLarge; Fault `store_unavailable`, also where it had to wait too long: it may have been written.
 */
export function keepTogether(context: Context, keep: Keep): Promise<boolean> {
  return context.deps.tracing.traced("save", {}, (span) =>
    context.keeps.add({ context, keep: textOf(keep), span }),
  );
}

/** Those of one attempt go one after the other; so do those that are large, in sixteen rows by the attempt's last digit. */
function keysOf({ keep: { attempt_id, json } }: Asked): string[] {
  return json.length > LARGE_CHARACTERS ? [attempt_id, `large ${attempt_id.at(-1)}`] : [attempt_id];
}

/** Settles all of them. One that can't be written, or has to wait, does so for itself alone. */
async function writeAll(sql: Sql, keeps: readonly KeepText[], settle: Settle<boolean>): Promise<void> {
  const eachAlone = (places: readonly number[]) =>
    Promise.all(places.map(async (place) => settle(place, await writeAlone(sql, keeps[place] as KeepText))));
  const places = [...keeps.keys()];
  if (keeps.length === 1) return void (await eachAlone(places));
  let written: (boolean | null)[];
  try {
    written = await writeKeeps(sql, keeps);
  } catch (error) {
    if (isStoreUnavailable(error) && !isTimeout(error)) for (const place of places) settle(place, { error });
    else await eachAlone(places);
    return;
  }
  for (const [place, result] of written.entries()) if (result !== null) settle(place, { result });
  await eachAlone(places.filter((place) => written[place] === null));
}

async function writeAlone(sql: Sql, keep: KeepText, tries = 1): Promise<Outcome<boolean>> {
  try {
    return { result: await writeKeep(sql, keep) };
  } catch (error) {
    return isStale(error) && tries < TRIES_ALONE ? writeAlone(sql, keep, tries + 1) : { error };
  }
}

function isTimeout(error: unknown): boolean {
  return error instanceof Error && codeOf(error.cause) === TIMED_OUT;
}
