import { BRIDGE_VERSION, type LmsSnapshot } from "../../../core/bridge.ts";

export interface Greeting {
  readonly snapshot: LmsSnapshot;
  readonly port: MessagePort;
  /** Origin of the wrapper's page as the browser tells it. */
  readonly origin: string;
}

export interface Opener {
  readonly window: Window;
  readonly shownIn: "frame" | "window";
}

const AGAIN_MILLISECONDS = 500;

/** The window that holds the wrapper: our parent, or our opener where we run in a window of our own. */
export function findWrapper(own: Window): Opener | null {
  if (own.parent !== own) return { window: own.parent, shownIn: "frame" };
  return own.opener ? { window: own.opener as Window, shownIn: "window" } : null;
}

/** Says hello until the wrapper answers (docs/bridge.md §1). The nonce is what makes the answer ours. */
export function greet(own: Window, wrapper: Window, nonce: string): Promise<Greeting> {
  return new Promise((resolve) => {
    // The wrapper answers each page once: `page` tells a reloaded player from a repeated hello.
    const page = String(performance.timeOrigin);
    const hello = () => wrapper.postMessage({ tallygate: BRIDGE_VERSION, type: "hello", nonce, page }, "*");
    const timer = own.setInterval(hello, AGAIN_MILLISECONDS);
    const listen = (event: MessageEvent) => {
      const port = event.ports[0];
      if (event.source !== wrapper || !port || !isSnapshot(event.data, nonce)) return;
      own.clearInterval(timer);
      own.removeEventListener("message", listen);
      resolve({ snapshot: event.data.snapshot, port, origin: event.origin });
    };
    own.addEventListener("message", listen);
    hello();
  });
}

interface SnapshotMessage {
  readonly snapshot: LmsSnapshot;
}

function isSnapshot(data: unknown, nonce: string): data is SnapshotMessage {
  if (typeof data !== "object" || data === null) return false;
  const message = data as Record<string, unknown>;
  return (
    message["tallygate"] === BRIDGE_VERSION &&
    message["type"] === "snapshot" &&
    message["nonce"] === nonce &&
    typeof message["snapshot"] === "object" &&
    message["snapshot"] !== null
  );
}
