/** What the learner sees last: how it ended, what they achieved, and when it was saved. */
import type { KeepAnswer, Rollup } from "../../../core/bridge.ts";
import type { Page, View } from "./view.ts";

export type Ending = "exit" | "time is up" | "stopped" | "taken over" | "refused";

export interface Ended {
  readonly ending: Ending;
  readonly rollup: Rollup;
  /** Whether the LMS took the result. */
  readonly lmsKnows: boolean;
  /** ISO 8601 UTC; null where nothing was saved. */
  readonly savedAt: string | null;
  /** Why the gateway stopped the launch. */
  readonly stop?: NonNullable<KeepAnswer["stop"]>;
  /** Present where the course has a window of its own. */
  readonly closeWindow?: () => void;
}

export function lastPage(view: View, ended: Ended): Page {
  const { savedAt, stop, closeWindow } = ended;
  const saved = savedAt === null ? [] : [{ name: view.say("last_saved"), value: view.fullTime(savedAt) }];
  const actions = closeWindow ? [{ label: view.say("close_window"), run: closeWindow }] : [];
  if (ended.ending === "stopped" && stop)
    return {
      title: stop.title,
      language: stop.language,
      paragraphs: [stop.reason, stop.next_step],
      facts: [{ name: view.say("reference"), value: stop.reference }, ...saved],
      actions,
      mood: "warning",
    };
  if (ended.ending === "taken over")
    return { title: view.say("moved_title"), paragraphs: [view.say("moved_text")], facts: saved, actions };
  if (ended.ending === "refused")
    return { title: view.say("ended_title"), paragraphs: [view.say("ended_text")], facts: saved, actions };
  const timeUp = ended.ending === "time is up";
  return {
    title: view.say(timeUp ? "time_up_title" : "finished_title"),
    paragraphs: [
      view.say(timeUp ? "time_up_text" : "finished_text"),
      ...(ended.lmsKnows ? [] : [view.say("lms_silent")]),
    ],
    facts: [...resultFacts(view, ended.rollup), ...saved],
    actions,
    mood: "done",
  };
}

function resultFacts(view: View, rollup: Rollup): { name: string; value: string }[] {
  const facts = [{ name: view.say("status"), value: view.say(statusWord(rollup)) }];
  const { scaled, raw } = rollup.score;
  const score = scaled !== null ? view.percent(scaled) : raw === null ? null : String(raw);
  return score === null ? facts : [...facts, { name: view.say("score"), value: score }];
}

function statusWord({ completion, success }: Rollup): "passed" | "failed" | "completed" | "incomplete" {
  if (success !== "unknown") return success;
  return completion === "completed" ? "completed" : "incomplete";
}
