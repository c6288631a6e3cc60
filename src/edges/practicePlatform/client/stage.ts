/** Where a tool is shown: a frame in the page or a window, into which a form is sent. */
import type { LaunchForm } from "../platformTypes.ts";

export interface Stage {
  readonly shown_in: "frame" | "window";
  /** Its window, to tell its messages from others'. */
  readonly target: () => Window | null;
  close(): void;
}

export interface StageOrder {
  readonly title: string;
  readonly shown_in: "frame" | "window";
  readonly place: HTMLElement;
  readonly onGone: () => void;
}

/** A name of its own each time: what is sent into a window of the same name would land in the former one. */
let count = 0;

/** Must be called in a click where a window is wanted, or the browser blocks it: null then. */
export function openStage(order: StageOrder): (Stage & { show(what: LaunchForm | string): void }) | null {
  const name = `tool-${++count}`;
  const opened = order.shown_in === "frame" ? openFrame(name, order) : openWindow(name, order);
  return opened && { ...opened, show: (what) => showIn(name, what) };
}

function openFrame(name: string, { title, place, onGone }: StageOrder): Stage {
  const frame = document.createElement("iframe");
  frame.name = name;
  frame.title = title;
  frame.allow = "fullscreen; autoplay";
  place.replaceChildren(frame);
  frame.focus();
  const remove = () => {
    frame.remove();
    onGone();
  };
  return {
    shown_in: "frame",
    target: () => frame.contentWindow,
    close: () => {
      frame.addEventListener("load", remove, { once: true });
      frame.src = "about:blank";
    },
  };
}

function openWindow(name: string, { onGone }: StageOrder): Stage | null {
  const opened = window.open("about:blank", name, "popup,width=1024,height=720");
  if (opened === null) return null;
  const watch = setInterval(() => {
    if (!opened.closed) return;
    clearInterval(watch);
    onGone();
  }, 300);
  return { shown_in: "window", target: () => opened, close: () => opened.close() };
}

function showIn(name: string, what: LaunchForm | string): void {
  const form = document.createElement("form");
  form.target = name;
  const { method, action, fields } = typeof what === "string" ? asForm(what) : what;
  form.method = method;
  form.action = action;
  for (const [field, value] of Object.entries(fields)) {
    const input = document.createElement("input");
    Object.assign(input, { type: "hidden", name: field, value });
    form.append(input);
  }
  document.body.append(form);
  // A field called `submit` would hide the form's own.
  HTMLFormElement.prototype.submit.call(form);
  form.remove();
}

/** A form sent by GET loses the query of its address. */
function asForm(address: string): Omit<LaunchForm, "launch_id"> {
  const url = new URL(address);
  const fields = Object.fromEntries(url.searchParams);
  url.search = "";
  return { method: "GET", action: url.href, fields };
}
