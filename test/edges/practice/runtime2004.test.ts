/** The practice LMS's SCORM 2004 run-time against the 4th Edition's RTE book, row by row; what the 3rd does otherwise is said. */
import { describe, expect, test } from "@jest/globals";
import {
  type Api2004,
  createRuntime2004,
  type Options2004,
} from "../../../src/edges/practice/client/runtime/runtime2004.ts";
import { type Call, type Case, runTable } from "./runtimeTable.ts";

const RTE = "SCORM 2004 4th RTE";

const HELD = {
  "cmi.learner_id": "anna.berg",
  "cmi.learner_name": "Berg, Anna",
  "cmi.credit": "credit",
  "cmi.entry": "ab-initio",
  "cmi.mode": "normal",
  "cmi.total_time": "PT1H2M3S",
  "cmi.launch_data": "from the manifest",
  "cmi.max_time_allowed": "PT2H",
  "cmi.time_limit_action": "exit,message",
  "cmi.comments_from_lms.0.comment": "well done",
  "adl.data.0.id": "urn:shared:notes",
};

function create(overrides: Partial<Options2004> = {}): Api2004 {
  return createRuntime2004({
    elements: HELD,
    host: { open: () => true, keep: () => true },
    edition: "4th",
    ...overrides,
  });
}

const initialize: Call = ["Initialize", ""];
const terminate: Call = ["Terminate", ""];
const get = (element: unknown): Call => ["GetValue", element];
const set = (element: unknown, value: unknown): Call => ["SetValue", element, value];

function table(rows: readonly Case[], overrides: Partial<Options2004> = {}): void {
  runTable(rows, () => create(overrides), "GetLastError");
}

describe("states", () => {
  const begin = `${RTE} 3.1.3.1`;
  const end = `${RTE} 3.1.3.2`;
  const errors = `${RTE} 3.1.7`;
  table([
    ["Initialize begins the session", begin, [initialize], "true", "0"],
    ["its argument is an empty string", begin, [["Initialize", "x"]], "false", "201"],
    ["null is no empty string", begin, [["Initialize", null]], "false", "201"],
    ["it can't be called twice", begin, [initialize, initialize], "false", "103"],
    ["nor after Terminate", begin, [initialize, terminate, initialize], "false", "104"],
    ["Terminate ends it", end, [initialize, terminate], "true", "0"],
    ["its argument is an empty string", end, [initialize, ["Terminate", "x"]], "false", "201"],
    ["no end before the beginning", end, [terminate], "false", "112"],
    ["no end after the end", end, [initialize, terminate, terminate], "false", "113"],
    ["no reading before Initialize", `${errors}.4`, [get("cmi.entry")], "", "122"],
    ["no reading after Terminate", `${errors}.4`, [initialize, terminate, get("cmi.entry")], "", "123"],
    ["no writing before Initialize", `${errors}.4`, [set("cmi.exit", "")], "false", "132"],
    [
      "no writing after Terminate",
      `${errors}.4`,
      [initialize, terminate, set("cmi.exit", "")],
      "false",
      "133",
    ],
    ["no commit before Initialize", `${errors}.4`, [["Commit", ""]], "false", "142"],
    ["no commit after Terminate", `${errors}.4`, [initialize, terminate, ["Commit", ""]], "false", "143"],
    ["Commit stores", `${RTE} 3.1.4.3`, [initialize, ["Commit", ""]], "true", "0"],
    ["Commit takes an empty string", `${RTE} 3.1.4.3`, [initialize, ["Commit", "now"]], "false", "201"],
  ]);
});

describe("asking for errors", () => {
  const at = `${RTE} 3.1.5`;
  const refused: Call[] = [initialize, get("cmi.exit")];
  table([
    ["before any call there is no error", at, [["GetLastError"]], "0", "0"],
    ["the error of the last call is kept", at, [...refused, ["GetLastError"]], "405", "405"],
    ["its words", at, [["GetErrorString", "405"]], "Data Model Element Is Write Only", "0"],
    ["an unknown code has no words", at, [["GetErrorString", "999"]], "", "0"],
    [
      "a diagnostic of the last error",
      at,
      [...refused, ["GetDiagnostic", ""]],
      "cmi.exit is write only",
      "405",
    ],
    ["asking does not reset it", at, [...refused, ["GetErrorString", "0"], ["GetLastError"]], "405", "405"],
    ["the next good call does", at, [...refused, get("cmi.entry"), ["GetLastError"]], "0", "0"],
  ]);
});

describe("names of elements", () => {
  const at = `${RTE} 3.1.7.6`;
  const keywords = `${RTE} 4.1.1.4`;
  table([
    ["an empty name to GetValue", at, [initialize, get("")], "", "301"],
    ["an empty name to SetValue", at, [initialize, set("", "x")], "false", "351"],
    ["an unknown element can't be read", at, [initialize, get("cmi.grade")], "", "401"],
    ["nor set", at, [initialize, set("cmi.grade", "A")], "false", "401"],
    ["JavaScript's own names are unknown", at, [initialize, set("constructor", "x")], "false", "401"],
    ["SCORM 1.2's elements are unknown", at, [initialize, get("cmi.core.lesson_status")], "", "401"],
    ["an element without a value", at, [initialize, get("cmi.location")], "", "403"],
    ["the version", `${RTE} 4.2.1`, [initialize, get("cmi._version")], "1.0", "0"],
    ["the version is read only", `${RTE} 4.2.1`, [initialize, set("cmi._version", "2.0")], "false", "404"],
    ["_children of a leaf", keywords, [initialize, get("cmi.location._children")], "", "301"],
    ["_count of what is no collection", keywords, [initialize, get("cmi.score._count")], "", "301"],
    ["_children is read only", keywords, [initialize, set("cmi.score._children", "raw")], "false", "404"],
    ["_count is read only", keywords, [initialize, set("cmi.objectives._count", "3")], "false", "404"],
    [
      "what a score has",
      `${RTE} 4.2.20`,
      [initialize, get("cmi.score._children")],
      "scaled,raw,min,max",
      "0",
    ],
    [
      "what an objective has",
      `${RTE} 4.2.17`,
      [initialize, get("cmi.objectives._children")],
      "id,score,success_status,completion_status,progress_measure,description",
      "0",
    ],
    [
      "what an interaction has",
      `${RTE} 4.2.9`,
      [initialize, get("cmi.interactions._children")],
      "id,type,objectives,timestamp,correct_responses,weighting,learner_response,result,latency,description",
      "0",
    ],
    [
      "what a preference has",
      `${RTE} 4.2.13`,
      [initialize, get("cmi.learner_preference._children")],
      "audio_level,language,delivery_speed,audio_captioning",
      "0",
    ],
    [
      "what a comment has",
      `${RTE} 4.2.2`,
      [initialize, get("cmi.comments_from_learner._children")],
      "comment,location,timestamp",
      "0",
    ],
  ]);
});

describe("what the LMS says, the SCO reads and can't write", () => {
  const readOnly = [
    ["cmi.learner_id", "anna.berg", "4.2.11"],
    ["cmi.learner_name", "Berg, Anna", "4.2.12"],
    ["cmi.credit", "credit", "4.2.6"],
    ["cmi.entry", "ab-initio", "4.2.7"],
    ["cmi.mode", "normal", "4.2.16"],
    ["cmi.total_time", "PT1H2M3S", "4.2.25"],
    ["cmi.launch_data", "from the manifest", "4.2.10"],
    ["cmi.max_time_allowed", "PT2H", "4.2.15"],
    ["cmi.time_limit_action", "exit,message", "4.2.24"],
    ["cmi.comments_from_lms.0.comment", "well done", "4.2.3"],
    ["cmi.comments_from_lms._count", "1", "4.2.3"],
    ["adl.data.0.id", "urn:shared:notes", "4.3"],
  ] as const;
  table(
    readOnly.flatMap(([element, value, section]): Case[] => [
      [`${element} is read`, `${RTE} ${section}`, [initialize, get(element)], value, "0"],
      [`${element} is read only`, `${RTE} ${section}`, [initialize, set(element, value)], "false", "404"],
    ]),
  );
  table([
    [
      "no threshold where the manifest has none",
      `${RTE} 4.2.5`,
      [initialize, get("cmi.completion_threshold")],
      "",
      "403",
    ],
    ["nor a passing score", `${RTE} 4.2.19`, [initialize, get("cmi.scaled_passing_score")], "", "403"],
    ["cmi.exit is write only", `${RTE} 4.2.8`, [initialize, get("cmi.exit")], "", "405"],
    ["cmi.session_time is write only", `${RTE} 4.2.21`, [initialize, get("cmi.session_time")], "", "405"],
  ]);
});

describe("values before anyone set them", () => {
  table(
    (
      [
        ["cmi.completion_status", "unknown", "4.2.4"],
        ["cmi.success_status", "unknown", "4.2.22"],
        ["cmi.learner_preference.audio_level", "1", "4.2.13"],
        ["cmi.learner_preference.language", "", "4.2.13"],
        ["cmi.learner_preference.delivery_speed", "1", "4.2.13"],
        ["cmi.learner_preference.audio_captioning", "0", "4.2.13"],
        ["cmi.objectives._count", "0", "4.2.17"],
        ["cmi.interactions._count", "0", "4.2.9"],
      ] as const
    ).map(
      ([element, value, section]): Case => [
        `${element} is "${value}"`,
        `${RTE} ${section}`,
        [initialize, get(element)],
        value,
        "0",
      ],
    ),
  );
  table(
    ["cmi.suspend_data", "cmi.score.scaled", "cmi.progress_measure"].map(
      (element): Case => [`${element} has none`, `${RTE} 3.1.7.6`, [initialize, get(element)], "", "403"],
    ),
  );
});

/** Element, its section, what it takes, what it refuses as of another type (406) and as out of range (407). */
const VALUES: readonly [
  element: string,
  section: string,
  good: readonly unknown[],
  mismatch: readonly unknown[],
  range?: readonly unknown[],
][] = [
  [
    "cmi.completion_status",
    "4.2.4",
    ["completed", "incomplete", "not attempted", "unknown"],
    ["passed", "", "Completed"],
  ],
  ["cmi.success_status", "4.2.22", ["passed", "failed", "unknown"], ["completed", ""]],
  ["cmi.exit", "4.2.8", ["time-out", "suspend", "logout", "normal", ""], ["quit"]],
  ["cmi.location", "4.2.14", ["", "x".repeat(1_000)], ["x".repeat(1_001)]],
  ["cmi.progress_measure", "4.2.18", ["0", "1.0", "0.1234567"], ["half", ""], ["-0.1", "1.1"]],
  ["cmi.score.scaled", "4.2.20", ["-1", "1", "0.8234567", 0.5], ["80%", "1e-1", ""], ["1.0000001", "-2"]],
  ["cmi.score.raw", "4.2.20", ["-12.5", "1000000"], ["many"]],
  ["cmi.score.min", "4.2.20", ["0"], ["none"]],
  ["cmi.score.max", "4.2.20", ["100"], ["100 points"]],
  [
    "cmi.session_time",
    "4.2.21",
    ["PT0S", "PT1H30M", "P1Y2M3DT4H5M6.78S", "PT36H", "P0D"],
    ["P", "PT", "1:30", "PT1.5H", "PT1.123S", "P1DT", "P1H", ""],
  ],
  ["cmi.suspend_data", "4.2.23", ["", "x".repeat(64_000)], ["x".repeat(64_001)]],
  ["cmi.learner_preference.audio_level", "4.2.13", ["0", "1.5"], ["loud"], ["-1"]],
  ["cmi.learner_preference.language", "4.2.13", ["", "de", "de-AT", "x-own"], ["german!"]],
  ["cmi.learner_preference.delivery_speed", "4.2.13", ["2"], ["fast"], ["-0.5"]],
  ["cmi.learner_preference.audio_captioning", "4.2.13", ["-1", "0", "1"], ["2", "on"]],
  [
    "cmi.comments_from_learner.0.comment",
    "4.2.2",
    ["fine", "{lang=de}gut"],
    ["{lang=!}what", "x".repeat(4_001)],
  ],
  ["cmi.comments_from_learner.0.location", "4.2.2", ["page 3"], ["x".repeat(251)]],
  [
    "cmi.comments_from_learner.0.timestamp",
    "4.1.1.7",
    ["2024", "2024-02-29", "2024-02-29T23:59:59.12Z", "2024-01-01T10:00:00+02:00", "2038-12-31T10"],
    [
      "1969",
      "2039",
      "2023-02-29",
      "2024-13-01",
      "2024-01-01T24:00",
      "2024-01-01T10:00:00.123",
      "yesterday",
      "",
    ],
  ],
  [
    "cmi.objectives.0.id",
    "4.2.17",
    ["objective-1", "urn:own:objective"],
    ["", "two words", "urn:x", "x".repeat(4_001)],
  ],
  ["cmi.interactions.0.id", "4.2.9", ["q1"], ["", "q 1"]],
  [
    "adl.nav.request",
    "SN 5.6",
    [
      "continue",
      "previous",
      "exit",
      "exitAll",
      "abandon",
      "abandonAll",
      "suspendAll",
      "_none_",
      "{target=item-2}choice",
      "{target=item-2}jump",
    ],
    ["next", "choice", "{target=}choice", "{target=item-2}leap"],
  ],
  ["adl.data.0.store", "4.3", ["shared"], ["x".repeat(64_001)]],
];

function valueRows(before: readonly Call[], values: typeof VALUES): Case[] {
  const at = (section: string) =>
    section.startsWith("SN") ? `SCORM 2004 4th ${section}` : `${RTE} ${section}`;
  const short = (value: unknown) => JSON.stringify(value).slice(0, 28);
  return values.flatMap(([element, section, good, mismatch, range = []]): Case[] => [
    ...good.map(
      (value): Case => [
        `${element} takes ${short(value)}`,
        at(section),
        [initialize, ...before, set(element, value)],
        "true",
        "0",
      ],
    ),
    ...mismatch.map(
      (value): Case => [
        `${element} refuses ${short(value)}`,
        at(section),
        [initialize, ...before, set(element, value)],
        "false",
        "406",
      ],
    ),
    ...range.map(
      (value): Case => [
        `${element} refuses ${short(value)}`,
        at(section),
        [initialize, ...before, set(element, value)],
        "false",
        "407",
      ],
    ),
  ]);
}

describe("values", () => table(valueRows([], VALUES)));

describe("values of an objective", () => {
  table(
    valueRows(
      [set("cmi.objectives.0.id", "objective-1")],
      [
        ["cmi.objectives.0.score.scaled", "4.2.17", ["0.5"], ["half"], ["1.5"]],
        ["cmi.objectives.0.success_status", "4.2.17", ["passed"], ["satisfied"]],
        ["cmi.objectives.0.completion_status", "4.2.17", ["not attempted"], ["done"]],
        ["cmi.objectives.0.progress_measure", "4.2.17", ["0.5"], ["half"], ["2"]],
        ["cmi.objectives.0.description", "4.2.17", ["{lang=fr}but"], ["x".repeat(251)]],
      ],
    ),
  );
});

describe("values of an interaction", () => {
  const types = [
    "true-false",
    "choice",
    "fill-in",
    "long-fill-in",
    "matching",
    "performance",
    "sequencing",
    "likert",
    "numeric",
    "other",
  ];
  table(
    valueRows(
      [set("cmi.interactions.0.id", "q1")],
      [
        ["cmi.interactions.0.type", "4.2.9", types, ["essay", ""]],
        ["cmi.interactions.0.timestamp", "4.2.9", ["2024-05-01T10:00:00"], ["10:00"]],
        ["cmi.interactions.0.weighting", "4.2.9", ["-1.5"], ["heavy"]],
        [
          "cmi.interactions.0.result",
          "4.2.9",
          ["correct", "incorrect", "unanticipated", "neutral", "0.25"],
          ["wrong", ""],
        ],
        ["cmi.interactions.0.latency", "4.2.9", ["PT12.5S"], ["12"]],
        ["cmi.interactions.0.objectives.0.id", "4.2.9", ["objective-1"], ["two words"]],
      ],
    ),
  );
});

describe("responses have the form of their interaction's type", () => {
  const answering = (type: string, element: string, value: string): Call[] => [
    initialize,
    set("cmi.interactions.0.id", "q1"),
    set("cmi.interactions.0.type", type),
    set(`cmi.interactions.0.${element}`, value),
  ];
  const given: readonly [type: string, response: string, good: boolean][] = [
    ["true-false", "true", true],
    ["true-false", "t", false],
    ["choice", "a[,]b", true],
    ["choice", "", true],
    ["choice", "a[,]a", false],
    ["choice", "first answer", false],
    ["fill-in", "{lang=en}Paris[,]Rome", true],
    ["long-fill-in", "x".repeat(4_000), true],
    ["long-fill-in", "x".repeat(4_001), false],
    ["likert", "agree", true],
    ["likert", "", false],
    ["matching", "1[.]a[,]2[.]b", true],
    ["matching", "1-a", false],
    ["performance", "step1[.]open[,][.]close", true],
    ["performance", "step1", false],
    ["sequencing", "c[,]a[,]b", true],
    ["sequencing", "c,a b", false],
    ["numeric", "-3.5", true],
    ["numeric", "1[:]2", false],
    ["other", "anything at all", true],
  ];
  table(
    given.map(
      ([type, value, good]): Case => [
        `${type} ${good ? "takes" : "refuses"} ${JSON.stringify(value).slice(0, 24)}`,
        `${RTE} 4.2.9.2`,
        answering(type, "learner_response", value),
        good ? "true" : "false",
        good ? "0" : "406",
      ],
    ),
  );
  const patterns: readonly [type: string, pattern: string, good: boolean][] = [
    ["numeric", "1[:]2", true],
    ["numeric", "[:]2", true],
    ["numeric", "2[:]1", false],
    ["fill-in", "{case_matters=true}{order_matters=false}Paris", true],
    ["fill-in", "{case_matters=perhaps}Paris", false],
    ["long-fill-in", "{case_matters=false}a text", true],
    ["performance", "{order_matters=true}a[.]1", true],
  ];
  table(
    patterns.map(
      ([type, value, good]): Case => [
        `a pattern of ${type} ${good ? "can" : "can't"} be ${JSON.stringify(value)}`,
        `${RTE} 4.2.9.1`,
        answering(type, "correct_responses.0.pattern", value),
        good ? "true" : "false",
        good ? "0" : "406",
      ],
    ),
  );
  const two = (type: string, first: string, second: string): Call[] => [
    ...answering(type, "correct_responses.0.pattern", first),
    set("cmi.interactions.0.correct_responses.1.pattern", second),
  ];
  table([
    [
      "true-false has one correct response",
      `${RTE} 4.2.9.1`,
      two("true-false", "true", "false"),
      "false",
      "351",
    ],
    ["numeric has one", `${RTE} 4.2.9.1`, two("numeric", "1", "2"), "false", "351"],
    ["choice has several", `${RTE} 4.2.9.1`, two("choice", "a", "b"), "true", "0"],
    ["but not the same twice", `${RTE} 4.2.9.1`, two("choice", "a", "a"), "false", "351"],
  ]);
});

describe("collections", () => {
  const at = `${RTE} 4.1.1.2`;
  const one = set("cmi.objectives.0.id", "first");
  table([
    ["the first index is 0", at, [initialize, set("cmi.objectives.1.id", "second")], "false", "351"],
    ["the next is the count", at, [initialize, one, set("cmi.objectives.1.id", "second")], "true", "0"],
    ["without a gap", at, [initialize, one, set("cmi.objectives.2.id", "third")], "false", "351"],
    ["_count tells", at, [initialize, one, get("cmi.objectives._count")], "1", "0"],
    ["no reading past the end", at, [initialize, one, get("cmi.objectives.1.id")], "", "301"],
    [
      "the LMS alone fills adl.data",
      `${RTE} 4.3`,
      [initialize, set("adl.data.1.store", "x")],
      "false",
      "351",
    ],
  ]);
  table([
    [
      "an objective's id comes first",
      `${RTE} 4.2.17`,
      [initialize, set("cmi.objectives.0.success_status", "passed")],
      "false",
      "408",
    ],
    [
      "so does an interaction's",
      `${RTE} 4.2.9`,
      [initialize, set("cmi.interactions.0.type", "choice")],
      "false",
      "408",
    ],
    [
      "a response needs the type",
      `${RTE} 4.2.9`,
      [initialize, set("cmi.interactions.0.id", "q1"), set("cmi.interactions.0.learner_response", "a")],
      "false",
      "408",
    ],
    [
      "so does a correct response",
      `${RTE} 4.2.9`,
      [
        initialize,
        set("cmi.interactions.0.id", "q1"),
        set("cmi.interactions.0.correct_responses.0.pattern", "a"),
      ],
      "false",
      "408",
    ],
    [
      "an objective's id is taken once",
      `${RTE} 4.2.17`,
      [initialize, one, set("cmi.objectives.1.id", "first")],
      "false",
      "351",
    ],
    [
      "and does not change",
      `${RTE} 4.2.17`,
      [initialize, one, set("cmi.objectives.0.id", "other")],
      "false",
      "351",
    ],
    ["but may be said again", `${RTE} 4.2.17`, [initialize, one, one], "true", "0"],
    [
      "an interaction names an objective once",
      `${RTE} 4.2.9`,
      [
        initialize,
        set("cmi.interactions.0.id", "q1"),
        set("cmi.interactions.0.objectives.0.id", "first"),
        set("cmi.interactions.0.objectives.1.id", "first"),
      ],
      "false",
      "351",
    ],
    [
      "an interaction's id may come again: that is a journal",
      `${RTE} 4.2.9`,
      [initialize, set("cmi.interactions.0.id", "q1"), set("cmi.interactions.1.id", "q1")],
      "true",
      "0",
    ],
  ]);
});

describe("statuses that the LMS judges", () => {
  const completion = `${RTE} 4.2.4.1`;
  const success = `${RTE} 4.2.22.1`;
  const threshold = {
    elements: { ...HELD, "cmi.completion_threshold": "0.8", "cmi.scaled_passing_score": "0.7" },
  };
  table(
    [
      [
        "progress that reaches the threshold completes",
        completion,
        [
          initialize,
          set("cmi.completion_status", "incomplete"),
          set("cmi.progress_measure", "0.8"),
          get("cmi.completion_status"),
        ],
        "completed",
        "0",
      ],
      [
        "progress below it does not",
        completion,
        [
          initialize,
          set("cmi.completion_status", "completed"),
          set("cmi.progress_measure", "0.79"),
          get("cmi.completion_status"),
        ],
        "incomplete",
        "0",
      ],
      [
        "a score that reaches the passing score passes",
        success,
        [
          initialize,
          set("cmi.success_status", "failed"),
          set("cmi.score.scaled", "0.7"),
          get("cmi.success_status"),
        ],
        "passed",
        "0",
      ],
      [
        "a score below it fails",
        success,
        [
          initialize,
          set("cmi.success_status", "passed"),
          set("cmi.score.scaled", "0.69"),
          get("cmi.success_status"),
        ],
        "failed",
        "0",
      ],
      [
        "without a score nothing is known",
        success,
        [initialize, set("cmi.success_status", "passed"), get("cmi.success_status")],
        "unknown",
        "0",
      ],
    ],
    threshold,
  );
  table([
    [
      "without thresholds the SCO has its way",
      completion,
      [
        initialize,
        set("cmi.completion_status", "completed"),
        set("cmi.progress_measure", "0.1"),
        get("cmi.completion_status"),
      ],
      "completed",
      "0",
    ],
  ]);
});

describe("navigation", () => {
  table([
    [
      "a request is kept",
      "SCORM 2004 4th SN 5.6",
      [initialize, set("adl.nav.request", "exitAll"), get("adl.nav.request")],
      "exitAll",
      "0",
    ],
    ["none at first", "SCORM 2004 4th SN 5.6", [initialize, get("adl.nav.request")], "_none_", "0"],
    [
      "what can be asked is read",
      "SCORM 2004 4th SN 5.6",
      [initialize, get("adl.nav.request_valid.continue")],
      "unknown",
      "0",
    ],
    [
      "of a target too",
      "SCORM 2004 4th SN 5.6",
      [initialize, get("adl.nav.request_valid.choice.{target=a}")],
      "unknown",
      "0",
    ],
    [
      "and is read only",
      "SCORM 2004 4th SN 5.6",
      [initialize, set("adl.nav.request_valid.continue", "true")],
      "false",
      "404",
    ],
  ]);
});

describe("the 3rd Edition", () => {
  table(
    [
      ["has no adl.data", "SCORM 2004 3rd RTE 4", [initialize, get("adl.data._count")], "", "401"],
      [
        "and otherwise the same model",
        "SCORM 2004 3rd RTE 4.2.14",
        [initialize, set("cmi.location", "3")],
        "true",
        "0",
      ],
    ],
    { edition: "3rd" },
  );
});

describe("what the LMS keeps", () => {
  test("nothing before a commit, everything at it and at the end (RTE 3.1.3.2, 3.1.4.3)", () => {
    const kept: string[] = [];
    const api = create({
      host: {
        open: () => true,
        keep: (elements, moment) => {
          kept.push(`${moment} ${elements["cmi.location"]} ${elements["cmi.completion_status"]}`);
          return true;
        },
      },
    });
    api.Initialize("");
    api.SetValue("cmi.location", "3");
    expect(kept).toEqual([]);
    api.Commit("");
    api.SetValue("cmi.location", "4");
    api.SetValue("cmi.completion_status", "completed");
    api.Terminate("");
    expect(kept).toEqual(["commit 3 unknown", "terminate 4 completed"]);
  });

  test("an LMS that can't store says so: 391 at a commit, 111 at the end (RTE 3.1.7.2)", () => {
    const api = create({ host: { open: () => true, keep: () => false } });
    api.Initialize("");
    expect([api.Commit(""), api.GetLastError()]).toEqual(["false", "391"]);
    expect([api.Terminate(""), api.GetLastError()]).toEqual(["false", "111"]);
    expect([api.Terminate(""), api.GetLastError()]).toEqual(["false", "113"]);
  });

  test("an LMS that can't open the session says so: 102 (RTE 3.1.7.2)", () => {
    const api = create({ host: { open: () => false, keep: () => true } });
    expect([api.Initialize(""), api.GetLastError()]).toEqual(["false", "102"]);
    expect([api.GetValue("cmi.entry"), api.GetLastError()]).toEqual(["", "122"]);
  });

  test("a smaller limit of suspend data is kept to with 406", () => {
    const api = create({ suspend_limit: 10 });
    api.Initialize("");
    expect(api.SetValue("cmi.suspend_data", "0123456789")).toBe("true");
    expect([api.SetValue("cmi.suspend_data", "0123456789a"), api.GetLastError()]).toEqual(["false", "406"]);
    expect(api.GetValue("cmi.suspend_data")).toBe("0123456789");
  });
});
