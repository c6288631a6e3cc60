/**
 * The first script in every page of a course that we serve; in frames within frames too. It must be tiny and
 * break nothing.
 */
(() => {
  const own = window as Window & typeof globalThis & Record<string, unknown>;

  /** The topmost window that we may touch: the player's, or the page's own where it is not in the player. */
  const outermost = (): Record<string, unknown> => {
    let found: Window = own;
    try {
      while (found.parent !== found && found.parent.document) found = found.parent;
    } catch {
      // The next one up is of another origin.
    }
    return found as unknown as Record<string, unknown>;
  };

  // With all cookies blocked, touching these throws. A store in memory lives as long as the player's page.
  const memoryStorage = (): object => {
    const values = new Map<string, string>();
    const methods: Record<string, unknown> = {
      getItem: (key: unknown) => values.get(String(key)) ?? null,
      setItem: (key: unknown, value: unknown) => void values.set(String(key), String(value)),
      removeItem: (key: unknown) => void values.delete(String(key)),
      clear: () => values.clear(),
      key: (index: number) => [...values.keys()][index] ?? null,
    };
    return new Proxy(methods, {
      get: (_, key) => (key === "length" ? values.size : (methods[String(key)] ?? values.get(String(key)))),
      set: (_, key, value) => Boolean(values.set(String(key), String(value))),
      deleteProperty: (_, key) => values.delete(String(key)) || true,
      has: (_, key) => key in methods || values.has(String(key)),
      ownKeys: () => [...values.keys()],
      getOwnPropertyDescriptor: (_, key) =>
        values.has(String(key))
          ? { value: values.get(String(key)), enumerable: true, configurable: true, writable: true }
          : undefined,
    });
  };
  for (const name of ["localStorage", "sessionStorage"] as const) {
    try {
      own[name].length;
    } catch {
      const keeper = outermost();
      const place = `tallygate:${name}`;
      keeper[place] ??= memoryStorage();
      Object.defineProperty(own, name, { configurable: true, enumerable: true, value: keeper[place] });
    }
  }

  // The gateway gives out no service worker, but a CDN would not know that a script is asked for as one.
  if ("ServiceWorkerContainer" in own)
    ServiceWorkerContainer.prototype.register = () =>
      Promise.reject(new DOMException("Courses can't install service workers here.", "SecurityError"));

  // Browsers are giving up `unload` (Permissions-Policy: unload=()): its handlers run at `pagehide`, once.
  type Listener = EventListenerOrEventListenerObject;
  const listeners = new Set<Listener>();
  const add = own.addEventListener;
  const remove = own.removeEventListener;
  const patched = (native: typeof add, change: (listener: Listener) => void) =>
    function (this: Window | undefined, type: string, listener: Listener | null, options?: unknown): void {
      if (type === "unload" && listener) change(listener);
      else native.call(this ?? own, type, listener as Listener, options as AddEventListenerOptions);
    };
  own.addEventListener = patched(add, (listener) => listeners.add(listener)) as typeof add;
  own.removeEventListener = patched(remove as typeof add, (listener) =>
    listeners.delete(listener),
  ) as typeof remove;

  const runUnload = () => {
    const event = new Event("unload");
    const pending = [...listeners];
    listeners.clear();
    // `window.onunload`, `document.body.onunload` and `<body onunload>` are all this one.
    const handler = own.onunload;
    own.onunload = null;
    if (handler) pending.push(handler);
    for (const listener of pending) {
      try {
        if (typeof listener === "function") listener.call(own, event);
        else listener.handleEvent(event);
      } catch (error) {
        own.setTimeout(() => {
          throw error;
        });
      }
    }
  };
  add.call(own, "pagehide", runUnload);
  // `unload` comes after `pagehide`: once the page has added its own listeners, ours goes behind them.
  add.call(own, "load", () => {
    remove.call(own, "pagehide", runUnload);
    add.call(own, "pagehide", runUnload);
  });

  // A frame cannot close itself, but a course that tries has ended: the player closes it.
  if (own.parent !== own) {
    const close = outermost()["tallygateCloseCourse"];
    if (typeof close === "function") own.close = () => close();
  }
})();
