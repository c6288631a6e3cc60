/**
 * The content store on an S3-compatible service:
 *
 *     <prefix>content/<content id>/<name>   the files, written while staged, never moved
 *     <prefix>versions/<version id>         which content id the version is, and which name is which path
 *     <prefix>staging/<content id>          there while an import is under way, or a removal
 *
 * A version can be read once `versions/<version id>` is there, whole: publishing writes that one small object, last, and only
 * if it is not there yet. A name is the SHA-256 of its content key, as in the folder (`contentNames.ts`).
 */
import { randomBytes } from "node:crypto";
import type { Readable } from "node:stream";
import { cleanContentPath } from "../../core/contentPath.ts";
import { Fault } from "../../core/faults.ts";
import { boundedStream } from "./boundedStream.ts";
import {
  contentEtag,
  contentName,
  indexOf,
  isVersionId,
  rangeWithin,
  requireVersionId,
} from "./contentNames.ts";
import type {
  ByteRange,
  ContentSource,
  ContentStat,
  ContentStore,
  OpenContent,
  StagedContent,
  WriteOptions,
} from "./contentStore.ts";
import { Quota } from "./quota.ts";
import { asFault, S3Bucket, type S3Settings } from "./s3Bucket.ts";
import { uploadMemory, uploadStream } from "./s3Upload.ts";

export interface S3ContentSettings extends S3Settings {
  /** Before every key, such as `tallygate/`; may be empty. */
  readonly prefix: string;
  /** How long a file may send nothing in mid-stream; a setting for tests. */
  readonly silentSeconds?: number;
}

/** Of a version's marker, and of a staging mark: which content it is, or is to be, published as. */
const CONTENT_ID = "content-id";
const VERSION_ID = "version-id";

const SILENT_SECONDS = 10;
const MOST_RESUMPTIONS = 2;

/** Of all imports in this process: what waits to be sent. */
const UPLOADING_BYTES = 24 * 1024 * 1024;

/** Published content never changes, so what is known of it stays true. About 10 MB of stats. */
const MOST_STATS = 20_000;
const MOST_VERSIONS = 5000;

export function openS3ContentStore(settings: S3ContentSettings): ContentStore {
  return new S3ContentStore(new S3Bucket(settings), settings);
}

interface Keys {
  content(contentId: string): string;
  version(versionId: string): string;
  staging(contentId: string): string;
}

function keysUnder(prefix: string): Keys {
  return {
    content: (contentId) => `${prefix}content/${contentId}`,
    version: (versionId) => `${prefix}versions/${versionId}`,
    staging: (contentId) => `${prefix}staging/${contentId}`,
  };
}

class S3ContentStore implements ContentStore {
  readonly #bucket: S3Bucket;
  readonly #keys: Keys;
  readonly #uploading = new Quota(UPLOADING_BYTES);
  readonly #bounds: { readonly silentSeconds: number; readonly mostResumptions: number };
  /** Version id → content id. */
  readonly #published = new Map<string, string>();
  readonly #stats = new Map<string, ContentStat>();

  constructor(bucket: S3Bucket, settings: S3ContentSettings) {
    this.#bucket = bucket;
    this.#keys = keysUnder(settings.prefix);
    this.#bounds = {
      silentSeconds: settings.silentSeconds ?? SILENT_SECONDS,
      mostResumptions: MOST_RESUMPTIONS,
    };
  }

  async stage(): Promise<StagedContent> {
    const contentId = randomBytes(16).toString("hex");
    await this.#bucket.put(this.#keys.staging(contentId), Buffer.alloc(0));
    return new StagedObjects(this.#bucket, this.#keys, this.#uploading, contentId);
  }

  async stat(versionId: string, path: string): Promise<ContentStat | null> {
    const found = await this.#find(versionId, path);
    return found?.stat ?? null;
  }

  async open(versionId: string, path: string, range?: ByteRange): Promise<OpenContent | null> {
    const found = await this.#find(versionId, path);
    if (found === null) return null;
    const { key, stat } = found;
    const wanted = rangeWithin(stat.size, range, path);
    const first = await this.#bucket.get(key, range && wanted);
    if (first === null) return null;
    const reopen = async (rest: ByteRange): Promise<Readable> => {
      const stream = await this.#bucket.get(key, rest);
      if (stream === null) throw asFault(new Error("a file went away while it was read"));
      return stream;
    };
    const stream = boundedStream(wanted, first, reopen, this.#bounds);
    return { ...stat, stream, range: wanted };
  }

  async listPublished(before: Date): Promise<string[]> {
    const versions: string[] = [];
    const prefix = this.#keys.version("");
    for await (const { key, modifiedAt } of this.#bucket.list(prefix))
      if (modifiedAt < before) versions.push(key.slice(prefix.length));
    return versions.filter(isVersionId);
  }

  /** Out of sight first: a process that dies while removing leaves a sweep's work, not half a course. */
  async discard(versionId: string): Promise<void> {
    const contentId = await this.#contentOf(requireVersionId(versionId));
    if (contentId === undefined) return;
    await markStaging(this.#bucket, this.#keys, contentId, versionId);
    await this.#bucket.remove([this.#keys.version(versionId)]);
    this.#published.delete(versionId);
    await removeContent(this.#bucket, this.#keys, contentId);
  }

  async sweep(staleBefore: Date): Promise<number> {
    for await (const upload of this.#bucket.uploads(this.#keys.content("")))
      if (upload.startedAt < staleBefore) await this.#bucket.dropUpload(upload);
    let removed = 0;
    const prefix = this.#keys.staging("");
    for await (const { key, modifiedAt } of this.#bucket.list(prefix)) {
      const contentId = key.slice(prefix.length);
      if (modifiedAt >= staleBefore || (await this.#wasWrittenSince(contentId, staleBefore))) continue;
      // Published, or not to be removed after all: only the mark was left.
      if (await this.#isPublishedAs(contentId)) await this.#bucket.remove([key]);
      else {
        await removeContent(this.#bucket, this.#keys, contentId);
        removed += 1;
      }
    }
    return removed;
  }

  async #wasWrittenSince(contentId: string, time: Date): Promise<boolean> {
    for await (const { modifiedAt } of this.#bucket.list(`${this.#keys.content(contentId)}/`))
      if (modifiedAt >= time) return true;
    return false;
  }

  async #isPublishedAs(contentId: string): Promise<boolean> {
    const mark = await this.#bucket.head(this.#keys.staging(contentId));
    const versionId = mark?.metadata[VERSION_ID];
    return versionId !== undefined && (await contentIdOf(this.#bucket, this.#keys, versionId)) === contentId;
  }

  async #find(versionId: string, path: string): Promise<{ key: string; stat: ContentStat } | null> {
    const clean = cleanContentPath(path);
    const contentId = clean.ok && isVersionId(versionId) ? await this.#contentOf(versionId) : undefined;
    if (!clean.ok || contentId === undefined) return null;
    const name = contentName(clean.path);
    const key = `${this.#keys.content(contentId)}/${name}`;
    const known = this.#stats.get(key);
    if (known !== undefined) return { key, stat: known };
    const head = await this.#bucket.head(key);
    if (head === null) return null;
    const { size, modifiedAt } = head;
    const stat = { size, modifiedAt, etag: contentEtag(versionId, name, size) };
    remember(this.#stats, key, stat, MOST_STATS);
    return { key, stat };
  }

  /** Not remembered where there is none: it may be published at any moment. */
  async #contentOf(versionId: string): Promise<string | undefined> {
    const known = this.#published.get(versionId);
    if (known !== undefined) return known;
    const contentId = await contentIdOf(this.#bucket, this.#keys, versionId);
    if (contentId !== undefined) remember(this.#published, versionId, contentId, MOST_VERSIONS);
    return contentId;
  }
}

class StagedObjects implements StagedContent {
  /** Each file is a request or more, and most of a request's time is waiting. */
  readonly writesAtOnce = 8;
  readonly #bucket: S3Bucket;
  readonly #keys: Keys;
  readonly #uploading: Quota;
  readonly #contentId: string;
  readonly #paths = new Map<string, string>();
  #published = false;

  constructor(bucket: S3Bucket, keys: Keys, uploading: Quota, contentId: string) {
    this.#bucket = bucket;
    this.#keys = keys;
    this.#uploading = uploading;
    this.#contentId = contentId;
  }

  async write(path: string, source: ContentSource, options: WriteOptions = {}): Promise<void> {
    const clean = cleanContentPath(path);
    if (!clean.ok) throw new TypeError(`not a content path (${clean.problem}): ${JSON.stringify(path)}`);
    const name = contentName(clean.path);
    if (this.#paths.has(name)) throw new Fault("conflict", `The file ${clean.path} was already written.`);
    this.#paths.set(name, clean.path);
    const { signal, size = Infinity } = options;
    const key = `${this.#keys.content(this.#contentId)}/${name}`;
    try {
      await this.#uploading.during(uploadMemory(size), () =>
        uploadStream(this.#bucket, key, source, size, signal),
      );
    } catch (error) {
      this.#paths.delete(name);
      // The SDK says only that something was aborted, not why.
      signal?.throwIfAborted();
      throw error;
    }
  }

  async publish(versionId: string): Promise<void> {
    const key = this.#keys.version(requireVersionId(versionId));
    // From now on whoever finds the mark knows where to look whether this was published.
    await markStaging(this.#bucket, this.#keys, this.#contentId, versionId);
    const isNew = await this.#bucket.putNew(key, Buffer.from(indexOf(this.#paths)), {
      [CONTENT_ID]: this.#contentId,
    });
    // Not new, and yet ours: an earlier try was done, and its answer was lost.
    if (!isNew && (await contentIdOf(this.#bucket, this.#keys, versionId)) !== this.#contentId)
      throw new Fault("conflict", `The content of course version ${versionId} is already published.`);
    this.#published = true;
    await this.#bucket.remove([this.#keys.staging(this.#contentId)]);
  }

  async discard(): Promise<void> {
    if (!this.#published) await removeContent(this.#bucket, this.#keys, this.#contentId);
  }
}

async function contentIdOf(bucket: S3Bucket, keys: Keys, versionId: string): Promise<string | undefined> {
  return (await bucket.head(keys.version(versionId)))?.metadata[CONTENT_ID];
}

function markStaging(bucket: S3Bucket, keys: Keys, contentId: string, versionId: string): Promise<void> {
  return bucket.put(keys.staging(contentId), Buffer.alloc(0), { metadata: { [VERSION_ID]: versionId } });
}

/** The mark goes last: until then a sweep finds what is left. */
async function removeContent(bucket: S3Bucket, keys: Keys, contentId: string): Promise<void> {
  await bucket.remove(keysOf(bucket, `${keys.content(contentId)}/`));
  await bucket.remove([keys.staging(contentId)]);
}

async function* keysOf(bucket: S3Bucket, prefix: string): AsyncGenerator<string> {
  for await (const { key } of bucket.list(prefix)) yield key;
}

/** Beyond `most`, the longest known is forgotten. */
function remember<Value>(known: Map<string, Value>, key: string, value: Value, most: number): void {
  known.set(key, value);
  const [longestKnown] = known.size > most ? known.keys() : [];
  if (longestKnown !== undefined) known.delete(longestKnown);
}
