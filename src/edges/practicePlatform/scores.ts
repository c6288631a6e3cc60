/** Scores come in (AGS 2.0 §3.4) and results go out (§3.3). Later ones win by their own time, never by their arrival. */
import { COURSE } from "./firstState.ts";
import { lineItemUrl } from "./lineItems.ts";
import type { Parts } from "./parts.ts";
import { ACTIVITY, GRADING, type LineItem, type Score, type Tool } from "./platformTypes.ts";
import { type Fields, oneOf, optionalNumber, optionalText, text } from "./read.ts";
import { Refusal, wrong } from "./refusal.ts";

const MOST_SCORES = 5_000;
/** With a zone and parts of a second, as the specification asks for. */
const TIMESTAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+(Z|[+-]\d\d:\d\d)$/;

export async function takeScore(parts: Parts, tool: Tool, item: LineItem, body: Fields): Promise<void> {
  const { shelf, now } = parts;
  if (shelf.kept.faults.refuses_scores)
    throw new Refusal(500, "told_to_fail", "This platform was told to fail.");
  const score: Score = {
    ...readScore(body),
    line_item_id: item.line_item_id,
    received_at: now().toISOString(),
  };
  const learner = shelf.kept.learners.find(({ user_id }) => user_id === score.user_id);
  if (learner === undefined || learner.left)
    throw new Refusal(404, "not_found", `userId: found ${score.user_id}, who is no member of the course.`);
  const last = lastScore(shelf.kept.scores, item.line_item_id, score.user_id);
  if (last && Date.parse(score.timestamp) <= Date.parse(last.timestamp))
    throw new Refusal(
      409,
      "conflict",
      `timestamp: found ${score.timestamp}, expected one after ${last.timestamp}.`,
    );
  await shelf.change(({ scores }) => ({ scores: [...scores, score].slice(-MOST_SCORES) }));
  const points =
    score.score_given === null ? "no points yet" : `${score.score_given} of ${score.score_maximum}`;
  shelf.log({
    direction: "in",
    words: `${tool.name} reported of ${learner.given_name} ${learner.family_name} in “${item.label}”: ${points}, ${score.activity}, ${score.grading}.`,
    detail: body,
  });
}

function readScore(body: Fields): Omit<Score, "line_item_id" | "received_at"> {
  const timestamp = text(body, "timestamp");
  if (!TIMESTAMP.test(timestamp) || Number.isNaN(Date.parse(timestamp)))
    throw wrong(
      `timestamp: found ${timestamp}, expected ISO 8601 with parts of a second and a zone, such as 2026-01-31T12:00:00.000Z.`,
    );
  const score_given = optionalNumber(body, "scoreGiven", 0, Number.MAX_VALUE);
  const score_maximum = optionalNumber(body, "scoreMaximum", Number.MIN_VALUE, Number.MAX_VALUE);
  if (score_given !== null && score_maximum === null)
    throw wrong("scoreMaximum: found nothing, expected a number over 0 beside scoreGiven.");
  return {
    user_id: text(body, "userId"),
    timestamp,
    score_given,
    score_maximum,
    activity: oneOf(body, "activityProgress", ACTIVITY),
    grading: oneOf(body, "gradingProgress", GRADING),
    comment: optionalText(body, "comment"),
  };
}

export function lastScore(scores: readonly Score[], lineItemId: string, userId: string): Score | undefined {
  return scores.findLast(({ line_item_id, user_id }) => line_item_id === lineItemId && user_id === userId);
}

/** Only what was graded to its end is a result. */
export function resultsOf({ shelf, origin }: Parts, item: LineItem, userId: unknown): object[] {
  const { learners, scores } = shelf.kept;
  return learners.flatMap(({ user_id }) => {
    if (userId !== undefined && userId !== user_id) return [];
    const last = scores.findLast(
      (score) =>
        score.line_item_id === item.line_item_id &&
        score.user_id === user_id &&
        score.grading === "FullyGraded",
    );
    if (last?.score_given == null || last.score_maximum === null) return [];
    const address = lineItemUrl(origin, item);
    return {
      id: `${origin}/contexts/${COURSE.id}/line-items/${item.line_item_id}/lineitem/results/${user_id}`,
      scoreOf: address,
      userId: user_id,
      resultScore: (last.score_given / last.score_maximum) * item.score_maximum,
      resultMaximum: item.score_maximum,
      ...(last.comment === "" ? {} : { comment: last.comment }),
    };
  });
}
