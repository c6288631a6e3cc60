/** No page of the documentation leads nowhere. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { expect, test } from "@jest/globals";

const root = join(import.meta.dirname, "../..");
const pages = [
  join(root, "README.md"),
  ...["docs", "docs/decisions", "docs/kinds", "docs/lms"].flatMap((folder) =>
    readdirSync(join(root, folder))
      .filter((name) => name.endsWith(".md"))
      .map((name) => join(root, folder, name)),
  ),
];

/** As GitHub makes them of headings. */
function anchorsOf(page: string): Set<string> {
  const headings = readFileSync(page, "utf8").matchAll(/^#+ (.+)$/gm);
  return new Set(
    [...headings].map(([, heading = ""]) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
        .replaceAll(" ", "-"),
    ),
  );
}

function leadsNowhere(page: string, link: string): boolean {
  const [path = "", anchor] = link.split("#");
  const target = path === "" ? page : join(dirname(page), path);
  return !existsSync(target) || (anchor !== undefined && !anchorsOf(target).has(anchor));
}

test.each(pages.map((page) => relative(root, page)))("%s", (name) => {
  const page = join(root, name);
  const links = [...readFileSync(page, "utf8").matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = ""]) => link);
  const inside = links.filter((link) => !/^[a-z]+:/.test(link));
  expect(inside.filter((link) => leadsNowhere(page, link))).toEqual([]);
});

test("the README names every page of docs/ and every script that is there to be run", () => {
  const readme = readFileSync(join(root, "README.md"), "utf8");
  const named = readdirSync(join(root, "docs")).filter((name) => name.endsWith(".md"));
  expect(named.filter((name) => !readme.includes(`docs/${name}`))).toEqual([]);
  const scripts = readdirSync(join(root, "scripts")).filter((name) => !name.includes("."));
  expect(scripts.filter((name) => !readme.includes(`scripts/${name}`))).toEqual([]);
});
