import type { LtiLaunch } from "../../../core/bridge.ts";
import { type LastWords, webUrlOf, withLastWords } from "../../../core/lti/returnUrl.ts";
import type { Word } from "./words.ts";

/** Where the learner goes when the course is over. */
export interface WayOut {
  /** Of the last page, where the page itself leads nowhere: that it may be closed. */
  readonly farewell: Word;
  /** Null: only the LMS around the player leads on. */
  readonly exit: {
    readonly label: Word;
    readonly take: (words: LastWords) => void;
    /** Who ends the course is taken there as soon as all is saved. */
    readonly isTakenUnasked: boolean;
  } | null;
}

/** @param close Null where the wrapper stands around the player. */
export function wayOutByWrapper(close: (() => void) | null): WayOut {
  return {
    farewell: "finished_text",
    exit: close && { label: "close_window", take: close, isTakenUnasked: false },
  };
}

/**
 * LTI 1.3 core §5.4.5: to the platform's own page, in the frame or the window that the course was opened in. Without one a
 * window closes itself, which browsers allow where a script opened it.
 */
export function wayOutOfLti({ return_url }: LtiLaunch, own: Window, shownIn: "frame" | "window"): WayOut {
  const url = webUrlOf(return_url);
  if (url !== null) {
    const take = (words: LastWords) => own.location.assign(withLastWords(url, words));
    return { farewell: "finished_here_text", exit: { label: "back", take, isTakenUnasked: true } };
  }
  if (shownIn === "frame") return { farewell: "finished_here_text", exit: null };
  // As it is now: where a course calls it, it ends the course (`play.ts`).
  const close = own.close.bind(own);
  return { farewell: "finished_text", exit: { label: "close_window", take: close, isTakenUnasked: true } };
}
