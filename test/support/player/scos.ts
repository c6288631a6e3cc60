/** Small SCOs of our own for the player's tests. Each finds its API as SCORM says: up the parents. */

export interface ScoOptions {
  readonly standard: "1.2" | "2004";
  /** Calls that the page makes while it loads, after Initialize. */
  readonly onLoad?: readonly (readonly [element: string, value: string])[];
  /** Event → what it sets then, followed by a Commit. */
  readonly on?: Readonly<Record<string, readonly (readonly [element: string, value: string])[]>>;
  /** Event at which it finishes. */
  readonly finishOn?: string;
  /** `onunload` as an attribute of the body. */
  readonly bodyUnload?: string;
  readonly title?: string;
}

/** `sco.get`, `sco.set`, `sco.commit`, `sco.finish`, `sco.error` on the page's window are the test's hands. */
export function scoPage(options: ScoOptions): string {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${options.title ?? "SCO"}</title>
<script>(${sco.toString()})(window, ${JSON.stringify(options)})</script></head>
<body${options.bodyUnload ? ` onunload="${options.bodyUnload}"` : ""}><h1>${options.title ?? "SCO"}</h1><p>Some words to learn from.</p></body></html>`;
}

interface Sco {
  readonly initialized: string;
  get(element: string): string;
  set(element: string, value: string): string;
  commit(): string;
  finish(): string;
  error(): string;
}

export interface ScoWindow extends Window {
  sco: Sco;
}

/** Runs in the browser: uses nothing from outside. */
function sco(page: ScoWindow, options: ScoOptions): void {
  const is12 = options.standard === "1.2";
  const name = is12 ? "API" : "API_1484_11";
  let from: Window = page;
  while (!(from as unknown as Record<string, unknown>)[name] && from.parent !== from) from = from.parent;
  const api = (from as unknown as Record<string, Record<string, (...given: string[]) => string>>)[name] ?? {};
  const call = (method: string, ...given: string[]): string =>
    api[(is12 ? "LMS" : "") + method]?.(...given) ?? "no API";
  const setAll = (pairs: readonly (readonly [string, string])[]) => {
    for (const [element, value] of pairs) call("SetValue", element, value);
    call("Commit", "");
  };
  page.sco = {
    initialized: call("Initialize", ""),
    get: (element) => call("GetValue", element),
    set: (element, value) => call("SetValue", element, value),
    commit: () => call("Commit", ""),
    finish: () => call(is12 ? "Finish" : "Terminate", ""),
    error: () => call("GetLastError"),
  };
  if (options.onLoad) setAll(options.onLoad);
  for (const [event, pairs] of Object.entries(options.on ?? {}))
    page.addEventListener(event, () => setAll(pairs));
  if (options.finishOn) page.addEventListener(options.finishOn, () => page.sco.finish());
}
