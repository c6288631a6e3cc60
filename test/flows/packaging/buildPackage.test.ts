import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { buildPackage } from "../../../src/flows/packaging/buildPackage.ts";
import {
  contentOf,
  elementsAt,
  FORMATS,
  manifestOf,
  packageOrder,
  textOf,
  unzip,
} from "../../support/packages.ts";
import { schemaViolations } from "../../support/xmllint.ts";

const HOSTILE_TITLES = [
  "",
  "null",
  "]]></title><script>alert(1)</script>",
  "<!--  --> &amp; &undefined; {{key}} $& $1",
  "\u0000\u0001\u000b\u001f\u007f\u0085 bells",
  "👩‍👩‍👧‍👦 family 🇩🇪",
  "\ud800 lone \udfff surrogates \ufffe \uffff",
  "\u202eright to left سلامة المطبخ",
  "k".repeat(10_000),
  "line\u2028breaks\u2029of\r\nall kinds",
];

/** What the wrapper reads, got by running the script as a browser would. */
function configOf(script: string): Record<string, unknown> {
  const window: { TALLYGATE?: Record<string, unknown> } = {};
  new Function("window", script)(window);
  return window.TALLYGATE ?? {};
}

describe.each(FORMATS)("a package for %s", (format) => {
  test("is valid against the schemas it carries, whatever course and label are called", async () => {
    const sampled = fc.sample(fc.string({ unit: "binary", maxLength: 300 }), { numRuns: 40, seed: 7 });
    const orders = [...HOSTILE_TITLES, ...sampled].map((title) =>
      packageOrder({ format, courseTitle: title, label: title }),
    );
    expect(await schemaViolations(format, await Promise.all(orders.map(buildPackage)))).toBe("");
  });

  test("would not be called valid with an element that the schemas do not know", async () => {
    const bytes = await buildPackage(packageOrder({ format }));
    const broken = Buffer.from(
      bytes.toString("latin1").replaceAll("<item ", "<itch ").replaceAll("</item>", "</itch>"),
      "latin1",
    );
    expect(await schemaViolations(format, [broken])).toContain("itch");
  });

  test("is one SCO whose title shows label, license kind and short id", async () => {
    const manifest = await manifestOf(await unzip(await buildPackage(packageOrder({ format }))));
    const titles = [
      ...elementsAt(manifest, "organizations/organization/title"),
      ...elementsAt(manifest, "organizations/organization/item/title"),
    ];
    expect(titles.map(textOf)).toEqual(Array(2).fill("Kitchen safety [Volume · Berlin · 7K2M]"));
    const resources = elementsAt(manifest, "resources/resource").map((resource) => resource.$);
    expect(resources).toEqual([expect.objectContaining({ href: "index.html", type: "webcontent" })]);
    expect(Object.entries(resources[0] ?? {})).toContainEqual([
      format === "scorm12" ? "adlcp:scormtype" : "adlcp:scormType",
      "sco",
    ]);
  });

  test("carries every file that it lists, and the scripts that its page loads", async () => {
    const files = await unzip(await buildPackage(packageOrder({ format })));
    const listed = elementsAt(await manifestOf(files), "resources/resource/file").map(
      (file) => file.$.href ?? "",
    );
    const loaded = [...contentOf(files, "index.html").matchAll(/src="([^"]+)"/g)].map(
      (match) => match[1] ?? "",
    );
    expect(listed).toEqual(["index.html", ...loaded]);
    expect([...files.keys()]).toEqual(expect.arrayContaining(listed));
  });

  test("carries every schema file that it names", async () => {
    const files = await unzip(await buildPackage(packageOrder({ format })));
    const locations = (await manifestOf(files)).$["xsi:schemaLocation"]?.trim().split(/\s+/) ?? [];
    const named = locations.filter((_, index) => index % 2 === 1);
    expect(named.length).toBeGreaterThan(1);
    expect([...files.keys()]).toEqual(expect.arrayContaining(named));
  });

  test("has ids of its own, so that an LMS can hold it beside its twins", async () => {
    const ids = async (key: string) => {
      const xml = contentOf(
        await unzip(await buildPackage(packageOrder({ format, key }))),
        "imsmanifest.xml",
      );
      return [...xml.matchAll(/ identifier="([^"]*)"/g)].map((match) => match[1] ?? "");
    };
    const first = await ids("-1abc");
    const second = await ids("0_def");
    expect(new Set([...first, ...second]).size).toBe(8);
    for (const id of [...first, ...second]) expect(id).toMatch(/^[A-Za-z_][\w.-]*$/);
  });

  test("comes out the same, byte for byte, and another label makes another", async () => {
    const order = packageOrder({ format });
    const [first, second] = await Promise.all([buildPackage(order), buildPackage(order)]);
    expect(first.equals(second)).toBe(true);
    expect(first.equals(await buildPackage({ ...order, label: "Hamburg" }))).toBe(false);
  });

  test("depends on no clock, compressor or folder order", async () => {
    const files = await unzip(await buildPackage(packageOrder({ format })));
    expect([...files.keys()]).toEqual([...files.keys()].sort());
    for (const { entry } of files.values()) {
      expect(entry.compressionMethod).toBe(0);
      expect(entry.getLastModDate({ timezone: "UTC" }).toISOString()).toBe("2020-01-01T00:00:00.000Z");
    }
  });
});

test("SCORM 1.2: no mastery score, with which an LMS would overrule the course", async () => {
  const files = await unzip(await buildPackage(packageOrder({ format: "scorm12" })));
  expect(contentOf(files, "imsmanifest.xml")).not.toContain("mastery");
});

test.each(["scorm2004-3", "scorm2004-4"] as const)(
  "%s: only the content sets completion and success",
  async (format) => {
    const manifest = await manifestOf(await unzip(await buildPackage(packageOrder({ format }))));
    const path = "organizations/organization/item/imsss:sequencing/imsss:deliveryControls";
    expect(elementsAt(manifest, path).map((element) => element.$)).toEqual([
      { completionSetByContent: "true", objectiveSetByContent: "true" },
    ]);
  },
);

describe("what the wrapper is told", () => {
  test("is where the player is, for which delivery, and in which format it was packed", async () => {
    const files = await unzip(await buildPackage(packageOrder({ format: "scorm2004-3" })));
    expect(configOf(contentOf(files, "tallygate.js"))).toEqual({
      wrapper: 2,
      format: "scorm2004-3",
      origin: "https://content.example.com",
      key: "Kq3_vR-8sT1xWz0aBcDeFg",
      title: "Kitchen safety",
    });
  });

  test.each(HOSTILE_TITLES)("stays a script of one statement: %j", async (courseTitle) => {
    const script = contentOf(await unzip(await buildPackage(packageOrder({ courseTitle }))), "tallygate.js");
    expect(script).not.toMatch(/[<\u2028\u2029]|\n./);
    expect(configOf(script)).toHaveProperty("key", packageOrder().key);
  });
});

describe("an order that could not work is refused", () => {
  test.each(["", "a b", "ключ", "x/../y", "x".repeat(101)])("a delivery key such as %j", async (key) => {
    await expect(buildPackage(packageOrder({ key }))).rejects.toThrow(
      `delivery key "${key}": expected 1 to 100 letters`,
    );
  });

  test("a content origin with a path", async () => {
    await expect(
      buildPackage(packageOrder({ contentOrigin: "https://content.example.com/x" })),
    ).rejects.toThrow('content origin "https://content.example.com/x": expected scheme, host and port only');
  });
});
