/** What one process keeps in its memory. All of it may vanish with the process; none of it is the only copy. */
import type { Config } from "../config.ts";
import type { Deps } from "../deps.ts";
import type { Db } from "../store/db.ts";
import type { Context } from "./context.ts";
import { createRunningImports } from "./import/runningImports.ts";
import { createInvalidations } from "./invalidations.ts";
import type { KeyRing } from "./keyRing.ts";
import { createContentTickets } from "./launch/contentTickets.ts";
import { createFloods } from "./launch/floods.ts";
import { createPresences } from "./launch/presences.ts";
import { createStops } from "./launch/stops.ts";
import { createStructures } from "./launch/structures.ts";
import { createLaunchTokens } from "./launch/tokens.ts";
import { createLaunches } from "./openLaunch.ts";

type Memory = Pick<
  Context,
  | "keys"
  | "tokens"
  | "contentTickets"
  | "invalidations"
  | "stops"
  | "presences"
  | "floods"
  | "imports"
  | "structures"
  | "launches"
>;

export function createMemory(config: Config, { clock, log }: Deps, db: Db, keys: KeyRing): Memory {
  const invalidations = createInvalidations();
  const stops = createStops(db.quick, clock, log, config.CONTENT_ADDRESS_HOURS);
  invalidations.subscribe("stops", stops.changed);
  return {
    keys,
    tokens: createLaunchTokens(keys),
    contentTickets: createContentTickets(keys, config.CONTENT_ADDRESS_HOURS),
    invalidations,
    stops,
    presences: createPresences(config.BEAT_SECONDS),
    floods: createFloods(db, clock, log),
    imports: createRunningImports(),
    structures: createStructures(db.quick),
    launches: createLaunches(),
  };
}
