/** Manifests as real tools write them: accepted, and told where something had to be put right. */
import { expect, test } from "@jest/globals";
import type { CourseItem, CourseStructure } from "../../../src/core/course.ts";
import { ImportWarnings } from "../../../src/flows/import/importWarnings.ts";
import { type ReadManifest, readManifest } from "../../../src/flows/import/readManifest.ts";
import { warningCodes } from "../../support/imports.ts";
import { manifest12, manifest2004, oneItem, sco } from "../../support/manifests.ts";

const FILES = [
  "imsmanifest.xml",
  "sco.html",
  "sco.css",
  "sco.js",
  "settings.js",
  "shared/Page one.html",
  "50%25.html",
];
const RESOURCE = sco("scormtype", "lesson-resource", "sco.html");
const good = manifest12({ organization: oneItem(), resources: RESOURCE });

const read = (manifest: string | Buffer): Promise<ReadManifest> => readManifest(Buffer.from(manifest), FILES);

function leaf(structure: CourseStructure): CourseItem {
  const [first] = structure.items;
  if (first === undefined) throw new Error("no item");
  return first;
}

async function item(inner: string, attributes = ""): Promise<{ item: CourseItem; codes: string[] }> {
  const result = await read(manifest12({ organization: oneItem(inner, attributes), resources: RESOURCE }));
  return { item: leaf(result.structure), codes: warningCodes(result) };
}

async function hrefOf(href: string, attributes = ""): Promise<{ href: string | undefined; codes: string[] }> {
  const resource = `<resource identifier="lesson-resource" adlcp:scormtype="sco" href="${href}"/>`;
  const organization = oneItem("", attributes);
  const manifest = manifest12({ organization, resources: resource });
  const result = await read(manifest);
  return { href: leaf(result.structure).resource?.href, codes: warningCodes(result) };
}

test("a manifest with nothing odd gives no warning", async () => {
  const { structure, warnings } = await read(good);
  expect(warnings).toEqual([]);
  expect(structure).toEqual({
    standard: "scorm12",
    identifier: "sample-course",
    title: "Sample course",
    objectives_global_to_system: false,
    items: [
      {
        id: "lesson",
        title: "Lesson",
        visible: true,
        resource: { href: "sco.html", type: "sco" },
        items: [],
      },
    ],
  });
});

test("titles and warnings that are cut within a character can still be stored", async () => {
  const face = "\u{1F600}";
  const long = `${"x".repeat(499)}${face}`;
  const { structure } = await read(good.replace("Sample course", long).replace("Lesson", long));
  for (const title of [structure.title, leaf(structure).title])
    expect(title).toBe(`${"x".repeat(499)}\uFFFD`);
  const described = `<schemaversion>1.2</schemaversion><lom xmlns="http://www.imsglobal.org/xsd/imsmd_rootv1p2p1"><general><title><langstring>${long}</langstring></title></general></lom>`;
  const untitled = good
    .replace("<title>Sample course</title>", "")
    .replace("<schemaversion>1.2</schemaversion>", described);
  expect((await read(untitled)).structure.title).toBe(`${"x".repeat(499)}\uFFFD`);
  const warnings = new ImportWarnings();
  warnings.add("title_missing", `${"x".repeat(398)}${face} and more`);
  expect(warnings.list().map(({ detail }) => detail)).toEqual([`${"x".repeat(398)}\uFFFD…`]);
});

// ---- which standard

test.each([
  ["1.2", "scorm12"],
  [" 1.2 ", "scorm12"],
  ["1.1", "scorm12"],
] as const)("in SCORM 1.2 the schemaversion %j is %s", async (version, standard) => {
  const { structure } = await read(manifest12({ version, organization: oneItem(), resources: RESOURCE }));
  expect(structure.standard).toBe(standard);
});

test.each([
  ["CAM 1.3", "scorm2004-2"],
  ["1.3", "scorm2004-2"],
  ["2004 3rd Edition", "scorm2004-3"],
  ["2004 3rd edition", "scorm2004-3"],
  ["2004 4th Edition", "scorm2004-4"],
] as const)("in SCORM 2004 the schemaversion %j is %s", async (version, standard) => {
  const resources = sco("scormType", "lesson-resource", "sco.html");
  const { structure, warnings } = await read(
    manifest2004("3rd", { version, organization: oneItem(), resources }),
  );
  expect({ standard: structure.standard, warnings }).toEqual({ standard, warnings: [] });
});

test("without a schemaversion the namespaces tell, with a warning", async () => {
  const without = (manifest: string) => manifest.replace(/<metadata>[\s\S]*<\/metadata>/, "");
  const resources = sco("scormType", "lesson-resource", "sco.html");
  const newer = await read(without(manifest2004("4th", { organization: oneItem(), resources })));
  const older = await read(without(good));
  expect([newer.structure.standard, older.structure.standard]).toEqual(["scorm2004-3", "scorm12"]);
  expect([warningCodes(newer), warningCodes(older)]).toEqual([
    ["schemaversion_missing"],
    ["schemaversion_missing"],
  ]);
});

test("a schemaversion against its namespaces is believed, with a warning", async () => {
  const result = await read(good.replace(">1.2<", ">2004 3rd Edition<"));
  expect(result.structure.standard).toBe("scorm2004-3");
  expect(warningCodes(result)).toEqual(["schemaversion_contradicted"]);
});

// ---- names and prefixes

test("prefixes may be any", async () => {
  const other = good.replace("xmlns:adlcp", "xmlns:a").replaceAll("adlcp:", "a:");
  expect((await read(other)).structure).toEqual((await read(good)).structure);
});

test("every element may have a prefix", async () => {
  const prefixed = good.replace('xmlns="', 'xmlns:cp="').replace(/<(\/?)([a-z]+)(?=[\s/>])/g, "<$1cp:$2");
  expect((await read(prefixed)).structure).toEqual((await read(good)).structure);
});

test("a prefix that is bound to nothing is believed", async () => {
  const unbound = good.replace(/ xmlns:adlcp="[^"]*"/, "");
  const { structure, warnings } = await read(unbound);
  expect({ type: leaf(structure).resource?.type, warnings }).toEqual({ type: "sco", warnings: [] });
});

test("no namespace at all is believed too", async () => {
  const bare = good.replace(/ xmlns(:adlcp)?="[^"]*"/g, "");
  expect((await read(bare)).structure).toEqual((await read(good)).structure);
});

test("elements of an unknown vocabulary are not taken for those of the manifest", async () => {
  const foreign = `<x:title xmlns:x="http://example.com/x">Not this</x:title>`;
  const manifest = good.replace("<title>Lesson</title>", `${foreign}<title>Lesson</title>`);
  expect(leaf((await read(manifest)).structure).title).toBe("Lesson");
});

test.each(["scormtype", "scormType", "SCORMTYPE"])("adlcp:%s says what a resource is", async (name) => {
  const { structure, warnings } = await read(good.replace('adlcp:scormtype="sco"', `adlcp:${name}="Asset"`));
  expect({ type: leaf(structure).resource?.type, warnings }).toEqual({ type: "asset", warnings: [] });
});

test("a resource that does not say is run as a sco, so that opening it does not complete it", async () => {
  const result = await read(good.replace(' adlcp:scormtype="sco"', ""));
  expect(leaf(result.structure).resource?.type).toBe("sco");
  expect(warningCodes(result)).toEqual(["scormtype_missing"]);
});

// ---- encodings

test.each([
  ["a byte order mark", Buffer.from(`\ufeff${good}`)],
  ["white space before the declaration", Buffer.from(`\r\n  ${good}`)],
  ["UTF-16, little end first", Buffer.from(`\ufeff${good}`, "utf16le")],
  ["UTF-16, big end first", Buffer.from(`\ufeff${good}`, "utf16le").swap16()],
  ["UTF-16 without a mark", Buffer.from(good.replace("UTF-8", "UTF-16"), "utf16le")],
  ["no declaration", Buffer.from(good.replace(/<\?xml.*\?>\s*/, ""))],
])("%s changes nothing", async (_what, manifest) => {
  expect(await read(manifest)).toEqual(await read(good));
});

test("a declared encoding is used", async () => {
  const latin = good.replace("UTF-8", "ISO-8859-1").replace("Sample course", "Übung für alle");
  const japanese = Buffer.from(good.replace("UTF-8", "Shift_JIS").replace("Sample course", "\u0001"));
  const at = japanese.indexOf(1);
  const bytes = Buffer.concat([
    japanese.subarray(0, at),
    Buffer.from("93fa967b", "hex"),
    japanese.subarray(at + 1),
  ]);
  expect((await read(Buffer.from(latin, "latin1"))).structure.title).toBe("Übung für alle");
  expect((await read(bytes)).structure.title).toBe("日本");
});

test("what is not the UTF-8 that it says is read as Windows-1252, with a warning", async () => {
  const result = await read(Buffer.from(good.replace("Sample course", "Übung"), "latin1"));
  expect(result.structure.title).toBe("Übung");
  expect(warningCodes(result)).toEqual(["manifest_encoding"]);
});

test("a declaration of UTF-16 in a file that is not is a warning", async () => {
  const result = await read(good.replace("UTF-8", "UTF-16"));
  expect(result.structure.title).toBe("Sample course");
  expect(warningCodes(result)).toEqual(["manifest_encoding"]);
});

test("comments and CDATA may speak of entities", async () => {
  const manifest = good.replace("Sample course", "<!-- <!DOCTYPE x> --><![CDATA[<!ENTITY> & more]]>");
  expect((await read(manifest)).structure.title).toBe("<!ENTITY> & more");
});

test("characters that XML does not allow are taken out of titles", async () => {
  const { structure } = await read(good.replace("Sample course", "Be\u0007ep <![CDATA[\u0001]]>!"));
  expect(structure.title).toBe("Beep !");
});

test("text after the manifest is ignored", async () => {
  expect(await read(`${good}\n<!-- made by hand -->\0\0`)).toEqual(await read(good));
});

// ---- the organization

test("without a default the first organization is the course", async () => {
  const two = `${oneItem()}<organization identifier="other"><title>Other</title></organization>`;
  const manifest = manifest12({ organization: two, resources: RESOURCE });
  const unnamed = await read(manifest.replace(' default="org"', ""));
  const dangling = await read(manifest.replace('default="org"', 'default="gone"'));
  expect([unnamed.structure.title, dangling.structure.title]).toEqual(["Sample course", "Sample course"]);
  expect(warningCodes(unnamed)).toEqual(["organization_default_missing", "not_supported"]);
  expect(warningCodes(dangling)).toEqual(["organization_default_missing", "not_supported"]);
});

test("the default organization is the course, wherever it stands; the others are named", async () => {
  const two = `<organization identifier="other"><title>Other</title></organization>${oneItem()}`;
  const { structure, warnings } = await read(manifest12({ organization: two, resources: RESOURCE }));
  expect(structure.title).toBe("Sample course");
  expect(warnings).toEqual([{ code: "not_supported", detail: expect.stringContaining('"Other"') }]);
});

test("a course without a title is called by its metadata, then by its identifier", async () => {
  const untitled = good.replace("<title>Sample course</title>", "<title>  </title>");
  const lom = `<imsmd:lom xmlns:imsmd="http://www.imsglobal.org/xsd/imsmd_rootv1p2p1"><imsmd:general><imsmd:title><imsmd:langstring xml:lang="en">By metadata</imsmd:langstring></imsmd:title></imsmd:general></imsmd:lom>`;
  const described = untitled.replace("</metadata>", `${lom}</metadata>`);
  const ieee = described.replaceAll("langstring", "string").replace(/imsmd_rootv1p2p1/, "LOM");
  const titles = await Promise.all([described, ieee, untitled].map(read));
  expect(titles.map(({ structure }) => structure.title)).toEqual([
    "By metadata",
    "By metadata",
    "sample-course",
  ]);
  expect(warningCodes(titles[0] as ReadManifest)).toEqual(["title_missing"]);
});

test("a submanifest is named as not supported", async () => {
  const manifest = manifest12({
    organization: oneItem(),
    resources: RESOURCE,
    after: `<manifest identifier="inner"/>`,
  });
  expect(warningCodes(await read(manifest))).toEqual(["not_supported"]);
});

// ---- items

test("ids may begin with a digit or hold anything", async () => {
  const { structure, warnings } = await read(good.replaceAll('"lesson"', '"1. Lektion/ä"'));
  expect({ id: leaf(structure).id, warnings }).toEqual({ id: "1. Lektion/ä", warnings: [] });
});

const organizationOf = (items: string) =>
  `<organization identifier="org"><title>x</title>${items}</organization>`;
const itemOf = (identifier: string, inner = "") =>
  `<item identifier="${identifier}" identifierref="lesson-resource"><title>${identifier}</title>${inner}</item>`;

test("an id that nothing can be kept under is replaced: one without end, or one that JavaScript reads otherwise", async () => {
  const items = `${itemOf("x".repeat(600))}${itemOf("__proto__")}`;
  const result = await read(manifest12({ organization: organizationOf(items), resources: RESOURCE }));
  expect(result.structure.items.map(({ id }) => id)).toEqual(["x".repeat(500), "item"]);
  expect(warningCodes(result)).toEqual(["item_id_unusable"]);
});

test("an id that is taken gets a number, and so does the key of the course's own state", async () => {
  const items = `${itemOf("a")}${itemOf("a")}${itemOf("a")}${itemOf("$course")}`;
  const result = await read(manifest12({ organization: organizationOf(items), resources: RESOURCE }));
  expect(result.structure.items.map(({ id }) => id)).toEqual(["a", "a-2", "a-3", "$course-2"]);
  expect(warningCodes(result)).toEqual(["item_id_duplicate"]);
});

test("tens of thousands of items of one id are numbered without searching from the start each time", async () => {
  const items = itemOf("a").repeat(30_000);
  const { structure } = await read(manifest12({ organization: organizationOf(items), resources: RESOURCE }));
  expect(structure.items.at(-1)?.id).toBe("a-30000");
});

test("an item without an id or a title gets one", async () => {
  const items = `<item identifierref="lesson-resource"/>`;
  const result = await read(manifest12({ organization: organizationOf(items), resources: RESOURCE }));
  expect(leaf(result.structure)).toMatchObject({ id: "item", title: "item" });
  expect(warningCodes(result)).toEqual(["item_id_missing", "title_missing"]);
});

test("an item that refers to nothing is left out, the rest stays", async () => {
  const dangling = `<item identifier="gone" identifierref="nowhere"><title>Gone</title></item>`;
  const empty = `<item identifier="empty"><title>Empty</title>${dangling}</item>`;
  const result = await read(
    manifest12({ organization: organizationOf(itemOf("a") + empty), resources: RESOURCE }),
  );
  expect(result.structure.items.map(({ id }) => id)).toEqual(["a"]);
  expect(warningCodes(result)).toEqual(["identifierref_unknown", "item_dropped"]);
});

test("an item that both opens something and has items becomes a folder with itself first", async () => {
  const items = itemOf("chapter", itemOf("lesson"));
  const result = await read(manifest12({ organization: organizationOf(items), resources: RESOURCE }));
  const chapter = leaf(result.structure);
  expect(chapter.resource).toBeUndefined();
  expect(chapter.items.map(({ id, resource }) => [id, resource?.href])).toEqual([
    ["chapter-2", "sco.html"],
    ["lesson", "sco.html"],
  ]);
  expect(warningCodes(result)).toEqual(["item_resource_moved"]);
});

test("isvisible hides an item", async () => {
  expect((await item("", ' isvisible="false"')).item.visible).toBe(false);
  expect((await item("", ' isvisible="TRUE"')).item.visible).toBe(true);
  expect(await item("", ' isvisible="perhaps"')).toMatchObject({
    item: { visible: true },
    codes: ["value_invalid"],
  });
});

test("SCORM 1.2's own elements are read, white space and all", async () => {
  const { item: read, codes } = await item(`
    <adlcp:prerequisites type="aicc_script"> a &amp; (b|c) </adlcp:prerequisites>
    <adlcp:maxtimeallowed> 00:30:00 </adlcp:maxtimeallowed>
    <adlcp:timelimitaction>Exit, No Message</adlcp:timelimitaction>
    <adlcp:datafromlms>
line one
line two
</adlcp:datafromlms>
    <adlcp:masteryscore> 79.5 </adlcp:masteryscore>`);
  expect(read).toMatchObject({
    prerequisites: "a & (b|c)",
    max_time_allowed: "00:30:00",
    time_limit_action: "exit,no message",
    launch_data: "line one\nline two",
    mastery_score: 79.5,
  });
  expect(codes).toEqual([]);
});

test.each([
  "<adlcp:masteryscore>101</adlcp:masteryscore>",
  "<adlcp:masteryscore>eighty</adlcp:masteryscore>",
  "<adlcp:maxtimeallowed>half an hour</adlcp:maxtimeallowed>",
  "<adlcp:timelimitaction>explode</adlcp:timelimitaction>",
])("a value that the standard does not allow is left out: %s", async (inner) => {
  const { item: read, codes } = await item(inner);
  expect(Object.keys(read).sort()).toEqual(["id", "items", "resource", "title", "visible"]);
  expect(codes).toEqual(["value_invalid"]);
});

test("prerequisites in another language are named as not supported", async () => {
  const { item: read, codes } = await item(
    `<adlcp:prerequisites type="lisp">(and a b)</adlcp:prerequisites>`,
  );
  expect(read.prerequisites).toBeUndefined();
  expect(codes).toEqual(["not_supported"]);
});

// ---- hrefs

test.each([
  ["sco.html?x=1#top", "sco.html?x=1#top", []],
  ["SCO.HTML", "sco.html", ["href_corrected"]],
  ["shared/Page%20one.html", "shared/Page%20one.html", []],
  ["shared/Page one.html", "shared/Page%20one.html", []],
  ["shared\\Page one.html", "shared/Page%20one.html", ["href_corrected"]],
  ["./shared/../sco.html", "sco.html", []],
  ["/sco.html", "sco.html", []],
  ["50%25.html", "50%2525.html", []],
  ["sco.html?q=a b&amp;r=&quot;ü&quot;", "sco.html?q=a%20b&r=%22%C3%BC%22", []],
  ["https://example.com/course?x=1", "https://example.com/course?x=1", ["href_external"]],
] as const)("the href %j opens %j", async (written, href, codes) => {
  expect(await hrefOf(written)).toEqual({ href, codes });
});

test.each([
  ["sco.html", "?a=1", "sco.html?a=1"],
  ["sco.html", "a=1", "sco.html?a=1"],
  ["sco.html", "&amp;?a=1", "sco.html?a=1"],
  ["sco.html?a=1", "?b=2", "sco.html?a=1&b=2"],
  ["sco.html?a=1", "&amp;b=2", "sco.html?a=1&b=2"],
  ["sco.html", "#part", "sco.html#part"],
  ["sco.html#one", "#two", "sco.html#one"],
  ["sco.html#one", "b=2", "sco.html#one?b=2"],
  ["sco.html", "?", "sco.html"],
  ["sco.html", "?a=ü b", "sco.html?a=%C3%BC%20b"],
])("the href %j with the parameters %j opens %j", async (href, parameters, joined) => {
  expect((await hrefOf(href, ` parameters="${parameters}"`)).href).toBe(joined);
});

test("xml:base is put before an href, from the outside in", async () => {
  const manifest = manifest12({
    organization: oneItem(),
    resources: `<resource identifier="lesson-resource" adlcp:scormtype="sco" href="../two/a.html" xml:base="one/"/>`,
  })
    .replace("<resources>", `<resources xml:base="course">`)
    .replace("<manifest ", `<manifest xml:base="./root/" `);
  const { structure, warnings } = await readManifest(Buffer.from(manifest), ["root/course/two/a.html"]);
  expect({ href: leaf(structure).resource?.href, warnings }).toEqual({
    href: "root/course/two/a.html",
    warnings: [],
  });
});

test("a resource without href opens its first page", async () => {
  const resource = `<resource identifier="lesson-resource" adlcp:scormtype="sco"><file href="sco.js"/><file href="sco.html"/></resource>`;
  const result = await read(manifest12({ organization: oneItem(), resources: resource }));
  expect(leaf(result.structure).resource?.href).toBe("sco.html");
  expect(warningCodes(result)).toEqual(["resource_href_missing"]);
});

test("of two resources with one identifier the first counts", async () => {
  const second = `<resource identifier="lesson-resource" adlcp:scormtype="asset" href="sco.js"/>`;
  const result = await read(manifest12({ organization: oneItem(), resources: RESOURCE + second }));
  expect(leaf(result.structure).resource?.href).toBe("sco.html");
  expect(warningCodes(result)).toEqual(["resource_duplicate"]);
});

test("files that are listed and absent are one warning, with their number and one of them", async () => {
  const listed = Array.from({ length: 30 }, (_, index) => `<file href="gone-${index}.js"/>`).join("");
  const { warnings } = await read(good.replace("</resource>", `${listed}</resource>`));
  expect(warnings).toEqual([
    {
      code: "files_absent",
      detail: 'Files that the manifest lists are not in the zip: 30, such as "gone-0.js".',
    },
  ]);
});

test("warnings of one kind do not grow without end", async () => {
  const items = Array.from({ length: 500 }, (_, index) => itemOf("a", `<x>${index}</x>`)).join("");
  const { warnings } = await read(manifest12({ organization: organizationOf(items), resources: RESOURCE }));
  expect(warnings).toHaveLength(21);
  expect(warnings.at(-1)?.detail).toBe("The same holds in 479 more places.");
});
