import type { BeatPlan, KeepAnswer } from "../../../core/bridge.ts";
import { BeatLoop } from "./beatLoop.ts";
import { keep, type Outcome } from "./gateway.ts";
import { besidePlayer } from "./ownScripts.ts";
import { sharedNow } from "./token.ts";

export type ToWorker =
  | {
      readonly type: "start";
      readonly address: string;
      readonly token: string;
      readonly asked_at: number;
      readonly beat: BeatPlan;
    }
  | { readonly type: "answered"; readonly token: string; readonly asked_at: number; readonly beat: BeatPlan }
  | { readonly type: "stop" };

export type ToPage =
  | { readonly type: "started" }
  | { readonly type: "outcome"; readonly outcome: Outcome<KeepAnswer>; readonly asked_at: number };

export interface Beats {
  answeredElsewhere(token: string, askedAt: number, plan: BeatPlan): void;
  stop(): void;
}

export interface BeatStart {
  readonly address: string;
  readonly token: string;
  readonly askedAt: number;
  readonly plan: BeatPlan;
  readonly onOutcome: (outcome: Outcome<KeepAnswer>, askedAt: number) => void;
}

/** Beats from a Worker; from the page itself where a Worker cannot start. */
export function startBeats(start: BeatStart): Beats {
  let beats: Beats | null = null;
  let stopped = false;
  let latest = { token: start.token, askedAt: start.askedAt, plan: start.plan };
  const fallBack = () => {
    if (stopped) return;
    beats?.stop();
    beats = beatsOnPage({ ...start, ...latest });
  };
  beats = beatsInWorker(start, fallBack) ?? beatsOnPage(start);
  return {
    answeredElsewhere: (token, askedAt, plan) => {
      latest = { token, askedAt, plan };
      beats?.answeredElsewhere(token, askedAt, plan);
    },
    stop: () => {
      stopped = true;
      beats?.stop();
    },
  };
}

function beatsInWorker(start: BeatStart, fallBack: () => void): Beats | null {
  let worker: Worker;
  try {
    worker = new Worker(besidePlayer("beatWorker.js"), { name: "tallygate-beats" });
  } catch {
    return null;
  }
  const tell = (message: ToWorker) => worker.postMessage(message);
  // Fires too where the script cannot be fetched or a policy forbids it.
  worker.addEventListener("error", fallBack, { once: true });
  worker.addEventListener("message", (event: MessageEvent<ToPage>) => {
    if (event.data.type === "outcome") start.onOutcome(event.data.outcome, event.data.asked_at);
  });
  tell({
    type: "start",
    address: start.address,
    token: start.token,
    asked_at: start.askedAt,
    beat: start.plan,
  });
  return {
    answeredElsewhere: (token, askedAt, beat) => tell({ type: "answered", token, asked_at: askedAt, beat }),
    stop: () => worker.terminate(),
  };
}

function beatsOnPage(start: BeatStart): Beats {
  return new BeatLoop(
    {
      send: (request) => keep(start.address, request),
      now: sharedNow,
      chance: Math.random,
      setTimer: (callback, milliseconds) => window.setTimeout(callback, milliseconds),
      clearTimer: (timer) => window.clearTimeout(timer),
      onOutcome: start.onOutcome,
    },
    start.token,
    start.askedAt,
    start.plan,
  );
}
