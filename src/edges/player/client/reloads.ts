/**
 * The same launch goes on when only the player's frame is reloaded (the nonce is the wrapper's). What must not
 * start over then is kept with the page's entry in the session history, which needs no storage permission.
 */
export interface Progress {
  /** Of the last save: the next one's must be higher (docs/bridge.md §3). */
  readonly sequence: number;
  readonly session_seconds: Readonly<Record<string, number>>;
}

const NONE: Progress = { sequence: 0, session_seconds: {} };

export function progressBeforeReload(nonce: string): Progress {
  const state: unknown = history.state;
  if (typeof state !== "object" || state === null) return NONE;
  const { launch, progress } = state as { launch?: unknown; progress?: Progress };
  return launch === nonce && progress ? progress : NONE;
}

export function rememberProgress(nonce: string, progress: Progress): void {
  try {
    history.replaceState({ launch: nonce, progress }, "");
  } catch {
    // Browsers limit how often it may be set; the next save sets it again.
  }
}
