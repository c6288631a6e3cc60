/** What the learner sees last: how it ended, what they achieved, and when it was saved. */
import type { KeepAnswer, Rollup } from "../../../core/bridge.ts";
import type { Page, View } from "./view.ts";
import type { WayOut } from "./wayOut.ts";

export type Ending = "exit" | "time is up" | "stopped" | "taken over" | "refused";

export interface Ended {
  readonly launch_id: string;
  readonly ending: Ending;
  readonly rollup: Rollup;
  /** Whether the LMS took the result. */
  readonly lmsKnows: boolean;
  /** ISO 8601 UTC; null where nothing was saved. */
  readonly savedAt: string | null;
  /** Why the gateway stopped the launch. */
  readonly stop?: NonNullable<KeepAnswer["stop"]>;
  readonly wayOut: WayOut;
}

/** Who ended the course is on their way at once; who did not reads why, and then takes it. */
export function showLastPage(view: View, ended: Ended): void {
  const { launch_id, ending, wayOut } = ended;
  const { exit } = wayOut;
  const page = lastPage(view, ended);
  const is_error = ending === "stopped" || ending === "refused";
  const take = () => exit?.take({ message: page.title, log: `launch ${launch_id}: ${ending}`, is_error });
  view.showPage({ ...page, actions: exit ? [{ label: view.say(exit.label), run: take }] : [] });
  if (exit?.isTakenUnasked && ending === "exit") take();
}

function lastPage(view: View, ended: Ended): Page {
  const { savedAt, stop, wayOut } = ended;
  const saved = savedAt === null ? [] : [{ name: view.say("last_saved"), value: view.fullTime(savedAt) }];
  if (ended.ending === "stopped" && stop)
    return {
      title: stop.title,
      language: stop.language,
      paragraphs: [stop.reason, stop.next_step],
      facts: [{ name: view.say("reference"), value: stop.reference }, ...saved],
      mood: "warning",
    };
  if (ended.ending === "taken over")
    return { title: view.say("moved_title"), paragraphs: [view.say("moved_text")], facts: saved };
  if (ended.ending === "refused")
    return { title: view.say("ended_title"), paragraphs: [view.say("ended_text")], facts: saved };
  const timeUp = ended.ending === "time is up";
  return {
    title: view.say(timeUp ? "time_up_title" : "finished_title"),
    paragraphs: [
      view.say(timeUp ? "time_up_text" : wayOut.farewell),
      ...(ended.lmsKnows ? [] : [view.say("lms_silent")]),
    ],
    facts: [...resultFacts(view, ended.rollup), ...saved],
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
