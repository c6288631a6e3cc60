import { afterEach, expect, test } from "@jest/globals";
import type { FaultCode } from "../../../src/core/faults.ts";
import { ImportBench, zipWith } from "../../support/imports.ts";
import { manifest12, manifest2004, oneItem, sco } from "../../support/manifests.ts";

const bench = new ImportBench();

afterEach(() => expect(bench.leftBehind()).toEqual([]));

const good = manifest12({
  organization: oneItem(),
  resources: sco("scormtype", "lesson-resource", "sco.html"),
});
const declaration = `<?xml version="1.0"?>`;
const withDoctype = (doctype: string) => good.replace(/<\?xml.*?\?>/, `${declaration}\n${doctype}`);

function withResource(resource: string): string {
  return manifest12({ organization: oneItem(), resources: resource });
}

/** A definition of a thousand rules, which every one of three hundred items refers to. */
function sequencingBomb(): string {
  const items = Array.from(
    { length: 300 },
    (_, index) =>
      `<item identifier="i${index}" identifierref="lesson-resource"><title>x</title><imsss:sequencing IDRef="big"/></item>`,
  );
  const rule = `<imsss:preConditionRule><imsss:ruleConditions><imsss:ruleCondition condition="always"/></imsss:ruleConditions><imsss:ruleAction action="skip"/></imsss:preConditionRule>`;
  return manifest2004("4th", {
    organization: `<organization identifier="org"><title>x</title>${items.join("")}</organization>`,
    resources: sco("scormType", "lesson-resource", "sco.html"),
    after: `<imsss:sequencingCollection><imsss:sequencing ID="big"><imsss:sequencingRules>${rule.repeat(1_000)}</imsss:sequencingRules></imsss:sequencing></imsss:sequencingCollection>`,
  });
}

const cases: readonly (readonly [string, FaultCode, string | Buffer])[] = [
  ["an empty file", "manifest_invalid", ""],
  ["a text", "manifest_invalid", "This file should not be empty."],
  ["only a declaration", "manifest_invalid", declaration],
  ["only a comment", "manifest_invalid", "<!-- nothing -->"],
  ["an element that is not closed", "manifest_invalid", good.replace("</manifest>", "")],
  ["elements closed in the wrong order", "manifest_invalid", good.replace("</title>", "</item>")],
  ["an attribute without quotes", "manifest_invalid", good.replace('identifier="org"', "identifier=org")],
  ["an ampersand of its own", "manifest_invalid", good.replace("Sample course", "Cooking & baking")],
  ["an entity that nobody declared", "manifest_invalid", good.replace("Sample course", "&file;")],
  ["HTML", "manifest_invalid", "<html><body/></html>"],
  ["random bytes", "manifest_invalid", Buffer.from("00ff13379a02", "hex")],
  [
    "a document type",
    "manifest_entities",
    withDoctype(`<!DOCTYPE manifest SYSTEM "http://example.com/a.dtd">`),
  ],
  [
    "an entity that reads a file",
    "manifest_entities",
    withDoctype(`<!DOCTYPE manifest [<!ENTITY file SYSTEM "file:///etc/passwd">]>`).replace(
      "Sample course",
      "&file;",
    ),
  ],
  [
    "entities that grow without end",
    "manifest_entities",
    withDoctype(`<!DOCTYPE m [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>`).replace("Sample course", "&b;"),
  ],
  ["a document type in another case", "manifest_entities", withDoctype("<!doctype manifest>")],
  ["a document type after a comment", "manifest_entities", withDoctype("<!-- --><!DOCTYPE manifest>")],
  [
    "a document type that only looks like a comment",
    "manifest_entities",
    withDoctype("<!--> --><!DOCTYPE manifest>"),
  ],
  [
    "a document type in UTF-16",
    "manifest_entities",
    Buffer.from(`\ufeff${withDoctype("<!DOCTYPE manifest>")}`, "utf16le"),
  ],
  [
    "an encoding that nobody knows",
    "manifest_encoding_unknown",
    good.replace('encoding="UTF-8"', 'encoding="x-klingon"'),
  ],
  ["UTF-32", "manifest_encoding_unknown", Buffer.from("fffe00003c000000", "hex")],
  [
    "elements nested without end",
    "manifest_too_deep",
    `<manifest>${"<a>".repeat(200)}${"</a>".repeat(200)}</manifest>`,
  ],
  ["references that make it huge", "manifest_too_large", sequencingBomb()],
  [
    "a Common Cartridge",
    "standard_unsupported",
    good.replace("ADL SCORM", "IMS Common Cartridge").replace("1.2", "1.1.0"),
  ],
  ["no organizations", "organization_missing", good.replace(/<organizations[\s\S]*<\/organizations>/, "")],
  [
    "an empty list of organizations",
    "organization_missing",
    good.replace(/<organizations[\s\S]*<\/organizations>/, "<organizations/>"),
  ],
  [
    "an organization without items",
    "nothing_to_launch",
    manifest12({
      organization: `<organization identifier="org"><title>x</title></organization>`,
      resources: "",
    }),
  ],
  ["no resources", "nothing_to_launch", withResource("")],
  [
    "a resource without a file",
    "nothing_to_launch",
    withResource(`<resource identifier="lesson-resource"/>`),
  ],
  [
    "a launch file that is not there",
    "nothing_to_launch",
    withResource(`<resource identifier="lesson-resource" adlcp:scormtype="sco" href="gone.html"/>`),
  ],
  [
    "a launch file outside",
    "nothing_to_launch",
    withResource(`<resource identifier="lesson-resource" adlcp:scormtype="sco" href="../../etc/passwd"/>`),
  ],
  [
    "a script as address",
    "nothing_to_launch",
    withResource(`<resource identifier="lesson-resource" adlcp:scormtype="sco" href="javascript:alert(1)"/>`),
  ],
  [
    "a data address",
    "nothing_to_launch",
    withResource(`<resource identifier="lesson-resource" adlcp:scormtype="sco" href="data:text/html,x"/>`),
  ],
];

test.each(cases)("%s is refused: %s", async (_what, code, manifest) => {
  const fault = await bench.refusal(zipWith(manifest));
  expect({ code: fault.code, detail: fault.message }).toEqual({
    code,
    detail: expect.stringMatching(/^[A-Z].*\.$/),
  });
});

test("the detail names the line", async () => {
  const fault = await bench.refusal(zipWith("<manifest>\n<a>\n</b></manifest>"));
  expect(fault.message).toBe("The imsmanifest.xml is not well-formed XML in line 3: unexpected close tag.");
});

test("a million comments that never end are read through once", async () => {
  const started = performance.now();
  const fault = await bench.refusal(zipWith("<!--".repeat(1_000_000)));
  expect(fault.code).toBe("manifest_invalid");
  expect(performance.now() - started).toBeLessThan(5_000);
});
