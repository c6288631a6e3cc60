/** What every flow is handed. */
import type { Config } from "../config.ts";
import type { Deps } from "../deps.ts";
import type { ContentStore } from "../store/content/contentStore.ts";
import type { Db } from "../store/db.ts";
import type { Redis } from "../store/redis.ts";
import type { RunningImports } from "./import/runningImports.ts";
import type { Invalidations } from "./invalidations.ts";
import type { Keeps } from "./keepTogether.ts";
import type { KeyRing } from "./keyRing.ts";
import type { ContentTickets } from "./launch/contentTickets.ts";
import type { Floods } from "./launch/floods.ts";
import type { Presences } from "./launch/presences.ts";
import type { RememberedDoors } from "./launch/rememberedDoors.ts";
import type { Stops } from "./launch/stops.ts";
import type { Structures } from "./launch/structures.ts";
import type { LaunchTokens } from "./launch/tokens.ts";
import type { LtiMemory } from "./lti/memory.ts";
import type { Launches } from "./openLaunch.ts";
import type { StripeClient } from "./payments/stripeClient.ts";

export interface Context {
  readonly config: Config;
  readonly deps: Deps;
  readonly db: Db;
  readonly contentStore: ContentStore;
  readonly keys: KeyRing;
  readonly tokens: LaunchTokens;
  readonly contentTickets: ContentTickets;
  /** Null where none is set. */
  readonly redis: Redis | null;
  readonly invalidations: Invalidations;
  readonly stops: Stops;
  readonly presences: Presences;
  readonly floods: Floods;
  readonly structures: Structures;
  readonly doors: RememberedDoors;
  /** Those that are being opened, and those that wait for them. */
  readonly launches: Launches;
  /** Saves, likewise. */
  readonly keeps: Keeps;
  readonly imports: RunningImports;
  /** Registrations, and the keys of both sides. */
  readonly lti: LtiMemory;
  /** Where PAYMENTS is `stripe`. */
  readonly stripe: StripeClient;
}
