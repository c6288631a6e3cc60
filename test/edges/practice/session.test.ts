/** What a launch in the practice LMS makes of its settings and faults, without a browser. */
import { describe, expect, test } from "@jest/globals";
import { type LoggedCall, logCall } from "../../../src/edges/practice/client/callLog.ts";
import {
  FAULT_NAMES,
  FIRST_SETTINGS,
  NO_FAULTS,
  readAddress,
  writeAddress,
} from "../../../src/edges/practice/client/lms/faults.ts";
import {
  type ApiCall,
  createSession,
  type SessionOrder,
  sentLearnerId,
} from "../../../src/edges/practice/client/lms/session.ts";
import type { PackageItem, PackageStandard } from "../../../src/edges/practice/practiceTypes.ts";

const ITEM: PackageItem = {
  item_id: "item-1",
  title: "Lesson",
  href: "index.html",
  launch_data: "level=2",
  mastery_score: "80",
  scaled_passing_score: "0.8",
  completion_set_by_content: true,
  objective_set_by_content: true,
};
const ANNA = { learner_id: "anna.berg", name: "Berg, Anna" };

function start(standard: PackageStandard, given: Partial<Pick<SessionOrder, "settings" | "faults">> = {}) {
  const calls: ApiCall[] = [];
  const key = { package_id: "package-1", item_id: "item-1", learner_id: "anna.berg" };
  const session = createSession(
    {
      package: { package_id: "package-1", delivery_id: null, title: "Sample", standard, items: [ITEM] },
      item: ITEM,
      learner: ANNA,
      settings: FIRST_SETTINGS,
      faults: NO_FAULTS,
      record: {
        ...key,
        standard,
        attempt: 1,
        launches: 2,
        launch_id: "launch-2",
        launched_at: "2026-03-01T10:00:00.000Z",
        entry: "resume",
        elements: {
          "cmi.suspend_data": "page=3",
          "cmi.core.student_id": "of old",
          "cmi.learner_id": "of old",
        },
        total_seconds: 90,
        commits: 0,
        sequence: 0,
        committed_at: null,
        terminated: false,
        earlier_attempts: [],
      },
      ...given,
    },
    (call) => calls.push(call),
  );
  return { ...session, calls, call: (name: string, ...all: unknown[]) => session.api[name]?.(...all) };
}

describe("the course finds", () => {
  test("SCORM 1.2's API with what the LMS knows, over what an earlier session left", () => {
    const { api_name, call } = start("scorm12");
    call("LMSInitialize", "");
    const read = ["student_id", "student_name", "entry", "total_time", "lesson_mode", "credit"].map((leaf) =>
      call("LMSGetValue", `cmi.core.${leaf}`),
    );
    expect([api_name, ...read]).toEqual([
      "API",
      "anna.berg",
      "Berg, Anna",
      "resume",
      "0000:01:30.00",
      "normal",
      "credit",
    ]);
    expect(call("LMSGetValue", "cmi.suspend_data")).toBe("page=3");
    expect(call("LMSGetValue", "cmi.launch_data")).toBe("level=2");
    expect(call("LMSGetValue", "cmi.student_data.mastery_score")).toBe("80");
  });

  test("SCORM 2004's API likewise", () => {
    const { api_name, call } = start("scorm2004-4", {
      settings: { ...FIRST_SETTINGS, mode: "browse", credit: "no-credit" },
    });
    call("Initialize", "");
    const read = [
      "learner_id",
      "learner_name",
      "entry",
      "total_time",
      "mode",
      "credit",
      "scaled_passing_score",
    ].map((leaf) => call("GetValue", `cmi.${leaf}`));
    expect([api_name, ...read]).toEqual([
      "API_1484_11",
      "anna.berg",
      "Berg, Anna",
      "resume",
      "PT0H1M30S",
      "browse",
      "no-credit",
      "0.8",
    ]);
  });

  test.each([
    ["scorm2004-3", "401"],
    ["scorm2004-4", "0"],
  ] as const)("the data model of its edition: %s and adl.data", (standard, error) => {
    const { call } = start(standard);
    call("Initialize", "");
    call("GetValue", "adl.data._count");
    expect(call("GetLastError")).toBe(error);
  });
});

describe("faults", () => {
  test.each([
    ["", "anna.berg"],
    ["upper_case", "ANNA.BERG"],
    ["email", "anna.berg@example.com"],
    ["guest", "guest"],
    ["number", expect.stringMatching(/^\d{5}$/)],
  ] as const)("the learner's id, changed by %j", (change, sent) => {
    expect(sentLearnerId(ANNA, change)).toEqual(sent);
    expect(sentLearnerId(ANNA, change)).toBe(sentLearnerId(ANNA, change));
  });

  test("numbers for ids tell learners apart", () => {
    const numbers = ["anna.berg", "anna.berg2", "chidi.okafor", "1042"].map((learner_id) =>
      sentLearnerId({ learner_id, name: "x" }, "number"),
    );
    expect(new Set(numbers).size).toBe(4);
  });

  test("Initialize fails", () => {
    const { call } = start("scorm12", { faults: { ...NO_FAULTS, initialize_fails: 1 } });
    expect([call("LMSInitialize", ""), call("LMSGetLastError")]).toEqual(["false", "101"]);
  });

  test("odd answers are true, null and numbers instead of texts", () => {
    const { call } = start("scorm12", { faults: { ...NO_FAULTS, odd_answers: 1 } });
    expect([call("LMSInitialize", ""), call("LMSGetValue", "cmi.comments"), call("LMSGetLastError")]).toEqual(
      [true, null, 0],
    );
    expect(call("LMSSetValue", "cmi.core.entry", "")).toBe(false);
  });

  test("slow calls take their time", () => {
    const { call } = start("scorm12", { faults: { ...NO_FAULTS, slow_calls: 30 } });
    const began = performance.now();
    call("LMSInitialize", "");
    expect(performance.now() - began).toBeGreaterThanOrEqual(30);
  });
});

describe("the log of calls", () => {
  test("has the newest first, marks what was refused, and cuts long values", () => {
    const { call, calls } = start("scorm12");
    call("LMSInitialize", "");
    call("LMSSetValue", "cmi.core.entry", "x".repeat(200));
    call("LMSGetLastError");
    const log = calls.reduce<LoggedCall[]>(logCall, []);
    expect(log.map(({ number, failed, error }) => [number, failed, error])).toEqual([
      [3, false, "403"],
      [2, true, "403"],
      [1, false, "0"],
    ]);
    expect(log[1]).toMatchObject({
      answer: '"false"',
      diagnostic: "cmi.core.entry is read only",
      text: expect.stringContaining("… (202 characters)"),
    });
  });
});

describe("the page's address", () => {
  test("carries what differs from the first settings, and is read back", () => {
    const settings = { ...FIRST_SETTINGS, shown_in: "window", commits_by: "beacon" } as const;
    const faults = { ...NO_FAULTS, suspend_limit: 64, learner_id: "guest", sandboxed: 1 } as const;
    const address = new URLSearchParams(writeAddress(settings, faults));
    expect(address.toString()).toBe(
      "shown_in=window&commits_by=beacon&suspend_limit=64&learner_id=guest&sandboxed=1",
    );
    expect(readAddress(address)).toEqual({ settings, faults });
    expect(writeAddress(FIRST_SETTINGS, NO_FAULTS)).toEqual([]);
  });

  test("with nonsense in it leaves everything as it was", () => {
    const nonsense = new URLSearchParams(
      ["shown_in", "mode", "toString", ...FAULT_NAMES].map((name) => [name, "nonsense"]),
    );
    expect(readAddress(nonsense)).toEqual({ settings: FIRST_SETTINGS, faults: NO_FAULTS });
    expect(readAddress(new URLSearchParams("commit_hangs=9999&learner_id=toString"))).toEqual({
      settings: FIRST_SETTINGS,
      faults: { ...NO_FAULTS, commit_hangs: 60 },
    });
  });
});
