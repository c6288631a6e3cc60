/** What one process keeps in its memory. All of it may vanish with the process; none of it is the only copy. */
import type { Config } from "../config.ts";
import type { Deps } from "../deps.ts";
import type { Db } from "../store/db.ts";
import type { Context } from "./context.ts";
import { createRunningImports } from "./import/runningImports.ts";
import { createInvalidations } from "./invalidations.ts";
import { createKeeps } from "./keepTogether.ts";
import type { KeyRing } from "./keyRing.ts";
import { createContentTickets } from "./launch/contentTickets.ts";
import { createFloods } from "./launch/floods.ts";
import { createPresences } from "./launch/presences.ts";
import { createRememberedDoors } from "./launch/rememberedDoors.ts";
import { createStops } from "./launch/stops.ts";
import { createStructures } from "./launch/structures.ts";
import { createLaunchTokens } from "./launch/tokens.ts";
import { createLtiMemory } from "./lti/memory.ts";
import { createLaunches } from "./openLaunch.ts";
import { stripeClient } from "./payments/stripeClient.ts";

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
  | "doors"
  | "launches"
  | "keeps"
  | "lti"
  | "stripe"
>;

export function createMemory(config: Config, deps: Deps, db: Db, keys: KeyRing): Memory {
  const { clock, log } = deps;
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
    doors: createRememberedDoors(),
    launches: createLaunches(),
    keeps: createKeeps(),
    lti: createLtiMemory({ config, db, deps, keys, invalidations }),
    stripe: stripeClient(config),
  };
}
