/** Where the course is shown: a frame in the page or a window, and the rude ways of taking it away. */
import type { Faults, LmsSettings } from "./faults.ts";

export interface Stage {
  /** The LMS's own "close": the frame or window goes elsewhere, so that the course can still say goodbye. */
  close(): void;
  /** Takes the frame out of the page, or closes the window, without a word. */
  remove(): void;
}

export interface StageOrder {
  readonly address: string;
  readonly title: string;
  readonly settings: Pick<LmsSettings, "shown_in">;
  readonly faults: Faults;
  readonly place: HTMLElement;
  readonly onGone: () => void;
}

/** Must be called in a click where a window is wanted, or the browser blocks it: null then. */
export function openStage(order: StageOrder): Stage | null {
  return order.settings.shown_in === "frame" ? openFrame(order) : openWindow(order);
}

function openFrame({ address, title, faults, place, onGone }: StageOrder): Stage {
  const frame = document.createElement("iframe");
  frame.name = "course";
  frame.title = `Course: ${title}`;
  frame.allow = "fullscreen; autoplay";
  if (faults.sandboxed > 0) frame.setAttribute("sandbox", "allow-scripts allow-forms allow-popups");
  frame.src = framedAddress(address, faults);
  place.replaceChildren(frame);
  // The button that was pressed is gone now: whoever works by keyboard or screen reader goes on in the course.
  frame.focus();
  const remove = () => {
    clearTimeout(timer);
    frame.remove();
    onGone();
  };
  const timer = setTimeoutUnlessOff(remove, faults.removes_frame);
  return {
    remove,
    close: () => {
      clearTimeout(timer);
      frame.addEventListener("load", remove, { once: true });
      frame.src = "about:blank";
    },
  };
}

function openWindow({ address, faults, onGone }: StageOrder): Stage | null {
  const opened = window.open(framedAddress(address, faults), "course", "popup,width=1024,height=720");
  if (opened === null) return null;
  const watch = setInterval(() => opened.closed && gone(), 300);
  const gone = () => {
    clearInterval(watch);
    clearTimeout(timer);
    onGone();
  };
  const remove = () => opened.close();
  const timer = setTimeoutUnlessOff(remove, faults.removes_frame);
  return { remove, close: remove };
}

function setTimeoutUnlessOff(act: () => void, seconds: number): number | undefined {
  return seconds > 0 ? window.setTimeout(act, seconds * 1_000) : undefined;
}

/** The frames that a fault puts around the course; the outermost of them may be another origin's. */
function framedAddress(address: string, { frames_up, cross_origin_hop }: Faults): string {
  const nested = wrapInFrames(address, frames_up, location.origin);
  const elsewhere = otherOrigin();
  return cross_origin_hop > 0 && elsewhere !== null ? wrapInFrames(nested, 1, elsewhere) : nested;
}

function wrapInFrames(address: string, depth: number, origin: string): string {
  if (depth <= 0) return address;
  return `${origin}/frames?${new URLSearchParams({ depth: String(depth), to: address })}`;
}

/** The same server under its other local name, which is another origin (and another site) to the browser. */
export function otherOrigin(): string | null {
  const { protocol, hostname, port } = location;
  const other: Readonly<Record<string, string>> = { localhost: "127.0.0.1", "127.0.0.1": "localhost" };
  const name = other[hostname];
  return name === undefined ? null : `${protocol}//${name}:${port}`;
}
