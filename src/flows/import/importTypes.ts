/** What the parts of an import share: its limits, how it tells of its progress, and what it gives. */
import type { CourseStructure, ImportWarning } from "../../core/course.ts";
import type { StagedContent } from "../../store/content/contentStore.ts";

export interface ImportLimits {
  readonly max_zip_bytes: number;
  readonly max_unpacked_bytes: number;
  readonly max_entries: number;
  /** Unpacked bytes over zip bytes; not asked of what unpacks to less than `ratio_free_bytes`. */
  readonly max_ratio: number;
  readonly ratio_free_bytes: number;
  readonly max_path_bytes: number;
  readonly max_manifest_bytes: number;
}

const MEBIBYTE = 1024 * 1024;

/**
 * A manifest is parsed in one go, so its limit bounds how long other requests wait (about 50 ms a MiB); one
 * of 4 MiB lists some 40,000 files.
 */
export const DEFAULT_IMPORT_LIMITS: ImportLimits = {
  max_zip_bytes: 2048 * MEBIBYTE,
  max_unpacked_bytes: 4096 * MEBIBYTE,
  max_entries: 50_000,
  max_ratio: 100,
  ratio_free_bytes: 64 * MEBIBYTE,
  max_path_bytes: 1_024,
  max_manifest_bytes: 4 * MEBIBYTE,
};

export interface ImportProgress {
  /** `check` reads the zip as it is, `unpack` writes what is in it. */
  readonly step: "check" | "unpack";
  readonly done_bytes: number;
  readonly total_bytes: number;
}

export interface ImportOptions {
  readonly limits?: Partial<ImportLimits>;
  readonly on_progress?: (progress: ImportProgress) => void;
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
