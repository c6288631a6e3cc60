/** What one process remembers for LTI. */
import type { Context } from "../context.ts";
import { type AccessTokens, createAccessTokens } from "./accessTokens.ts";
import { createLanes, type Lanes } from "./grades/lanes.ts";
import { createJustOpened, type JustOpened } from "./justOpened.ts";
import { createLti11Keys, type Lti11Keys } from "./lti11Keys.ts";
import { createPlatformKeys, type PlatformKeys } from "./platformKeys.ts";
import { outgoingToPlatforms } from "./platformOutgoing.ts";
import { createRegistrations, type Registrations } from "./registrations.ts";
import { createRemembering, type Remembering } from "./rememberTogether.ts";
import { createToolKeys, type ToolKeys } from "./toolKeys.ts";

export interface LtiMemory {
  readonly registrations: Registrations;
  readonly platformKeys: PlatformKeys;
  readonly toolKeys: ToolKeys;
  readonly lti11Keys: Lti11Keys;
  readonly accessTokens: AccessTokens;
  readonly gradeLanes: Lanes;
  readonly justOpened: JustOpened;
  readonly remembering: Remembering;
}

export function createLtiMemory(
  needed: Pick<Context, "config" | "db" | "deps" | "keys" | "invalidations">,
): LtiMemory {
  const memory = {
    registrations: createRegistrations(needed.db.quick, needed.deps.clock),
    platformKeys: createPlatformKeys(outgoingToPlatforms(needed), needed.deps),
    toolKeys: createToolKeys(needed),
    lti11Keys: createLti11Keys(needed),
    accessTokens: createAccessTokens(),
    gradeLanes: createLanes(),
    justOpened: createJustOpened(needed.deps.clock),
    remembering: createRemembering(),
  };
  needed.invalidations.subscribe("lti", () => {
    memory.registrations.forget();
    memory.toolKeys.forget();
    memory.lti11Keys.forget();
    memory.accessTokens.forget();
  });
  return memory;
}
