/** The ways in which a page goes away, and what each still allows. */
export interface ClosingSteps {
  /** In a task of its own right after every `beforeunload`, ours and the course's: blocking requests still work. */
  readonly leavingSoon: () => void;
  /** The tab was hidden or frozen, perhaps for good. */
  readonly hidden: () => void;
  readonly leaving: () => void;
  /** Back from the back/forward cache: the launch was closed meanwhile. */
  readonly restored: () => void;
}

/**
 * A page with a listener for `unload` is not put into Chromium's back/forward cache. It would gain nothing there,
 * its launch being closed; and Chromium 156 was seen to lose the beacons of a player that it put there, often all
 * of them.
 */
function keepOutOfBackForwardCache(own: Window): void {
  own.addEventListener("unload", () => undefined);
}

export function watchClosing(own: Window, steps: ClosingSteps): void {
  keepOutOfBackForwardCache(own);
  const channel = new MessageChannel();
  channel.port1.onmessage = steps.leavingSoon;
  own.addEventListener("beforeunload", () => channel.port2.postMessage(null));
  own.document.addEventListener("visibilitychange", () => {
    if (own.document.visibilityState === "hidden") steps.hidden();
  });
  own.document.addEventListener("freeze", steps.hidden);
  own.addEventListener("pagehide", steps.leaving);
  own.addEventListener("pageshow", (event) => {
    if (event.persisted) steps.restored();
  });
}
