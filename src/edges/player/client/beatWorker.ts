/** The Worker's end of the beats; `beats.ts` is the page's. Built as a file of its own: `worker-src 'self'`. */
import { BeatLoop } from "./beatLoop.ts";
import type { ToPage, ToWorker } from "./beats.ts";
import { keep } from "./gateway.ts";
import { sharedNow } from "./token.ts";

let loop: BeatLoop | null = null;
const tell = (message: ToPage) => self.postMessage(message);

self.addEventListener("message", (event: MessageEvent<ToWorker>) => {
  const message = event.data;
  if (message.type === "stop") {
    loop?.stop();
  } else if (message.type === "answered") {
    loop?.answeredElsewhere(message.token, message.asked_at, message.beat);
  } else {
    loop = new BeatLoop(
      {
        send: (request) => keep(message.address, request),
        now: sharedNow,
        chance: Math.random,
        setTimer: (callback, milliseconds) => self.setTimeout(callback, milliseconds),
        clearTimer: (timer) => self.clearTimeout(timer),
        onOutcome: (outcome, askedAt) => tell({ type: "outcome", outcome, asked_at: askedAt }),
      },
      message.token,
      message.asked_at,
      message.beat,
    );
    tell({ type: "started" });
  }
});
