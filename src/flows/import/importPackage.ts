/**
 * From an uploaded file to staged content and what the player runs, or a fault and nothing left behind. The
 * caller publishes what is staged under the version's id, then commits the version; or discards it.
 */
import type { ImportWarning } from "../../core/course.ts";
import { Fault } from "../../core/faults.ts";
import type { ContentStore, StagedContent } from "../../store/content/contentStore.ts";
import { fileHash } from "./fileHash.ts";
import {
  DEFAULT_IMPORT_LIMITS,
  type ImportedCourse,
  type ImportLimits,
  type ImportOptions,
} from "./importTypes.ts";
import { readManifest } from "./readManifest.ts";
import { type OpenedZip, openZip, type ZipEntry } from "./readZip.ts";
import { show } from "./zipNames.ts";

const MANIFEST = "imsmanifest.xml";

/** @param file A SCORM zip on disk, which stays as it is. */
export async function importPackage(
  store: ContentStore,
  file: string,
  options: ImportOptions = {},
): Promise<ImportedCourse> {
  const limits: ImportLimits = { ...DEFAULT_IMPORT_LIMITS, ...options.limits };
  const zip = await openZip(file, limits, { signal: options.signal });
  try {
    const manifest = findManifest(zip.entries);
    const paths = zip.entries.map(({ path }) => path);
    const read = await readManifest(await readWhole(zip, manifest, limits.maxManifestBytes), paths);
    const sha256 = await fileHash(file, options);
    const staged = await unpack(store, zip, options);
    return {
      structure: read.structure,
      warnings: [...zip.warnings, ...nameWarning(manifest), ...read.warnings],
      staged,
      files: zip.entries.length,
      bytes: zip.unpackedBytes,
      sha256,
    };
  } finally {
    await zip.close();
  }
}

function findManifest(entries: readonly ZipEntry[]): ZipEntry {
  const atRoot = entries.find(({ path }) => path.toLowerCase() === MANIFEST);
  if (atRoot !== undefined) return atRoot;
  const deeper = entries.find(({ path }) => path.toLowerCase().endsWith(`/${MANIFEST}`));
  if (deeper !== undefined) {
    const folder = deeper.path.slice(0, -MANIFEST.length);
    throw new Fault(
      "manifest_not_at_root",
      `The imsmanifest.xml lies in the folder ${show(folder)}; zip what is in that folder, not the folder itself.`,
    );
  }
  const other = entries.find(({ path }) => /^(tincan|cmi5)\.xml$/i.test(path));
  if (other !== undefined) {
    const detail = `The zip has a ${other.path} and no imsmanifest.xml: it is an xAPI package; export the course as SCORM.`;
    throw new Fault("standard_unsupported", detail);
  }
  throw new Fault("manifest_missing", "The zip has no imsmanifest.xml, so it is not a SCORM package.");
}

function nameWarning(manifest: ZipEntry): ImportWarning[] {
  if (manifest.path === MANIFEST) return [];
  return [
    { code: "manifest_name", detail: `The manifest is called ${show(manifest.path)}, expected ${MANIFEST}.` },
  ];
}

async function readWhole(zip: OpenedZip, entry: ZipEntry, maxBytes: number): Promise<Buffer> {
  if (entry.size > maxBytes) {
    const detail = `The imsmanifest.xml has ${entry.size} bytes; at most ${maxBytes} are allowed.`;
    throw new Fault("manifest_too_large", detail);
  }
  const chunks: Buffer[] = [];
  for await (const chunk of zip.read(entry)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function unpack(store: ContentStore, zip: OpenedZip, options: ImportOptions): Promise<StagedContent> {
  const staged = await store.stage();
  const failed = new AbortController();
  const signal = AbortSignal.any([failed.signal, ...(options.signal ? [options.signal] : [])]);
  let done = 0;
  const entries = zip.entries.values();
  /** Several take one entry after the other, as many as the store likes. */
  const work = async (): Promise<void> => {
    for (const entry of entries) {
      signal.throwIfAborted();
      const source = zip.read(entry, (bytes) => {
        done += bytes;
        options.onProgress?.({ step: "unpack", doneBytes: done, totalBytes: zip.unpackedBytes });
      });
      await staged.write(entry.path, source, { signal, size: entry.size });
    }
  };
  const stopTheOthers = (error: unknown): never => {
    failed.abort(error);
    throw error;
  };
  const workers = Array.from({ length: staged.writesAtOnce }, () => work().catch(stopTheOthers));
  const outcomes = await Promise.allSettled(workers);
  if (outcomes.every(({ status }) => status === "fulfilled")) return staged;
  await staged.discard();
  throw signal.reason;
}
