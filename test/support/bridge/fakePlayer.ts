/** A player that says hello and then only does what the test tells it to (docs/bridge.md §1 and §2). */

interface PlayerWindow extends Window {
  /** Snapshot messages received: more than one would be one too many. */
  snapshots: { data: unknown; origin: string }[];
  /** What came over the port. */
  heard: Record<string, unknown>[];
  say(message: object): void;
  hello(changes?: object): void;
}

/** Runs in the browser: uses nothing from outside. The key in the address tells how it behaves. */
function fakePlayer(page: PlayerWindow): void {
  const wrapper: Window = page.parent === page ? page.opener : page.parent;
  const nonce = page.location.hash.slice(1);
  const mute = page.location.pathname.endsWith("/mute") && page.parent !== page;
  let port: MessagePort | undefined;
  page.snapshots = [];
  page.heard = [];
  page.say = (message) => port?.postMessage(message);
  page.hello = (changes = {}) =>
    wrapper.postMessage(
      { tallygate: 1, type: "hello", nonce, page: String(performance.timeOrigin), ...changes },
      "*",
    );
  page.addEventListener("message", (event) => {
    if (event.data?.type !== "snapshot") return;
    page.snapshots.push({ data: event.data, origin: event.origin });
    clearInterval(repeating);
    port = event.ports[0];
    if (port !== undefined) port.onmessage = (said) => page.heard.push(said.data);
  });
  const repeating = setInterval(() => mute || page.hello(), 500);
  if (!mute) page.hello();
}

export const FAKE_PLAYER = `<!DOCTYPE html><meta charset="utf-8"><title>Player</title><p>Player</p>
<script>(${fakePlayer.toString()})(window)</script>`;
