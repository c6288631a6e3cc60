/** The page at `/play/…`: from the first hello to the course or the reason why not. */
import type { LaunchAllowed, LaunchAnswer, LaunchDenied } from "../../../core/bridge.ts";
import { backoffMilliseconds } from "./backoff.ts";
import type { Front } from "./front.ts";
import { addressesOf } from "./gateway.ts";
import { LTI_PAGE, openLtiFront } from "./ltiFront.ts";
import { Play } from "./play.ts";
import { type Hold, hold, holdSaving, holdWhenFree, takeOver } from "./tabs.ts";
import { sharedNow } from "./token.ts";
import { type Page, type PageAction, View } from "./view.ts";
import { speechFor } from "./words.ts";
import { openWrapperFront } from "./wrapperFront.ts";

/** An LMS that opens a course again at once may still be closing it. */
const CLOSING_MILLISECONDS = 1_500;
/** As after so many tries: by itself, the page is not loaded anew more often than twice a minute. */
const MANY_FAILURES = 6;

const addresses = addressesOf(location);
const view = new View(makeRoot(), speechFor(navigator.languages));

function makeRoot(): HTMLElement {
  const root = document.createElement("div");
  root.id = "tallygate";
  document.body.append(root);
  return root;
}

interface Answered<Answer> {
  readonly answer: Answer;
  readonly askedAt: number;
}

async function open(): Promise<void> {
  view.showPage({ title: view.say("loading"), paragraphs: [], mood: "busy" });
  const front = LTI_PAGE.test(location.pathname)
    ? openLtiFront(window, addresses.launch)
    : await openWrapperFront(window, addresses.launch, showSlow);
  if (front) await enter(front);
  else view.showPage({ title: view.say("alone_title"), paragraphs: [view.say("alone_text")] });
}

function showSlow(): void {
  view.showPage({ title: view.say("slow_title"), paragraphs: [view.say("slow_text")], mood: "busy" });
}

async function enter(front: Front): Promise<void> {
  let answered = await admitted(front);
  let held = await hold(answered.answer.attempt.id);
  if (held.type === "elsewhere") {
    held = await waitForTurn(answered.answer.attempt.id);
    // The other tab may have saved since: the same launch is asked again for what is stored now.
    answered = await admitted(front);
  }
  const { answer: allowed, askedAt } = answered;
  const saving = await holdSaving(allowed.attempt.id);
  const play = new Play({
    allowed,
    wishes: front.wishesFor(allowed),
    view,
    lms: front.lms,
    wayOut: front.wayOutOf(allowed),
    keepAddress: addresses.keep,
    askedAt,
    onStopped: () => {
      letGo(saving);
      letGo(held);
    },
  });
  front.lms.begin(allowed, {
    onReported: (ok) => {
      if (ok) play.markerAcknowledged();
    },
    onLeaving: () => play.flush(),
  });
  if (held.type === "held") void held.lost.then(() => play.takenOver());
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
async function admitted(front: Front): Promise<Answered<LaunchAllowed>> {
  for (;;) {
    const { answer, askedAt } = await answerTo(front);
    if (answer.outcome === "allowed") return { answer, askedAt };
    front.lms.denied();
    showDenial(answer);
    await waitToRetry(answer.retry_after_seconds);
  }
}

async function answerTo(front: Front): Promise<Answered<LaunchAnswer>> {
  for (let failures = 1; ; failures += 1) {
    const askedAt = sharedNow();
    const outcome = await front.ask();
    if (outcome.type === "answer") return { answer: outcome.answer, askedAt };
    const isTrouble = outcome.type === "trouble";
    view.showPage(isTrouble ? unavailablePage() : refusedPage(outcome.code));
    await waitToRetry(isTrouble ? backoffMilliseconds(failures, Math.random()) / 1000 : null);
  }
}

function unavailablePage(): Page {
  const title = view.say("unavailable_title");
  return { title, paragraphs: [view.say("unavailable_text")], actions: [retryAction()], mood: "warning" };
}

/** With a ticket that is good no more nothing can be tried: the LMS makes a new one with every launch. */
function refusedPage(code: string): Page {
  const isTicket = code.startsWith("lti_ticket_");
  return {
    title: view.say(isTicket ? "ended_title" : "refused_title"),
    paragraphs: [view.say(isTicket ? "ended_text" : "refused_text")],
    facts: [{ name: view.say("reference"), value: code }],
    actions: isTicket ? [] : [retryAction()],
    mood: "warning",
  };
}

function retryAction(): PageAction {
  return { label: view.say("retry"), run: () => retryNow() };
}

function showDenial(denied: LaunchDenied): void {
  view.showPage({
    title: denied.title,
    language: denied.language,
    paragraphs: [denied.reason, denied.next_step],
    facts: [{ name: view.say("reference"), value: denied.reference }],
    actions: denied.retry_after_seconds === null ? [] : [retryAction()],
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

/**
 * What was thrown, as where a course can't be shown, leaves no learner before a page that only says to wait. Loading the page
 * anew is trying again from the start: it is the same launch, and the browser forgets which scripts it could not get.
 */
async function startOver(error: unknown): Promise<void> {
  console.error(error);
  view.showPage(unavailablePage());
  await waitToRetry(backoffMilliseconds(MANY_FAILURES, Math.random()) / 1000);
  location.reload();
}

open().catch((error: unknown) => void startOver(error));
