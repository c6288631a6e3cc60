/** The guides for LMSs speak of nothing that the gateway does not have, and say where each word about an LMS is from. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { SETTINGS } from "../../src/config.ts";
import { DENIAL_CODES } from "../../src/core/denials.ts";
import { FAULTS } from "../../src/core/faults.ts";
import { describeApi } from "../../src/edges/api/openapi.ts";
import { ROUTES } from "../../src/edges/api/routes/index.ts";
import { findCommand } from "../../src/edges/cli/commands.ts";

const folder = join(import.meta.dirname, "../../docs/lms");
const names = readdirSync(folder).filter((name) => name.endsWith(".md"));
const guides = names.filter((name) => name !== "README.md");
const textOf = (name: string) => readFileSync(join(folder, name), "utf8");

const EACH_ANSWERS = [
  "What you need",
  "Add courses",
  "Grades",
  "Names, privacy, windows",
  "LTI 1.1",
  "Packages (SCORM)",
  "When it does not work",
];

const WITH_ANY_COMMAND = ["json", "why", "out"];

/** Names of fields, at any depth. */
function propertiesIn(schema: unknown): string[] {
  if (typeof schema !== "object" || schema === null) return [];
  return Object.entries(schema).flatMap(([name, value]) =>
    name === "properties" ? [...Object.keys(value as object), ...propertiesIn(value)] : propertiesIn(value),
  );
}

const OURS = new Set([
  ...Object.keys(FAULTS),
  ...DENIAL_CODES,
  ...Object.keys(SETTINGS),
  ...propertiesIn(describeApi(ROUTES, "https://app.example.com")),
]);

/** What stands as code: in a line, and in blocks, whose broken lines are joined. */
function codeIn(text: string): string[] {
  const blocks = [...text.matchAll(/^ *```\w*\n(.*?)^ *```$/gms)].map(([, code = ""]) => code);
  const lines = blocks.flatMap((block) => block.replaceAll(/\\\n */g, "").split("\n"));
  const spans = [...text.replaceAll(/^ *```.*?^ *```$/gms, "").matchAll(/`([^`\n]+)`/g)];
  return [...lines.map((line) => line.trim()), ...spans.map(([, code = ""]) => code)];
}

/** What is wrong with a call of the command line; null: nothing. */
function wrongWith(call: string): string | null {
  const [, first = "", second = ""] = call.split(" ");
  const command = findCommand(`${first} ${second}`);
  if (!command) return `${call}: no such command`;
  const known = new Set([...Object.keys(command.options.shape), ...WITH_ANY_COMMAND]);
  const unknown = [...call.matchAll(/ --([\w-]+)/g)]
    .map(([, flag = ""]) => flag)
    .filter((flag) => !known.has(flag));
  return unknown.length > 0 ? `${call}: no --${unknown.join(", --")}` : null;
}

test("there is one for each LMS that was promised, and the table names each", () => {
  expect(guides.sort()).toEqual([
    "blackboard.md",
    "brightspace.md",
    "canvas.md",
    "moodle.md",
    "sakai.md",
    "schoology.md",
  ]);
  const table = textOf("README.md");
  for (const guide of guides) expect(table).toMatch(new RegExp(`^\\| \\[[^\\]]+\\]\\(${guide}\\) \\|`, "m"));
});

describe.each(names)("%s", (name) => {
  const code = codeIn(textOf(name));

  test("codes, values and settings are ours", () => {
    const spoken = code.filter((span) => /^[A-Za-z0-9]+(_[A-Za-z0-9]+)+$/.test(span));
    expect(spoken).not.toEqual([]);
    expect(spoken.filter((span) => !OURS.has(span))).toEqual([]);
  });

  test("commands and their options are there", () => {
    const calls = code.filter((span) => span.startsWith("tallygate "));
    expect(calls).not.toEqual([]);
    expect(calls.map(wrongWith).filter((wrong) => wrong !== null)).toEqual([]);
  });
});

describe.each(guides)("%s", (name) => {
  const text = textOf(name);

  test("says that it was not tried, and answers what the others answer", () => {
    expect(text).toMatch(/^\*\*Not tried\*\*/m);
    const headings = [...text.matchAll(/^## (.+)$/gm)].map(([, heading]) => heading);
    expect(headings.filter((heading) => EACH_ANSWERS.includes(String(heading)))).toEqual(EACH_ANSWERS);
    expect(text).toMatch(/^## Register/m);
  });

  test("each source that is cited is there, and each that is there is cited", () => {
    const cited = new Set([...text.matchAll(/\[\[(\d+)\]\]/g)].map(([, number]) => Number(number)));
    const sources = [...text.matchAll(/^\[(\d+)\]: https?:\/\/\S+$/gm)].map(([, number]) => Number(number));
    expect([...cited].sort((one, other) => one - other)).toEqual(sources);
  });
});
