import { buffer } from "node:stream/consumers";
import { expect, test } from "@jest/globals";
import { demoCourse } from "../../src/demo/demoCourse.ts";
import { ImportBench } from "../support/imports.ts";

const bench = new ImportBench();

test("the demo course is imported without a warning", async () => {
  const imported = await bench.import(await buffer(await demoCourse()));
  await imported.staged?.discard();
  expect(imported).toMatchObject({
    structure: {
      standard: "scorm12",
      title: "Kitchen safety",
      items: [{ id: "course", mastery_score: 80, resource: { href: "index.html", type: "sco" } }],
    },
    warnings: [],
  });
});

test("the demo course is the same bytes every time", async () => {
  const [one, other] = [await buffer(await demoCourse()), await buffer(await demoCourse())];
  expect(one.equals(other)).toBe(true);
});
