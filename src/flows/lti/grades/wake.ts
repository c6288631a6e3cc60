/**
 * Learners who come back are a sign that their LMS is there again, and that somebody there may have mended what it refused: what
 * waits to be told of their attempts is tried soon. No launch does anything for it: it is looked for from time to time.
 */
import { addSeconds } from "../../../core/time.ts";
import { wakeLaunchedTargets } from "../../../store/lti/gradeOutbox.ts";
import type { Context } from "../../context.ts";

/** However often somebody launches. */
const BETWEEN_TRIES_SECONDS = 60;

export async function wakeGrades({ db, deps }: Pick<Context, "db" | "deps">): Promise<void> {
  const at = deps.clock.now();
  await wakeLaunchedTargets(db, { at, triedBefore: addSeconds(at, -BETWEEN_TRIES_SECONDS) });
}
