/** The page at `/play/<delivery key>#<nonce>`: from the first hello to the course or the reason why not. */
import type { LaunchAllowed, LaunchAnswer, LaunchDenied, LaunchRequest } from "../../../core/bridge.ts";
import { backoffMilliseconds } from "./backoff.ts";
import { addressesOf, launch } from "./gateway.ts";
import { findWrapper, type Greeting, greet, type Opener } from "./hello.ts";
import { Play } from "./play.ts";
import { WrapperPort } from "./port.ts";
import { type Hold, hold, holdSaving, holdWhenFree, takeOver } from "./tabs.ts";
import { sharedNow } from "./token.ts";
import { View } from "./view.ts";
import { speechFor } from "./words.ts";

/** The wrapper answers at once; an LMS whose page hangs does not. */
const WRAPPER_SLOW_MILLISECONDS = 15_000;
/** An LMS that opens a course again at once may still be closing it. */
const CLOSING_MILLISECONDS = 1_500;

const addresses = addressesOf(location);
const view = new View(makeRoot(), speechFor(navigator.languages));

function makeRoot(): HTMLElement {
  const root = document.createElement("div");
  root.id = "tallygate";
  document.body.append(root);
  return root;
}

interface Ask {
  readonly greeting: Greeting;
  readonly request: LaunchRequest;
  readonly wrapper: Opener;
}

interface Answered<Answer> {
  readonly answer: Answer;
  readonly askedAt: number;
}

async function open(): Promise<void> {
  const nonce = location.hash.slice(1);
  const wrapper = findWrapper(window);
  if (wrapper === null || nonce === "") {
    view.showPage({ title: view.say("alone_title"), paragraphs: [view.say("alone_text")] });
    return;
  }
  view.showPage({ title: view.say("loading"), paragraphs: [], mood: "busy" });
  const slow = window.setTimeout(
    () => view.showPage({ title: view.say("slow_title"), paragraphs: [view.say("slow_text")], mood: "busy" }),
    WRAPPER_SLOW_MILLISECONDS,
  );
  const greeting = await greet(window, wrapper.window, nonce);
  window.clearTimeout(slow);
  const request: LaunchRequest = {
    nonce,
    lms_origin: greeting.origin,
    shown_in: wrapper.shownIn,
    snapshot: greeting.snapshot,
  };
  await enter({ greeting, request, wrapper });
}

async function enter(ask: Ask): Promise<void> {
  let play: Play | null = null;
  let allowed: LaunchAllowed | null = null;
  const port = new WrapperPort(
    ask.greeting.port,
    () => allowed?.attempt.marker ?? "",
    () => allowed !== null && (allowed.mode !== "normal" || allowed.credit === "no-credit"),
    {
      onReported: (ok) => {
        if (ok) play?.markerAcknowledged();
      },
      onLeaving: () => play?.flush(),
    },
  );
  let answered = await admitted(ask, port);
  let held = await hold(answered.answer.attempt.id);
  if (held.type === "elsewhere") {
    held = await waitForTurn(answered.answer.attempt.id);
    // The other tab may have saved since: the same launch is asked again for what is stored now.
    answered = await admitted(ask, port);
  }
  allowed = answered.answer;
  const saving = await holdSaving(allowed.attempt.id);
  play = new Play({
    allowed,
    snapshot: ask.greeting.snapshot,
    view,
    port,
    keepAddress: addresses.keep,
    nonce: ask.request.nonce,
    askedAt: answered.askedAt,
    shownIn: ask.wrapper.shownIn,
    onStopped: () => {
      letGo(saving);
      letGo(held);
    },
  });
  if (held.type === "held") void held.lost.then(() => play?.takenOver());
  await play.start();
  if (held.type === "unavailable" && allowed.attempt.elsewhere) play.warnElsewhere();
}

function letGo(held: Hold): void {
  if (held.type === "held") held.release();
}

/** A tab that is closing just now is not asked about, and one that closes while the question stands answers it. */
async function waitForTurn(attempt: string): Promise<Hold> {
  const waiting = new AbortController();
  const freed = holdWhenFree(attempt, waiting.signal);
  const isClosing = await Promise.race([
    freed.then(() => true),
    later(CLOSING_MILLISECONDS).then(() => false),
  ]);
  if (isClosing) return freed;
  const isChosen = await Promise.race([freed.then(() => false), continueHere().then(() => true)]);
  if (!isChosen) return freed;
  waiting.abort();
  return takeOver(attempt);
}

function later(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

function continueHere(): Promise<void> {
  return new Promise((resolve) => {
    view.ask(view.say("elsewhere_title"), view.say("elsewhere_text"), {
      label: view.say("continue_here"),
      run: () => {
        view.showPage({ title: view.say("loading"), paragraphs: [], mood: "busy" });
        resolve();
      },
    });
  });
}

/** Asks until the learner is let in. A denial that may pass is asked about again by itself. */
async function admitted(ask: Ask, port: WrapperPort): Promise<Answered<LaunchAllowed>> {
  for (;;) {
    const { answer, askedAt } = await answerTo(ask.request);
    if (answer.outcome === "allowed") return { answer, askedAt };
    port.denied();
    showDenial(answer);
    await waitToRetry(answer.retry_after_seconds);
  }
}

async function answerTo(request: LaunchRequest): Promise<Answered<LaunchAnswer>> {
  for (let failures = 1; ; failures += 1) {
    const askedAt = sharedNow();
    const outcome = await launch(addresses.launch, request);
    if (outcome.type === "answer") return { answer: outcome.answer, askedAt };
    const isTrouble = outcome.type === "trouble";
    view.showPage({
      title: view.say(isTrouble ? "unavailable_title" : "refused_title"),
      paragraphs: [view.say(isTrouble ? "unavailable_text" : "refused_text")],
      facts: isTrouble ? [] : [{ name: view.say("reference"), value: outcome.code }],
      actions: [{ label: view.say("retry"), run: () => retryNow() }],
      mood: "warning",
    });
    await waitToRetry(isTrouble ? backoffMilliseconds(failures, Math.random()) / 1000 : null);
  }
}

function showDenial(denied: LaunchDenied): void {
  view.showPage({
    title: denied.title,
    language: denied.language,
    paragraphs: [denied.reason, denied.next_step],
    facts: [{ name: view.say("reference"), value: denied.reference }],
    actions: denied.retry_after_seconds === null ? [] : [{ label: view.say("retry"), run: () => retryNow() }],
    mood: "warning",
  });
}

let retryNow: () => void = () => undefined;

/** Counts down on the page; null waits for the button, if there is one. */
function waitToRetry(seconds: number | null): Promise<void> {
  return new Promise((resolve) => {
    const until = performance.now() + (seconds ?? 0) * 1000;
    const tick = () => {
      const left = Math.ceil((until - performance.now()) / 1000);
      if (left <= 0) return retryNow();
      view.updatePage(view.say("retrying", { seconds: String(left) }));
    };
    const timer = seconds === null ? null : window.setInterval(tick, 500);
    retryNow = () => {
      if (timer !== null) window.clearInterval(timer);
      resolve();
    };
    if (seconds !== null) tick();
  });
}

void open();
