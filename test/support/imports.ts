/** A content store on a temporary folder, and what the tests of import ask of it. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { Fault } from "../../src/core/faults.ts";
import { importPackage } from "../../src/flows/import/importPackage.ts";
import type { ImportedCourse, ImportOptions } from "../../src/flows/import/importTypes.ts";
import type { ContentStore } from "../../src/store/content/contentStore.ts";
import { openFolderContentStore } from "../../src/store/content/folderContentStore.ts";
import { lessonFiles } from "./courses.ts";
import { temporaryFolder, writeFile, type ZipPart, zipBytes } from "./zips.ts";

export class ImportBench {
  readonly #folder: string;
  readonly #store: Promise<ContentStore>;

  constructor() {
    this.#folder = temporaryFolder();
    this.#store = openFolderContentStore(join(this.#folder, "content"));
  }

  store(): Promise<ContentStore> {
    return this.#store;
  }

  /** @returns The path of a file with these bytes. */
  file(bytes: Buffer, ending?: string): string {
    return writeFile(this.#folder, bytes, ending);
  }

  async import(zip: Buffer, options?: ImportOptions): Promise<ImportedCourse> {
    return importPackage(await this.#store, this.file(zip), options);
  }

  /** The fault that importing ends in; anything else thrown stays thrown. */
  async refusal(zip: Buffer, options?: ImportOptions): Promise<Fault> {
    try {
      await this.import(zip, options);
    } catch (error) {
      if (error instanceof Fault) return error;
      throw error;
    }
    throw new Error("it was imported");
  }

  /** A published file as text; null where there is none. */
  async read(versionId: string, path: string): Promise<string | null> {
    const opened = await (await this.#store).open(versionId, path);
    return opened === null ? null : text(opened.stream);
  }

  /** Everything in the store, staged or published. */
  leftBehind(): string[] {
    return ["staging", "versions"].flatMap((name) => readdirSync(join(this.#folder, "content", name)));
  }
}

/** A zip with this manifest and the files of a lesson. */
export function zipWith(manifest: string | Buffer, ...more: readonly ZipPart[]): Buffer {
  return zipBytes([{ name: "imsmanifest.xml", content: manifest }, ...lessonFiles("1.2"), ...more]);
}

export function warningCodes({ warnings }: Pick<ImportedCourse, "warnings">): string[] {
  return [...new Set(warnings.map(({ code }) => code))];
}
