/**
 * Launches that the door let in a moment ago, for the player that comes with their ticket at once: what was decided and read for the
 * one is not decided and read again for the other. Only within one process, for a moment, and once each; whatever is not here
 * is found in the store, as the same launch sent again.
 */
import type { LtiMessage } from "../../core/lti/message.ts";
import { secondsBetween } from "../../core/time.ts";
import type { Clock } from "../../deps.ts";
import type { AllowedOpening } from "../launch/opening.ts";
import type { SavedAt } from "./rememberTogether.ts";

export interface JustOpened {
  /** @param ticket Its own: nobody else has it, and no other ticket opens it. */
  keep(ticket: string, opened: Opened): void;
  /** Undefined where it is not known here. It is not known any more once taken. */
  take(ticket: string): Opened | undefined;
}

export interface Opened {
  readonly message: LtiMessage;
  readonly opening: AllowedOpening;
}

/** A redirect and a page take less. */
const KEPT_SECONDS = 20;
/** With their states, which are small or read anew: some megabytes. */
const MOST_KEPT = 300;

export function createJustOpened(clock: Clock): JustOpened {
  const kept = new Map<string, { readonly opened: Opened; readonly at: Date }>();
  return {
    keep: (ticket, opened) => {
      kept.set(ticket, { opened, at: clock.now() });
      const [oldest] = kept.keys();
      if (kept.size > MOST_KEPT && oldest !== undefined) kept.delete(oldest);
    },
    take: (ticket) => {
      const found = kept.get(ticket);
      kept.delete(ticket);
      return found && secondsBetween(found.at, clock.now()) < KEPT_SECONDS ? found.opened : undefined;
    },
  };
}

/** Whether nothing was saved since by another launch of the attempt: by a tab that was closing just then. */
export function isAsItWas({ attempt }: AllowedOpening, savedAt: SavedAt): boolean {
  return savedAt !== undefined && savedAt?.getTime() === attempt.saved_at?.getTime();
}
