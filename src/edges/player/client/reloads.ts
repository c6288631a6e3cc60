/**
 * The same launch goes on when only the player's frame is reloaded (docs/bridge.md §3). What must not
 * start over then is kept with the page's entry in the session history, which needs no storage permission.
 */
import type { LaunchAllowed, LaunchProgress } from "../../../core/bridge.ts";

const NONE: LaunchProgress = { sequence: 0, session_seconds: {} };

/**
 * Where this page goes on. What it remembers is behind the gateway where it was copied from another page of the launch that
 * went on, or restored after a crash; and ahead of it where the last save has not arrived yet.
 *
 * @param state `history.state`.
 */
export function progressOf(
  { launch_id, progress = NONE }: Pick<LaunchAllowed, "launch_id" | "progress">,
  state: unknown,
): LaunchProgress {
  const remembered = rememberedOf(launch_id, state);
  return {
    sequence: Math.max(remembered.sequence, progress.sequence),
    session_seconds: largerOfEach(remembered.session_seconds, progress.session_seconds),
  };
}

/** By way of a map, for an activity may be called as JavaScript calls its own. */
function largerOfEach(
  one: LaunchProgress["session_seconds"],
  other: LaunchProgress["session_seconds"],
): LaunchProgress["session_seconds"] {
  const larger = new Map(Object.entries(one));
  for (const [item, seconds] of Object.entries(other))
    larger.set(item, Math.max(larger.get(item) ?? 0, seconds));
  return Object.fromEntries(larger);
}

function rememberedOf(launchId: string, state: unknown): LaunchProgress {
  if (typeof state !== "object" || state === null) return NONE;
  const { launch, progress } = state as { launch?: unknown; progress?: LaunchProgress };
  return launch === launchId && progress ? progress : NONE;
}

export function rememberProgress(launchId: string, progress: LaunchProgress): void {
  try {
    history.replaceState({ ...history.state, launch: launchId, progress }, "");
  } catch {
    // Browsers limit how often it may be set; the next save sets it again.
  }
}
