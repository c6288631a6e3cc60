import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "@jest/globals";
import type { CourseItem } from "../../../src/core/course.ts";
import type { ImportProgress } from "../../../src/flows/import/importTypes.ts";
import { severalScoCourse12, singleScoCourse12 } from "../../support/courses.ts";
import { ImportBench } from "../../support/imports.ts";
import { zipBytes } from "../../support/zips.ts";

const bench = new ImportBench();

afterEach(async () => {
  await (await bench.store()).discard("v1");
  expect(bench.leftBehind()).toEqual([]);
});

test("a course is staged, with what the player needs and what there is of it", async () => {
  const course = severalScoCourse12({ title: "Cooking & baking" });
  const escaped = zipBytes(
    course.parts.map((part) => ({
      ...part,
      content: String(part.content).replace("Cooking &", "Cooking &amp;"),
    })),
  );
  const imported = await bench.import(escaped);
  expect(imported).toMatchObject({
    structure: {
      title: "Cooking & baking",
      items: [
        { id: "intro", resource: { href: "sco.html?title=Introduction" } },
        {
          id: "chapter",
          items: [
            { id: "lesson", prerequisites: "intro", launch_data: "depth=2" },
            {
              id: "test",
              prerequisites: "intro&lesson",
              mastery_score: 80,
              max_time_allowed: "00:30:00",
              time_limit_action: "continue,no message",
            },
          ],
        },
      ],
    },
    warnings: [],
    files: 5,
    sha256: createHash("sha256").update(escaped).digest("hex"),
  });
  await imported.staged?.publish("v1");
  expect(await bench.read("v1", "imsmanifest.xml")).toContain("Cooking &amp; baking");
});

test("progress is told in bytes, first of the zip as it is, then of what is in it", async () => {
  const course = singleScoCourse12();
  const steps: ImportProgress[] = [];
  const imported = await bench.import(course.zip, { onProgress: (progress) => steps.push(progress) });
  await imported.staged?.discard();
  expect([...new Set(steps.map(({ step }) => step))]).toEqual(["check", "unpack"]);
  expect(steps.at(-1)).toEqual({ step: "unpack", doneBytes: imported.bytes, totalBytes: imported.bytes });
  expect(steps.find(({ step }) => step === "check")).toMatchObject({ totalBytes: course.zip.length });
  const unpacked = steps.filter(({ step }) => step === "unpack").map(({ doneBytes }) => doneBytes);
  expect(unpacked).toEqual([...unpacked].sort((one, other) => one - other));
});

test.each(["check", "unpack"] as const)("aborting while %s rejects with the reason", async (when) => {
  const abort = new AbortController();
  const reason = new Error("the administrator went home");
  const importing = bench.import(singleScoCourse12().zip, {
    signal: abort.signal,
    onProgress: ({ step }) => {
      if (step === when) abort.abort(reason);
    },
  });
  await expect(importing).rejects.toBe(reason);
});

test("what was aborted before it began leaves nothing either", async () => {
  const signal = AbortSignal.abort(new Error("never mind"));
  await expect(bench.import(singleScoCourse12().zip, { signal })).rejects.toThrow("never mind");
});

// Courses and non-courses of other makers, where somebody has put them beside the repository.

const shared = join(
  process.env["TALLYGATE_SHARED"] ?? join(import.meta.dirname, "../../../../shared"),
  "content",
);

function hrefs(items: readonly CourseItem[]): string[] {
  return items.flatMap((item) => [
    ...(item.resource === undefined ? [] : [item.resource.href]),
    ...hrefs(item.items),
  ]);
}

if (existsSync(shared)) {
  const zip = (name: string): Buffer => readFileSync(join(shared, name));

  test.each([
    ["singlescobasic.zip", "scorm12", "Golf Explained - Run-time Basic Calls", 46, 1],
    ["RuntimeMinimumCalls_SCORM12-mini.zip", "scorm12", "Golf Explained - Minimum Run-time Calls", 28, 9],
    [
      "RuntimeBasicCalls_SCORM20043rdEdition.zip",
      "scorm2004-3",
      "Golf Explained - Run-time Basic Calls",
      69,
      1,
    ],
  ] as const)("the real course %s is imported", async (name, standard, title, files, scos) => {
    const imported = await bench.import(zip(name));
    await imported.staged?.discard();
    expect(imported).toMatchObject({ structure: { standard, title }, files, warnings: [] });
    expect(hrefs(imported.structure.items)).toHaveLength(scos);
  });

  test.each([
    ["badscorm.zip", "manifest_not_at_root"],
    ["invalid.zip", "manifest_missing"],
    ["singlescobasic_missingorg.zip", "organization_missing"],
  ] as const)("the real zip %s is refused: %s", async (name, code) => {
    expect((await bench.refusal(zip(name))).code).toBe(code);
  });
}
