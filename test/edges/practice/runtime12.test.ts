/** The practice LMS's SCORM 1.2 run-time against the specification, row by row. */
import { describe, expect, test } from "@jest/globals";
import type { RuntimeOptions } from "../../../src/edges/practice/client/runtime/runtime.ts";
import { type Api12, createRuntime12 } from "../../../src/edges/practice/client/runtime/runtime12.ts";
import { type Call, type Case, runTable } from "./runtimeTable.ts";

const RTE = "SCORM 1.2 RTE";

const HELD = {
  "cmi.core.student_id": "anna.berg",
  "cmi.core.student_name": "Berg, Anna",
  "cmi.core.credit": "credit",
  "cmi.core.entry": "ab-initio",
  "cmi.core.lesson_mode": "normal",
  "cmi.core.total_time": "0001:02:03.00",
  "cmi.launch_data": "from the manifest",
  "cmi.comments_from_lms": "well done",
  "cmi.student_data.mastery_score": "80",
  "cmi.student_data.max_time_allowed": "0002:00:00",
  "cmi.student_data.time_limit_action": "exit,message",
};

function create(overrides: Partial<RuntimeOptions> = {}): Api12 {
  return createRuntime12({ elements: HELD, host: { open: () => true, keep: () => true }, ...overrides });
}

const initialize: Call = ["LMSInitialize", ""];
const finish: Call = ["LMSFinish", ""];
const get = (element: unknown): Call => ["LMSGetValue", element];
const set = (element: unknown, value: unknown): Call => ["LMSSetValue", element, value];

function table(rows: readonly Case[]): void {
  runTable(rows, create, "LMSGetLastError");
}

describe("states", () => {
  const at = `${RTE} 3.3, LMSInitialize and LMSFinish`;
  table([
    ["LMSInitialize begins the session", at, [initialize], "true", "0"],
    ["its argument is an empty string", at, [["LMSInitialize", "x"]], "false", "201"],
    ["null is no empty string", at, [["LMSInitialize", null]], "false", "201"],
    ["nor is nothing", at, [["LMSInitialize"]], "false", "201"],
    ["it can't be called twice", at, [initialize, initialize], "false", "101"],
    ["nor again after LMSFinish", at, [initialize, finish, initialize], "false", "101"],
    ["LMSFinish ends it", at, [initialize, finish], "true", "0"],
    ["LMSFinish needs a session", at, [finish], "false", "301"],
    ["LMSFinish can't be called twice", at, [initialize, finish, finish], "false", "301"],
    ["LMSFinish refuses null", at, [initialize, ["LMSFinish", null]], "false", "201"],
    ["LMSGetValue needs a session", `${RTE} 3.3, LMSGetValue`, [get("cmi.core.student_id")], "", "301"],
    ["LMSSetValue needs a session", `${RTE} 3.3, LMSSetValue`, [set("cmi.core.exit", "")], "false", "301"],
    ["LMSCommit needs a session", `${RTE} 3.3, LMSCommit`, [["LMSCommit", ""]], "false", "301"],
    ["LMSCommit stores", `${RTE} 3.3, LMSCommit`, [initialize, ["LMSCommit", ""]], "true", "0"],
    [
      "LMSCommit takes an empty string",
      `${RTE} 3.3, LMSCommit`,
      [initialize, ["LMSCommit", "now"]],
      "false",
      "201",
    ],
    ["no reading after LMSFinish", at, [initialize, finish, get("cmi.core.student_id")], "", "301"],
    ["no writing after LMSFinish", at, [initialize, finish, set("cmi.core.exit", "")], "false", "301"],
    ["no commit after LMSFinish", at, [initialize, finish, ["LMSCommit", ""]], "false", "301"],
  ]);
});

describe("asking for errors", () => {
  const at = `${RTE} 3.3, state management`;
  const refused: Call[] = [initialize, ["LMSGetValue", "cmi.core.exit"]];
  table([
    ["before any call there is no error", at, [["LMSGetLastError"]], "0", "0"],
    ["the error of the last call is kept", at, [...refused, ["LMSGetLastError"]], "404", "404"],
    ["its words", at, [...refused, ["LMSGetErrorString", "404"]], "Element is write only", "404"],
    ["an unknown code has no words", at, [["LMSGetErrorString", "999"]], "", "0"],
    [
      "an empty code asks about the last error",
      at,
      [...refused, ["LMSGetDiagnostic", ""]],
      "cmi.core.exit is write only",
      "404",
    ],
    [
      "asking does not reset it",
      at,
      [...refused, ["LMSGetErrorString", "0"], ["LMSGetLastError"]],
      "404",
      "404",
    ],
    ["the next good call does", at, [...refused, get("cmi.core.entry"), ["LMSGetLastError"]], "0", "0"],
  ]);
});

describe("names of elements", () => {
  const at = `${RTE} 3.3, API error codes`;
  table([
    ["an empty name is an invalid argument", at, [initialize, get("")], "", "201"],
    ["a missing name too", at, [initialize, get(undefined)], "", "201"],
    ["an unknown element is not implemented", at, [initialize, get("cmi.core.grade")], "", "401"],
    ["so is another data model", at, [initialize, get("xyz.score.result")], "", "401"],
    [
      "and SCORM 2004's elements",
      at,
      [initialize, set("cmi.completion_status", "completed")],
      "false",
      "401",
    ],
    ["so are JavaScript's own names", at, [initialize, get("constructor")], "", "401"],
    ["also as groups", at, [initialize, get("constructor._children")], "", "401"],
    ["a group is no element", at, [initialize, get("cmi.core")], "", "401"],
    ["_children of a leaf", at, [initialize, get("cmi.core.student_name._children")], "", "202"],
    ["_count of what is no array", at, [initialize, get("cmi.core._count")], "", "203"],
    ["_count of a leaf", at, [initialize, get("cmi.core.score.raw._count")], "", "203"],
    ["_children can't be set", at, [initialize, set("cmi.core._children", "score")], "false", "402"],
    ["_count can't be set", at, [initialize, set("cmi.objectives._count", "3")], "false", "402"],
    ["_version can't be set", at, [initialize, set("cmi._version", "3.4")], "false", "402"],
    [
      "the version of the data model",
      `${RTE} 3.4, cmi._version`,
      [initialize, get("cmi._version")],
      "3.4",
      "0",
    ],
    [
      "what cmi.core has",
      `${RTE} 3.4, cmi.core._children`,
      [initialize, get("cmi.core._children")],
      "student_id,student_name,lesson_location,credit,lesson_status,entry,score,total_time,lesson_mode,exit,session_time",
      "0",
    ],
    [
      "what a score has",
      `${RTE} 3.4, cmi.core.score._children`,
      [initialize, get("cmi.core.score._children")],
      "raw,min,max",
      "0",
    ],
    [
      "what an objective has",
      `${RTE} 3.4, cmi.objectives._children`,
      [initialize, get("cmi.objectives._children")],
      "id,score,status",
      "0",
    ],
    [
      "what student data has",
      `${RTE} 3.4, cmi.student_data._children`,
      [initialize, get("cmi.student_data._children")],
      "mastery_score,max_time_allowed,time_limit_action",
      "0",
    ],
    [
      "what an interaction has",
      `${RTE} 3.4, cmi.interactions._children`,
      [initialize, get("cmi.interactions._children")],
      "id,objectives,time,type,correct_responses,weighting,student_response,result,latency",
      "0",
    ],
  ]);
});

describe("what the LMS says, the SCO reads and can't write", () => {
  const readOnly = [
    ["cmi.core.student_id", "anna.berg"],
    ["cmi.core.student_name", "Berg, Anna"],
    ["cmi.core.credit", "credit"],
    ["cmi.core.entry", "ab-initio"],
    ["cmi.core.total_time", "0001:02:03.00"],
    ["cmi.core.lesson_mode", "normal"],
    ["cmi.launch_data", "from the manifest"],
    ["cmi.comments_from_lms", "well done"],
    ["cmi.student_data.mastery_score", "80"],
    ["cmi.student_data.max_time_allowed", "0002:00:00"],
    ["cmi.student_data.time_limit_action", "exit,message"],
  ] as const;
  table(
    readOnly.flatMap(([element, value]): Case[] => [
      [`${element} is read`, `${RTE} 3.4, ${element}`, [initialize, get(element)], value, "0"],
      [
        `${element} is read only`,
        `${RTE} 3.4, ${element}`,
        [initialize, set(element, value)],
        "false",
        "403",
      ],
    ]),
  );
});

describe("what only the SCO says can't be read back", () => {
  table(
    ["cmi.core.exit", "cmi.core.session_time"].map(
      (element): Case => [
        `${element} is write only`,
        `${RTE} 3.4, ${element}`,
        [initialize, get(element)],
        "",
        "404",
      ],
    ),
  );
  const interaction = (rest: string) => `cmi.interactions.0.${rest}`;
  const first = set(interaction("id"), "q1");
  table(
    ["id", "time", "type", "weighting", "student_response", "result", "latency"].map(
      (leaf): Case => [
        `cmi.interactions.n.${leaf} is write only`,
        `${RTE} 3.4, cmi.interactions.n.${leaf}`,
        [initialize, first, get(interaction(leaf))],
        "",
        "404",
      ],
    ),
  );
});

describe("values before anyone set them", () => {
  table(
    (
      [
        ["cmi.core.lesson_status", "not attempted"],
        ["cmi.core.lesson_location", ""],
        ["cmi.core.score.raw", ""],
        ["cmi.suspend_data", ""],
        ["cmi.comments", ""],
        ["cmi.objectives._count", "0"],
        ["cmi.interactions._count", "0"],
        ["cmi.student_preference.audio", "0"],
        ["cmi.student_preference.language", ""],
        ["cmi.student_preference.speed", "0"],
        ["cmi.student_preference.text", "0"],
      ] as const
    ).map(
      ([element, value]): Case => [
        `${element} is "${value}"`,
        `${RTE} 3.4, ${element}`,
        [initialize, get(element)],
        value,
        "0",
      ],
    ),
  );
});

/** Element → what it takes and what it refuses with 405. */
const VALUES: readonly [element: string, good: readonly unknown[], bad: readonly unknown[]][] = [
  ["cmi.core.lesson_location", ["", "page 3", "x".repeat(255)], ["x".repeat(256)]],
  [
    "cmi.core.lesson_status",
    ["passed", "completed", "failed", "incomplete", "browsed", "not attempted"],
    ["", "done", "Passed", "unknown"],
  ],
  ["cmi.core.score.raw", ["0", "100", "85.5", "", 90], ["-1", "100.1", "ninety", "1e2", "85%"]],
  ["cmi.core.score.min", ["0"], ["-5"]],
  ["cmi.core.score.max", ["100"], ["200"]],
  ["cmi.core.exit", ["time-out", "suspend", "logout", ""], ["normal", "Suspend"]],
  [
    "cmi.core.session_time",
    ["0000:00:05", "00:05:00", "9999:59:59.99"],
    ["5", "0:05:00", "00:05", "PT5M", "00:05:00.123"],
  ],
  ["cmi.suspend_data", ["", "x".repeat(4_096)], ["x".repeat(4_097)]],
  ["cmi.comments", ["x".repeat(4_096)], ["x".repeat(4_097)]],
  ["cmi.student_preference.audio", ["-1", "0", "100"], ["-2", "101", "loud", "1.5"]],
  ["cmi.student_preference.language", ["en"], ["x".repeat(256)]],
  ["cmi.student_preference.speed", ["-100", "100"], ["-101", "101"]],
  ["cmi.student_preference.text", ["-1", "0", "1"], ["2"]],
  ["cmi.objectives.0.id", ["objective-1"], ["", "two words", "x".repeat(256)]],
  ["cmi.objectives.0.status", ["passed", "not attempted"], ["satisfied"]],
  ["cmi.objectives.0.score.raw", ["50", ""], ["101"]],
  ["cmi.interactions.0.id", ["q1"], ["", "q 1"]],
  ["cmi.interactions.0.objectives.0.id", ["objective-1"], [""]],
  ["cmi.interactions.0.time", ["23:59:59", "00:00:00.5"], ["24:00:00", "12:60:00", "12:00"]],
  [
    "cmi.interactions.0.type",
    ["true-false", "choice", "fill-in", "matching", "performance", "sequencing", "likert", "numeric"],
    ["long-fill-in", "other", ""],
  ],
  ["cmi.interactions.0.weighting", ["1", "-0.5"], ["heavy", ""]],
  ["cmi.interactions.0.result", ["correct", "wrong", "unanticipated", "neutral", "0.5"], ["incorrect", ""]],
  ["cmi.interactions.0.latency", ["0000:00:12.5"], ["12"]],
  ["cmi.interactions.0.correct_responses.0.pattern", ["a,b", ""], ["x".repeat(256)]],
  ["cmi.interactions.0.student_response", ["a", ""], ["x".repeat(256)]],
];

describe("values", () => {
  table(
    VALUES.flatMap(([element, good, bad]): Case[] => {
      const section = `${RTE} 3.4, ${element.replaceAll(/\.0/g, ".n")}`;
      const short = (value: unknown) => JSON.stringify(value).slice(0, 24);
      return [
        ...good.map(
          (value): Case => [
            `${element} takes ${short(value)}`,
            section,
            [initialize, set(element, value)],
            "true",
            "0",
          ],
        ),
        ...bad.map(
          (value): Case => [
            `${element} refuses ${short(value)}`,
            section,
            [initialize, set(element, value)],
            "false",
            "405",
          ],
        ),
      ];
    }),
  );
  table([
    [
      "what was set is read back",
      `${RTE} 3.3, LMSGetValue`,
      [initialize, set("cmi.suspend_data", "page=3"), get("cmi.suspend_data")],
      "page=3",
      "0",
    ],
  ]);
  const typed = (type: string, response: string): Call[] => [
    initialize,
    set("cmi.interactions.0.type", type),
    set("cmi.interactions.0.student_response", response),
  ];
  const at = `${RTE} 3.4, CMIFeedback`;
  table([
    ["true-false takes t", at, typed("true-false", "t"), "true", "0"],
    ["true-false refuses x", at, typed("true-false", "x"), "false", "405"],
    ["choice takes letters and digits", at, typed("choice", "{a,2}"), "true", "0"],
    ["choice refuses words", at, typed("choice", "first answer"), "false", "405"],
    ["matching takes pairs", at, typed("matching", "1.a,2.b"), "true", "0"],
    ["matching refuses singles", at, typed("matching", "1,2"), "false", "405"],
    ["numeric takes a number", at, typed("numeric", "3.14"), "true", "0"],
    ["numeric refuses a word", at, typed("numeric", "pi"), "false", "405"],
    ["fill-in takes any text", at, typed("fill-in", "any text"), "true", "0"],
  ]);
});

describe("arrays grow one by one", () => {
  const at = `${RTE} 3.4, handling lists`;
  const one = set("cmi.objectives.0.id", "first");
  table([
    ["the first index is 0", at, [initialize, set("cmi.objectives.1.id", "second")], "false", "201"],
    ["the next is the count", at, [initialize, one, set("cmi.objectives.1.id", "second")], "true", "0"],
    ["without a gap", at, [initialize, one, set("cmi.objectives.2.id", "third")], "false", "201"],
    ["_count tells", at, [initialize, one, get("cmi.objectives._count")], "1", "0"],
    ["a member can be changed", at, [initialize, one, set("cmi.objectives.0.id", "other")], "true", "0"],
    ["no reading past the end", at, [initialize, one, get("cmi.objectives.1.id")], "", "201"],
    [
      "a member's own children",
      at,
      [initialize, one, get("cmi.objectives.0.score._children")],
      "raw,min,max",
      "0",
    ],
    [
      "inner arrays count too",
      at,
      [initialize, set("cmi.interactions.0.id", "q1"), get("cmi.interactions.0.correct_responses._count")],
      "0",
      "0",
    ],
    [
      "inner arrays have no gaps either",
      at,
      [initialize, set("cmi.interactions.0.correct_responses.1.pattern", "a")],
      "false",
      "201",
    ],
    ["an index is a plain number", at, [initialize, set("cmi.objectives.00.id", "first")], "false", "401"],
  ]);
});

describe("what the LMS keeps", () => {
  function run(calls: readonly Call[], elements: Record<string, string> = {}) {
    const kept: { moment: string; elements: Readonly<Record<string, string>> }[] = [];
    const api = create({
      elements: { "cmi.core.credit": "credit", "cmi.core.lesson_mode": "normal", ...elements },
      host: {
        open: () => true,
        keep: (values, moment) => {
          kept.push({ moment, elements: values });
          return true;
        },
      },
    }) as unknown as Record<string, (...given: unknown[]) => string>;
    for (const [name, ...given] of calls) api[name]?.(...given);
    return kept;
  }
  const statusAfter = (calls: readonly Call[], elements?: Record<string, string>) =>
    run([initialize, ...calls, finish], elements).at(-1)?.elements["cmi.core.lesson_status"];

  test("nothing before a commit (SCORM 1.2 RTE 3.3, LMSCommit)", () => {
    expect(run([initialize, set("cmi.suspend_data", "x")])).toEqual([]);
  });

  test("everything set so far at a commit, and again at the end (SCORM 1.2 RTE 3.3, LMSFinish)", () => {
    const kept = run([initialize, set("cmi.suspend_data", "x"), ["LMSCommit", ""], finish]);
    expect(kept.map(({ moment, elements }) => [moment, elements["cmi.suspend_data"]])).toEqual([
      ["commit", "x"],
      ["terminate", "x"],
    ]);
  });

  test.each([
    ["a SCO that set no status is completed", [], {}, "completed"],
    ["browsed, where it was launched to browse", [], { "cmi.core.lesson_mode": "browse" }, "browsed"],
    ["a status that was set stays", [set("cmi.core.lesson_status", "incomplete")], {}, "incomplete"],
    [
      "a score that reaches the mastery score passes",
      [set("cmi.core.lesson_status", "completed"), set("cmi.core.score.raw", "80")],
      { "cmi.student_data.mastery_score": "80" },
      "passed",
    ],
    [
      "a score below it fails, whatever the SCO said",
      [set("cmi.core.lesson_status", "passed"), set("cmi.core.score.raw", "79")],
      { "cmi.student_data.mastery_score": "80" },
      "failed",
    ],
    [
      "not where there is no credit",
      [set("cmi.core.lesson_status", "passed"), set("cmi.core.score.raw", "79")],
      { "cmi.student_data.mastery_score": "80", "cmi.core.credit": "no-credit" },
      "passed",
    ],
    [
      "nor where there is no score",
      [set("cmi.core.lesson_status", "completed")],
      { "cmi.student_data.mastery_score": "80" },
      "completed",
    ],
  ] as [string, Call[], Record<string, string>, string][])(
    "at LMSFinish %s (SCORM 1.2 RTE 3.4, cmi.core.lesson_status)",
    (_what, calls, elements, status) => {
      expect(statusAfter(calls, elements)).toBe(status);
    },
  );

  test("an LMS that can't store says so: 101 (SCORM 1.2 RTE 3.3, API error codes)", () => {
    const api = create({ host: { open: () => true, keep: () => false } });
    api.LMSInitialize("");
    expect([api.LMSCommit(""), api.LMSGetLastError()]).toEqual(["false", "101"]);
    expect([api.LMSFinish(""), api.LMSGetLastError()]).toEqual(["false", "101"]);
    expect([api.LMSFinish(""), api.LMSGetLastError()]).toEqual(["false", "301"]);
  });

  test("an LMS that can't open the session says so, and it may be tried again: 101", () => {
    const api = create({ host: { open: () => false, keep: () => true } });
    expect([api.LMSInitialize(""), api.LMSGetLastError()]).toEqual(["false", "101"]);
    expect(api.LMSGetValue("cmi.core.student_id")).toBe("");
    expect(api.LMSGetLastError()).toBe("301");
  });

  test("a smaller limit of suspend data is kept to with 405, and what was there stays", () => {
    const api = create({ suspend_limit: 10 });
    api.LMSInitialize("");
    expect(api.LMSSetValue("cmi.suspend_data", "0123456789")).toBe("true");
    expect(api.LMSSetValue("cmi.suspend_data", "0123456789a")).toBe("false");
    expect(api.LMSGetLastError()).toBe("405");
    expect(api.LMSGetValue("cmi.suspend_data")).toBe("0123456789");
  });
});
