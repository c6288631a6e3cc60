/** How the practice LMS keeps a record over launches: attempts, entry, total time. */
import { describe, expect, test } from "@jest/globals";
import { commitRecord, launchRecord } from "../../../src/edges/practice/lmsRecord.ts";
import type { LmsRecord, PackageItem, PackageStandard } from "../../../src/edges/practice/practiceTypes.ts";

const ITEM: PackageItem = {
  item_id: "item-1",
  title: "Lesson",
  href: "index.html",
  completion_set_by_content: false,
  objective_set_by_content: false,
};

/** Plays a story on one record: launches and commits in turn. */
class Story {
  record: LmsRecord | null = null;
  #launches = 0;
  #sequence = 0;
  readonly #standard: PackageStandard;
  readonly #item: PackageItem;

  constructor(standard: PackageStandard, item: Partial<PackageItem> = {}) {
    this.#standard = standard;
    this.#item = { ...ITEM, ...item };
  }

  launch(reset = false): LmsRecord {
    this.#launches += 1;
    this.#sequence = 0;
    this.record = launchRecord(this.record, {
      package_id: "package-1",
      item_id: "item-1",
      learner_id: "anna.berg",
      standard: this.#standard,
      launch_id: `launch-${this.#launches}`,
      launched_at: "2026-03-01T10:00:00.000Z",
      reset,
    });
    return this.record;
  }

  /** @returns Whether it was stored. */
  commit(
    elements: Record<string, string>,
    moment: "commit" | "terminate" = "commit",
    { sequence = this.#sequence + 1, launch_id = `launch-${this.#launches}` } = {},
  ): boolean {
    this.#sequence = Math.max(this.#sequence, sequence);
    if (this.record === null) throw new Error("nothing was launched");
    const order = { launch_id, sequence, elements, moment };
    const stored = commitRecord(this.record, order, this.#item, "2026-03-01T10:05:00.000Z");
    this.record = stored ?? this.record;
    return stored !== null;
  }
}

describe("entry", () => {
  test("is ab-initio at first, and resume after a suspend (SCORM 1.2 RTE 3.4, cmi.core.entry)", () => {
    const story = new Story("scorm12");
    expect(story.launch().entry).toBe("ab-initio");
    story.commit({ "cmi.core.exit": "suspend", "cmi.suspend_data": "page=3" }, "terminate");
    const again = story.launch();
    expect([again.entry, again.elements["cmi.suspend_data"], again.attempt]).toEqual(["resume", "page=3", 1]);
  });

  test("is empty after any other exit; SCORM 1.2's data stays all the same", () => {
    const story = new Story("scorm12");
    story.launch();
    story.commit({ "cmi.core.exit": "logout", "cmi.core.lesson_status": "incomplete" }, "terminate");
    const again = story.launch();
    expect([again.entry, again.elements["cmi.core.lesson_status"]]).toEqual(["", "incomplete"]);
  });

  test("is ab-initio again where nothing was ever committed", () => {
    const story = new Story("scorm12");
    story.launch();
    expect(story.launch().entry).toBe("ab-initio");
  });

  test("is resume where the course was torn away after committing a suspend", () => {
    const story = new Story("scorm2004-4");
    story.launch();
    story.commit({ "cmi.exit": "suspend", "cmi.location": "3" });
    expect(story.launch().entry).toBe("resume");
  });
});

describe("attempts", () => {
  test("in SCORM 2004, one that ended without a suspend is over: the next launch begins another (RTE 4.2.8)", () => {
    const story = new Story("scorm2004-4");
    story.launch();
    story.commit({ "cmi.exit": "normal", "cmi.completion_status": "completed" }, "terminate");
    const next = story.launch();
    expect([next.attempt, next.entry, next.elements, next.launches]).toEqual([2, "ab-initio", {}, 2]);
    expect(next.earlier_attempts).toMatchObject([
      { attempt: 1, ended: "normally", elements: { "cmi.completion_status": "completed" } },
    ]);
  });

  test("a reset forgets the data and says that it did", () => {
    const story = new Story("scorm12");
    story.launch();
    story.commit({ "cmi.core.exit": "suspend", "cmi.suspend_data": "page=3" }, "terminate");
    const next = story.launch(true);
    expect([next.attempt, next.entry, next.elements]).toEqual([2, "ab-initio", {}]);
    expect(next.earlier_attempts).toMatchObject([{ attempt: 1, ended: "reset" }]);
  });
});

describe("time", () => {
  test("of ended sessions adds up (SCORM 1.2 RTE 3.4, cmi.core.total_time)", () => {
    const story = new Story("scorm12");
    story.launch();
    story.commit({ "cmi.core.session_time": "0000:01:00" });
    story.commit({ "cmi.core.session_time": "0000:02:30.5" }, "terminate");
    expect(story.record?.total_seconds).toBe(150.5);
    story.launch();
    story.commit({ "cmi.core.session_time": "0000:00:10" }, "terminate");
    expect(story.record?.total_seconds).toBe(160.5);
  });

  test("of a session that was torn away counts as last committed", () => {
    const story = new Story("scorm2004-3");
    story.launch();
    story.commit({ "cmi.session_time": "PT1M", "cmi.exit": "suspend" });
    expect(story.launch().total_seconds).toBe(60);
    expect(story.launch().total_seconds).toBe(60);
  });
});

describe("commits", () => {
  test("that were overtaken on their way, or belong to an earlier launch, change nothing", () => {
    const story = new Story("scorm12");
    story.launch();
    expect(story.commit({ "cmi.suspend_data": "second" }, "commit", { sequence: 2 })).toBe(true);
    expect(story.commit({ "cmi.suspend_data": "first" }, "commit", { sequence: 1 })).toBe(false);
    story.launch();
    expect(
      story.commit({ "cmi.suspend_data": "old" }, "commit", { launch_id: "launch-1", sequence: 9 }),
    ).toBe(false);
    expect(story.record?.elements["cmi.suspend_data"]).toBe("second");
  });

  test("after the end change nothing", () => {
    const story = new Story("scorm12");
    story.launch();
    story.commit({ "cmi.suspend_data": "end" }, "terminate");
    expect(story.commit({ "cmi.suspend_data": "late" })).toBe(false);
  });
});

describe("an attempt that ends with nothing said (SCORM 2004 SN UP.4)", () => {
  const statuses = (story: Story) => [
    story.record?.elements["cmi.completion_status"],
    story.record?.elements["cmi.success_status"],
  ];

  test("is called completed and passed by the LMS", () => {
    const story = new Story("scorm2004-4");
    story.launch();
    story.commit({ "cmi.completion_status": "unknown" }, "terminate");
    expect(statuses(story)).toEqual(["completed", "passed"]);
  });

  test("not where the manifest leaves both to the content", () => {
    const story = new Story("scorm2004-4", {
      completion_set_by_content: true,
      objective_set_by_content: true,
    });
    story.launch();
    story.commit({ "cmi.completion_status": "unknown", "cmi.success_status": "unknown" }, "terminate");
    expect(statuses(story)).toEqual(["unknown", "unknown"]);
  });

  test("nor where it is only suspended", () => {
    const story = new Story("scorm2004-4");
    story.launch();
    story.commit({ "cmi.completion_status": "unknown", "cmi.exit": "suspend" }, "terminate");
    expect(statuses(story)).toEqual(["unknown", undefined]);
  });
});
