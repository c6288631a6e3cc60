import type { LaunchAllowed, LaunchAnswer } from "../../../core/bridge.ts";
import type { Outcome } from "./gateway.ts";
import type { Lms, LmsWishes } from "./lms.ts";
import type { WayOut } from "./wayOut.ts";

/** How the player came to be open: by a package's wrapper, or over LTI. Nobody after it asks which. */
export interface Front {
  readonly lms: Lms;
  /** Asks the gateway to let the learner in: the same launch, however often. */
  ask(): Promise<Outcome<LaunchAnswer>>;
  wishesFor(allowed: LaunchAllowed): LmsWishes;
  wayOutOf(allowed: LaunchAllowed): WayOut;
}
