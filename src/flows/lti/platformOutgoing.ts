/**
 * The way out to LTI platforms: their keys, their tokens, their gradebooks, their members. The administrators of every account
 * say where that is, so all of it goes through the guards of `outgoing.ts`.
 */
import type { Context } from "../context.ts";
import { createOutgoing, type Outgoing } from "../outgoing.ts";

export function outgoingToPlatforms({ config }: Pick<Context, "config">): Outgoing {
  const practice = config.PRACTICE_PLATFORM ? [config.PRACTICE_PLATFORM_ORIGIN] : [];
  return createOutgoing({ trustedOrigins: [...config.LTI_TRUSTED_ORIGINS, ...practice] });
}
