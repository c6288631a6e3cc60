/** Thin Common Cartridges: a manifest and a file for each link, well-formed, complete, and the same each time. */
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { parseStringPromise } from "xml2js";
import {
  CARTRIDGE_VERSIONS,
  type CartridgeVersion,
  cartridgeFiles,
  type LinkInCartridge,
} from "../../../src/flows/packaging/cartridge.ts";
import { zipStream } from "../../../src/flows/packaging/zipStream.ts";
import { contentOf, unzip } from "../../support/packages.ts";

const FOLDER = { id: "0190b5a0-0000-7000-8000-000000000000", title: "Safety [Subscription · 7K2M]" };

const linkOf = (number: number, title = `Course ${number} [Subscription · 7K2M]`): LinkInCartridge => ({
  id: `0190b5a0-0000-7000-8000-${String(number).padStart(12, "0")}`,
  title,
  launch_url: `https://app.example.com/lti/links/-key_${number}`,
  delivery_key: `-key_${number}`,
});

async function* each<Item>(items: Iterable<Item>): AsyncGenerator<Item> {
  yield* items;
}

async function built(links: Iterable<LinkInCartridge>, version: CartridgeVersion = "1.3"): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of zipStream(cartridgeFiles(version, FOLDER, each(links)))) chunks.push(chunk);
  return Buffer.concat(chunks);
}

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tallygate-cartridge-"));
});
afterAll(() => rm(folder, { recursive: true }));

/** What xmllint has against it; empty where it is well-formed. */
async function complaints(files: readonly Buffer[]): Promise<string> {
  const names = await Promise.all(
    files.map(async (content, index) => {
      const name = join(folder, `${index}.xml`);
      await writeFile(name, content);
      return name;
    }),
  );
  const { stderr } = await promisify(execFile)("xmllint", ["--nonet", "--noout", ...names]);
  return stderr;
}

const HOSTILE: readonly string[] = [
  '</title><item identifier="x"/>',
  "a & b < c > d \"e\" 'f'",
  "]]><!-- --><?php echo 1 ?><!DOCTYPE x>",
  "\u0000\u0008\ud800\uffff\u202eevil\ufeff",
  "Ünïcödé 课程 \u{1f600}",
  "   ",
];

describe.each(CARTRIDGE_VERSIONS.map((version) => [version] as const))("version %s", (version) => {
  test("is well-formed, names each file once, and each file is there", async () => {
    const titles = [...HOSTILE, "Kitchen safety [Volume · Berlin · 7K2M]"];
    const links = titles.map((title, number) => linkOf(number, title));
    const files = await unzip(await built(links, version));
    expect([...files.keys()]).toEqual([...links.map(({ id }) => `links/${id}.xml`), "imsmanifest.xml"]);
    expect(await complaints([...files.values()].map(({ content }) => content))).toBe("");
    const { manifest } = await parseStringPromise(contentOf(files, "imsmanifest.xml"));
    expect(manifest.metadata[0]).toMatchObject({ schemaversion: [`${version}.0`] });
    const [root] = manifest.organizations[0].organization[0].item;
    const [shown] = root.item;
    expect(root).not.toHaveProperty("title");
    expect(shown.title).toEqual([FOLDER.title]);
    const { resource } = manifest.resources[0];
    const referred = shown.item.map((item: Element) => item.$["identifierref"]);
    expect(referred).toEqual(resource.map((one: Element) => one.$["identifier"]));
    expect(resource.map((one: { file: Element[] }) => one.file[0]?.$["href"])).toEqual(
      links.map(({ id }) => `links/${id}.xml`),
    );
    const identifiers = [manifest, root, shown, ...shown.item, ...resource].map(
      (one: Element) => one.$["identifier"] ?? "",
    );
    expect(new Set(identifiers).size).toBe(identifiers.length);
    for (const identifier of identifiers) expect(identifier).toMatch(/^[A-Za-z_][\w.-]*$/);
    expect(shown.item.at(-1).title).toEqual(["Kitchen safety [Volume · Berlin · 7K2M]"]);
  });
});

interface Element {
  readonly $: Readonly<Record<string, string>>;
}

test("a link opens by LTI 1.1 and 1.3 alike: by its address, and by the parameter that names the delivery", async () => {
  const link = linkOf(7, "Knives & forks");
  const files = await unzip(await built([link]));
  const { cartridge_basiclti_link: found } = await parseStringPromise(
    contentOf(files, `links/${link.id}.xml`),
  );
  expect(found.$["xmlns"]).toBe("http://www.imsglobal.org/xsd/imslticc_v1p3");
  expect(Object.keys(found).filter((name) => name !== "$")).toEqual([
    "blti:title",
    "blti:custom",
    "blti:launch_url",
    "blti:secure_launch_url",
    "blti:vendor",
  ]);
  expect(found["blti:title"]).toEqual(["Knives & forks"]);
  expect(found["blti:launch_url"]).toEqual([link.launch_url]);
  expect(found["blti:secure_launch_url"]).toEqual([link.launch_url]);
  const [property] = found["blti:custom"][0]["lticm:property"];
  expect(property).toEqual({ _: "-key_7", $: { name: "delivery" } });
});

test("an address that is not secure is not called so", async () => {
  const link = { ...linkOf(1), launch_url: "http://localhost:8080/lti/links/-key_1" };
  const files = await unzip(await built([link]));
  expect(contentOf(files, `links/${link.id}.xml`).toString()).not.toContain("secure_launch_url");
});

test("the same links make the same bytes; another title makes others", async () => {
  const links = [linkOf(1), linkOf(2)];
  expect((await built(links)).equals(await built(links))).toBe(true);
  expect((await built(links)).equals(await built([linkOf(1), linkOf(2, "Other")]))).toBe(false);
});

test("thousands of links are sent in small pieces, the manifest too", async () => {
  const count = 5000;
  const links = Array.from({ length: count }, (_, number) => linkOf(number));
  let [largest, bytes] = [0, 0];
  for await (const chunk of zipStream(cartridgeFiles("1.3", FOLDER, each(links)))) {
    bytes += chunk.length;
    // The list of the zip's contents is held whole in any case.
    if (!chunk.subarray(0, 4).equals(Buffer.from("PK\u0001\u0002")))
      largest = Math.max(largest, chunk.length);
  }
  expect(bytes).toBeGreaterThan(count * 1000);
  expect(largest).toBeLessThan(128 * 1024);
});
