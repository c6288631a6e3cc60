/**
 * Whatever arrives, an import ends: in a course or in a fault, never in another error, and after a fault the
 * store is as it was. Anything but a fault thrown by the code fails `bench.refusal`'s caller.
 */
import { afterEach, expect, test } from "@jest/globals";
import fc from "fast-check";
import { Fault } from "../../../src/core/faults.ts";
import { readManifest } from "../../../src/flows/import/readManifest.ts";
import { sequencedCourse2004, singleScoCourse12 } from "../../support/courses.ts";
import { ImportBench } from "../../support/imports.ts";
import { type ZipPart, zipBytes } from "../../support/zips.ts";

const bench = new ImportBench();
const sequenced = sequencedCourse2004();
const manifest = String(sequenced.parts.find(({ name }) => name === "imsmanifest.xml")?.content);
const paths = sequenced.parts.map(({ name }) => String(name));

afterEach(() => expect(bench.leftBehind()).toEqual([]));

/** Imports and throws away; only what is no fault comes out. */
async function survive(zip: Buffer): Promise<void> {
  try {
    const imported = await bench.import(zip);
    await imported.staged?.discard();
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
  }
  expect(bench.leftBehind()).toEqual([]);
}

async function surviveManifest(bytes: Buffer): Promise<void> {
  try {
    const { structure } = await readManifest(bytes, paths);
    expect(JSON.parse(JSON.stringify(structure))).toEqual(structure);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
  }
}

/** Some bytes of a file changed, cut out or doubled. */
function mutated(original: Buffer): fc.Arbitrary<Buffer> {
  const place = fc.nat(original.length - 1);
  const change = fc.oneof(
    fc.record({ type: fc.constant("set" as const), at: place, byte: fc.nat(255) }),
    fc.record({ type: fc.constant("cut" as const), at: place, length: fc.nat(64) }),
    fc.record({ type: fc.constant("double" as const), at: place, length: fc.nat(64) }),
  );
  return fc.array(change, { minLength: 1, maxLength: 6 }).map((changes) =>
    changes.reduce<Buffer>((bytes, one) => {
      const before = bytes.subarray(0, one.at);
      if (one.type === "set") return Buffer.concat([before, Buffer.of(one.byte), bytes.subarray(one.at + 1)]);
      const piece = bytes.subarray(one.at, one.at + one.length);
      const rest = bytes.subarray(one.at + one.length);
      return one.type === "cut" ? Buffer.concat([before, rest]) : Buffer.concat([before, piece, piece, rest]);
    }, original),
  );
}

test("random bytes", async () => {
  const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array));
  await fc.assert(
    fc.asyncProperty(bytes, fc.boolean(), (tail, likeZip) =>
      survive(likeZip ? Buffer.concat([Buffer.from("PK\x03\x04"), tail]) : tail),
    ),
    { numRuns: 100 },
  );
});

test("a zip with some bytes changed", async () => {
  await fc.assert(fc.asyncProperty(mutated(singleScoCourse12().zip), survive), { numRuns: 100 });
});

test("a zip with its directory changed, where the lies are", async () => {
  const { zip } = singleScoCourse12();
  const start = zip.readUInt32LE(zip.length - 6);
  const changed = mutated(zip.subarray(start)).map((directory) =>
    Buffer.concat([zip.subarray(0, start), directory]),
  );
  await fc.assert(fc.asyncProperty(changed, survive), { numRuns: 100 });
});

test("a zip whose entries lie in every field", async () => {
  const size = fc.option(fc.constantFrom(0, 1, 5, 1_000, 0x7fffffff, 0xfffffffe, 0xffffffff), {
    nil: undefined,
  });
  const part: fc.Arbitrary<ZipPart> = fc
    .record({
      name: fc.string({ unit: fc.constantFrom("a", "A", ".", "/", "\\", ":", "é", "\0"), maxLength: 8 }),
      content: fc.string({ maxLength: 20 }),
      method: fc.constantFrom(0, 8, 8, 8, 12),
      flags: fc.constantFrom(0, 0x800, 0x800, 0x800, 1, 0x2000),
      mode: fc.constantFrom(0, 0o100644, 0o040755, 0o120777),
      extra: fc.uint8Array({ maxLength: 12 }).map((bytes) => Buffer.from(bytes)),
      size,
      compressedSize: size,
      headerStart: size,
    })
    .map(({ size, compressedSize, headerStart, ...rest }) => ({
      ...rest,
      declared: {
        ...(size === undefined ? {} : { size }),
        ...(compressedSize === undefined ? {} : { compressedSize }),
        ...(headerStart === undefined ? {} : { headerStart }),
      },
    }));
  await fc.assert(
    fc.asyncProperty(fc.array(part, { maxLength: 5 }), (parts) =>
      survive(zipBytes([...singleScoCourse12().parts, ...parts])),
    ),
    { numRuns: 100 },
  );
});

test("a manifest with some bytes changed", async () => {
  await fc.assert(fc.asyncProperty(mutated(Buffer.from(manifest)), surviveManifest), { numRuns: 150 });
});

test("a manifest with elements and attributes moved, doubled and emptied", async () => {
  const pieces = manifest.split(/(?=<)/);
  const place = fc.nat(pieces.length - 1);
  const swaps = fc.array(fc.tuple(place, place), { minLength: 1, maxLength: 8 });
  const values = fc.array(
    fc.tuple(place, fc.constantFrom("", "true", "-1", "NaN", "../x", "&#0;", "x".repeat(3_000))),
  );
  await fc.assert(
    fc.asyncProperty(swaps, values, (moved, set) => {
      const changed = [...pieces];
      for (const [from, to] of moved) changed[to] = changed[from] ?? "";
      for (const [at, value] of set) changed[at] = (changed[at] ?? "").replace(/="[^"]*"/, `="${value}"`);
      return surviveManifest(Buffer.from(changed.join("")));
    }),
    { numRuns: 150 },
  );
});

test("random XML", async () => {
  const words = [
    "manifest",
    "organizations",
    "organization",
    "item",
    "resources",
    "resource",
    "title",
    "metadata",
  ];
  const tree = fc.letrec<{ element: string }>((tie) => ({
    element: fc
      .tuple(
        fc.constantFrom(...words, "__proto__", "constructor", "x:item", "_", "cdata"),
        fc.dictionary(
          fc.constantFrom("identifier", "identifierref", "href", "default", "xmlns", "xmlns:x", "__proto__"),
          fc.constantFrom("a", "b", "", "sco.html", "http://www.imsglobal.org/xsd/imscp_v1p1"),
        ),
        fc.array(fc.oneof({ maxDepth: 5, withCrossShrink: true }, fc.constant("text"), tie("element")), {
          maxLength: 4,
        }),
      )
      .map(([name, attributes, children]) => {
        const written = Object.entries(attributes).map(([key, value]) => ` ${key}="${value}"`);
        return `<${name}${written.join("")}>${children.join("")}</${name}>`;
      }),
  }));
  await fc.assert(
    fc.asyncProperty(fc.array(tree.element, { maxLength: 4 }), (children) =>
      surviveManifest(Buffer.from(`<manifest>${children.join("")}</manifest>`)),
    ),
    { numRuns: 150 },
  );
});
