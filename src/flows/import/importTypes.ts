/** What the parts of an import share: its limits, how it tells of its progress, and what it gives. */
import type { CourseStructure, ImportWarning } from "../../core/course.ts";
import type { StagedContent } from "../../store/content/contentStore.ts";

export interface ImportLimits {
  readonly maxZipBytes: number;
  readonly maxUnpackedBytes: number;
  readonly maxEntries: number;
  /** Unpacked bytes over zip bytes; not asked of what unpacks to less than `ratioFreeBytes`. */
  readonly maxRatio: number;
  readonly ratioFreeBytes: number;
  readonly maxPathBytes: number;
  readonly maxManifestBytes: number;
}

const MEBIBYTE = 1024 * 1024;

/**
 * A manifest is parsed in one go, so its limit bounds how long other requests wait; one of 4 MiB lists some
 * 40,000 files.
 */
export const DEFAULT_IMPORT_LIMITS: ImportLimits = {
  maxZipBytes: 2048 * MEBIBYTE,
  maxUnpackedBytes: 4096 * MEBIBYTE,
  maxEntries: 50_000,
  maxRatio: 100,
  ratioFreeBytes: 64 * MEBIBYTE,
  maxPathBytes: 1_024,
  maxManifestBytes: 4 * MEBIBYTE,
};

export interface ImportProgress {
  /** `check` reads the file as it is, `unpack` writes what is in it. */
  readonly step: "check" | "unpack";
  readonly doneBytes: number;
  readonly totalBytes: number;
}

export interface ImportOptions {
  /** What is left out is as in `DEFAULT_IMPORT_LIMITS`. */
  readonly limits?: Partial<ImportLimits>;
  readonly onProgress?: (progress: ImportProgress) => void;
  /** Aborting rejects with the signal's reason, after everything staged is removed. */
  readonly signal?: AbortSignal;
}

/** An import that went well: not readable until its owner publishes `staged`, gone when they discard it. */
export interface ImportedCourse {
  readonly structure: CourseStructure;
  readonly warnings: readonly ImportWarning[];
  /** Null where the course is an address elsewhere and has no files. */
  readonly staged: StagedContent | null;
  readonly files: number;
  readonly bytes: number;
  /** Of the file as uploaded, lower-case hex; "" where there is none. */
  readonly sha256: string;
}
