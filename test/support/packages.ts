/** Opens what buildPackage made the way an LMS does: unzips it and reads the manifest. */
import { parseStringPromise } from "xml2js";
import { type Entry, fromBufferPromise } from "yauzl";
import type { PackageFormat } from "../../src/core/bridge.ts";
import type { PackageOrder } from "../../src/flows/packaging/buildPackage.ts";

export const FORMATS: readonly PackageFormat[] = ["scorm12", "scorm2004-3", "scorm2004-4"];

export function packageOrder(changes: Partial<PackageOrder> = {}): PackageOrder {
  return {
    format: "scorm12",
    key: "Kq3_vR-8sT1xWz0aBcDeFg",
    contentOrigin: "https://content.example.com",
    courseTitle: "Kitchen safety",
    licenseKind: "Volume",
    label: "Berlin",
    shortId: "7K2M",
    ...changes,
  };
}

export interface ZipEntry {
  readonly content: Buffer;
  readonly entry: Entry;
}

/** The entries of a zip, in their order. */
export async function unzip(bytes: Buffer): Promise<Map<string, ZipEntry>> {
  const files = new Map<string, ZipEntry>();
  const zip = await fromBufferPromise(bytes, { lazyEntries: true });
  for await (const entry of zip.eachEntry()) {
    const chunks: Buffer[] = [];
    for await (const chunk of await zip.openReadStreamPromise(entry)) chunks.push(chunk as Buffer);
    files.set(entry.fileName, { entry, content: Buffer.concat(chunks) });
  }
  return files;
}

export function contentOf(files: ReadonlyMap<string, ZipEntry>, name: string): string {
  const file = files.get(name);
  if (file === undefined) throw new Error(`the package has no ${name}`);
  return file.content.toString("utf8");
}

/** One element of a manifest as xml2js reads it: attributes in `$`, text in `_`, children as arrays. */
export interface Element {
  readonly $: Readonly<Record<string, string>>;
  readonly [child: string]: readonly Element[] | Readonly<Record<string, string>>;
}

export async function manifestOf(files: ReadonlyMap<string, ZipEntry>): Promise<Element> {
  const document = await parseStringPromise(contentOf(files, "imsmanifest.xml"), {
    explicitCharkey: true,
    explicitRoot: false,
  });
  return document as Element;
}

/** The elements reached by a path of names, such as `organizations/organization/title`. */
export function elementsAt(from: Element, path: string): readonly Element[] {
  return path
    .split("/")
    .reduce<readonly Element[]>(
      (elements, name) =>
        elements.flatMap((element) => (element[name] as readonly Element[] | undefined) ?? []),
      [from],
    );
}

export function textOf(element: Element | undefined): string {
  return String((element as { _?: string } | undefined)?._ ?? "");
}
