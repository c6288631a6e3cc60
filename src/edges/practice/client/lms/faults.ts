/** How this LMS behaves and misbehaves: one table for the page's switches, its address and the run of a launch. */

/** How a launch is made; none of it is a fault. */
export interface LmsSettings {
  readonly shown_in: "frame" | "window";
  readonly mode: "normal" | "browse" | "review";
  readonly credit: "credit" | "no-credit";
  readonly commits_by: "sync_xhr" | "fetch" | "beacon" | "memory";
}

export const FIRST_SETTINGS: LmsSettings = {
  shown_in: "frame",
  mode: "normal",
  credit: "credit",
  commits_by: "sync_xhr",
};

/** The choices of each setting, in the order shown, with the words shown. */
export const SETTING_CHOICES = {
  shown_in: { label: "Open the course in", choices: { frame: "a frame", window: "a window" } },
  mode: { label: "Mode", choices: { normal: "normal", browse: "browse", review: "review" } },
  credit: { label: "Credit", choices: { credit: "credit", "no-credit": "no credit" } },
  commits_by: {
    label: "Commits travel by",
    choices: {
      sync_xhr: "synchronous request",
      fetch: "fetch, not awaited",
      beacon: "beacon",
      memory: "nothing until the end",
    },
  },
} as const satisfies {
  [Name in keyof LmsSettings]: { label: string; choices: Record<LmsSettings[Name], string> };
};

/** 0 and "" are off. */
export interface Faults {
  readonly suspend_limit: number;
  readonly initialize_fails: number;
  readonly commit_fails: number;
  readonly commit_hangs: number;
  readonly resets_attempt: number;
  readonly learner_id: "" | "upper_case" | "number" | "email" | "guest";
  readonly removes_frame: number;
  readonly frames_up: number;
  readonly cross_origin_hop: number;
  readonly sandboxed: number;
  readonly slow_calls: number;
  readonly odd_answers: number;
}

export const NO_FAULTS: Faults = {
  suspend_limit: 0,
  initialize_fails: 0,
  commit_fails: 0,
  commit_hangs: 0,
  resets_attempt: 0,
  learner_id: "",
  removes_frame: 0,
  frames_up: 0,
  cross_origin_hop: 0,
  sandboxed: 0,
  slow_calls: 0,
  odd_answers: 0,
};

export interface FaultDescription {
  readonly label: string;
  readonly explanation: string;
  /** Absent: on or off. */
  readonly amount?: { readonly unit: string; readonly when_on: number; readonly highest: number };
  readonly choices?: Readonly<Record<string, string>>;
}

export const FAULTS: { readonly [Name in keyof Faults]: FaultDescription } = {
  suspend_limit: {
    label: "Small suspend data",
    explanation: "Refuses suspend data over this length, with 405 (SCORM 1.2) or 406 (2004).",
    amount: { unit: "characters", when_on: 64, highest: 64_000 },
  },
  commit_fails: {
    label: "Commits fail",
    explanation: "The LMS's server answers each commit with an error: nothing is kept.",
  },
  commit_hangs: {
    label: "Commits hang",
    explanation: "The LMS's server keeps each commit waiting before it answers.",
    amount: { unit: "seconds", when_on: 5, highest: 60 },
  },
  initialize_fails: {
    label: "Initialize fails",
    explanation: "The LMS can't open the session: the course is told false.",
  },
  resets_attempt: {
    label: "Forgets the attempt",
    explanation: "On the next launch the record is gone and the course starts ab-initio.",
  },
  learner_id: {
    label: "Changes the learner's id",
    explanation: "Sends another id for the same person, as after a move or a new setting.",
    choices: {
      upper_case: "in upper case",
      number: "a bare number",
      email: "an e-mail address",
      guest: "“guest” for everybody",
    },
  },
  removes_frame: {
    label: "Takes the course away",
    explanation: "Removes the frame, or closes the window, without a word after this time.",
    amount: { unit: "seconds", when_on: 10, highest: 3_600 },
  },
  frames_up: {
    label: "Hides the API",
    explanation: "Puts this many frames between the course and the page with the API.",
    amount: { unit: "frames", when_on: 3, highest: 20 },
  },
  cross_origin_hop: {
    label: "Foreign frame between",
    explanation: "One frame of another origin stands between the course and the API.",
  },
  sandboxed: {
    label: "Sandboxed frame",
    explanation: "The frame lacks allow-same-origin: the course can't reach the API.",
  },
  slow_calls: {
    label: "Slow API",
    explanation: "Each call of the API takes this long.",
    amount: { unit: "milliseconds", when_on: 200, highest: 5_000 },
  },
  odd_answers: {
    label: "Odd answers",
    explanation: "Answers true, 0 and null instead of texts, as some LMSs do.",
  },
};

export const FAULT_NAMES = Object.keys(FAULTS) as (keyof Faults)[];

/** Reads settings and faults from the page's address; what is not understood is left as it was. */
export function readAddress(query: URLSearchParams): { settings: LmsSettings; faults: Faults } {
  const settings = Object.fromEntries(
    Object.entries(FIRST_SETTINGS).map(([name, fallback]) => {
      const { choices } = SETTING_CHOICES[name as keyof LmsSettings];
      const given = query.get(name);
      return [name, isChoice(given, choices) ? given : fallback];
    }),
  ) as unknown as LmsSettings;
  const faults = Object.fromEntries(
    FAULT_NAMES.map((name) => [name, faultOf(name, query.get(name))]),
  ) as unknown as Faults;
  return { settings, faults };
}

function isChoice(given: string | null, choices: object): given is string {
  return given !== null && Object.keys(choices).includes(given);
}

function faultOf(name: keyof Faults, given: string | null): number | string {
  const { choices, amount } = FAULTS[name];
  if (choices !== undefined) return isChoice(given, choices) ? given : "";
  const number = Number(given ?? 0);
  if (!Number.isFinite(number) || number <= 0) return 0;
  return amount === undefined ? 1 : Math.min(number, amount.highest);
}

/** What differs from the first settings, for the address. */
export function writeAddress(settings: LmsSettings, faults: Faults): [string, string][] {
  const all = { ...settings, ...faults };
  const first: Readonly<Record<string, unknown>> = { ...FIRST_SETTINGS, ...NO_FAULTS };
  return Object.entries(all)
    .filter(([name, value]) => value !== first[name])
    .map(([name, value]) => [name, String(value)]);
}
