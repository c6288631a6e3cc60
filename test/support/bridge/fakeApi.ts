/** A SCORM API of plain objects that records its calls: the LMS's side of the wrapper's tests. */

export interface LmsPageOptions {
  /** Which APIs the page has, by the name a course looks for. */
  readonly apis: readonly ("API" | "API_1484_11")[];
  /** What the LMS has stored. Any type: real ones answer numbers and null. */
  readonly values?: Readonly<Record<string, unknown>>;
  /** Element → error code for what it refuses to store. */
  readonly refuses?: Readonly<Record<string, string>>;
  /** The error code with which Initialize fails. */
  readonly initializeError?: string;
  /** Milliseconds until the API is there. */
  readonly late?: number;
  /** Every method throws. */
  readonly throws?: boolean;
  /** Commit and Finish save with a synchronous request; else in memory only. */
  readonly synchronous?: boolean;
}

/**
 * `window.calls` holds what was called (without the Gets), `window.values` what is stored;
 * `window.failCommits = true` makes commits fail.
 */
export function fakeApiScript(options: LmsPageOptions): string {
  return `(${fakeApi.toString()})(${JSON.stringify(options).replaceAll("<", "\\u003c")}, window)`;
}

interface LmsWindow extends Window {
  calls: string[][];
  values: Record<string, unknown>;
  failCommits: boolean;
  [api: string]: unknown;
}

/** Runs in the browser: uses nothing from outside. */
function fakeApi(options: LmsPageOptions, page: LmsWindow): void {
  let error = "0";
  page.calls = [];
  page.values = { ...options.values };
  page.failCommits = false;

  const save = (method: string): string => {
    if (page.failCommits) return fail("391");
    if (options.synchronous) {
      const request = new XMLHttpRequest();
      request.open("POST", "/save", false);
      request.send(JSON.stringify({ method, values: page.values }));
    }
    return "true";
  };
  const fail = (code: string): string => {
    error = code;
    return "false";
  };
  const methods: Record<string, (...given: string[]) => unknown> = {
    Initialize: () => (options.initializeError === undefined ? "true" : fail(options.initializeError)),
    GetValue: (element = "") => (element in page.values ? page.values[element] : fail("401") && ""),
    SetValue: (element = "", value = "") => {
      const code = options.refuses?.[element];
      if (code !== undefined) return fail(code);
      page.values[element] = value;
      return "true";
    },
    Commit: () => save("Commit"),
  };

  const install = (): void => {
    for (const name of options.apis) {
      const prefix = name === "API" ? "LMS" : "";
      const end = name === "API" ? "Finish" : "Terminate";
      const api: Record<string, unknown> = { [`${prefix}GetLastError`]: () => error };
      for (const [method, act] of Object.entries({ ...methods, [end]: () => save(end) })) {
        api[`${prefix}${method}`] = (...given: string[]) => {
          if (method !== "GetValue") page.calls.push([method, ...given]);
          if (options.throws) throw new Error("the LMS is broken");
          error = "0";
          return act(...given);
        };
      }
      if (options.throws)
        api[`${prefix}GetLastError`] = () => {
          throw new Error("the LMS is broken");
        };
      page[name] = api;
    }
  };
  if (options.late === undefined) install();
  else setTimeout(install, options.late);
}
