/** What tools say by postMessage: storage, that they are done, how high they want to be. */
import { useEffect, useState } from "preact/hooks";
import { CLOSED } from "./closed.ts";
import type { Stage } from "./stage.ts";
import { createStorage } from "./storage.ts";

const CLOSING = ["org.imsglobal.lti.close", "lti.close"];

export function useToolMessages(opened: Stage | null, offersStorage: boolean, close: () => void): void {
  const [answer] = useState(createStorage);
  useEffect(() => {
    const onMessage = ({ data, origin, source }: MessageEvent) => {
      const message = asMessage(data);
      if (message === null || source === null || opened === null || !isInside(opened, source as Window))
        return;
      const { subject } = message;
      const isOver = subject === CLOSED && origin === location.origin;
      if (isOver || CLOSING.includes(String(subject))) return close();
      const said = offersStorage ? answer(origin, message) : null;
      if (said !== null) (source as Window).postMessage(said, origin);
    };
    addEventListener("message", onMessage);
    return () => removeEventListener("message", onMessage);
  }, [opened, offersStorage, close, answer]);
}

function asMessage(data: unknown): Record<string, unknown> | null {
  return typeof data === "object" && data !== null ? (data as Record<string, unknown>) : null;
}

/** The launch's own window, a frame in it, or a window that it opened. */
function isInside(opened: Stage, source: Window): boolean {
  const target = opened.target();
  for (let at: Window | null = source, hops = 0; at !== null && hops < 10; hops++) {
    if (at === target) return true;
    at = at.parent !== at ? at.parent : (at.opener as Window | null);
  }
  return false;
}
