/**
 * The few calls that the content store makes to an S3-compatible service: each is tried a few times, ends in time, and
 * fails with a fault of ours. Bodies go out as buffers, so that a try can be repeated and their SHA-256 is signed.
 */
import type { Readable } from "node:stream";
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { Fault } from "../../core/faults.ts";
import type { ByteRange } from "./contentStore.ts";

export interface S3Settings {
  readonly bucket: string;
  readonly region: string;
  /** Of a service other than Amazon's; "": Amazon's of the region. */
  readonly endpoint: string;
  /** The bucket's name in the path rather than in the host. */
  readonly forcePathStyle: boolean;
  /** Null: found as Amazon's tools find them (environment, profile, role of the machine). */
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string } | null;
  /** Of one try to be answered; a setting for tests. */
  readonly answerSeconds?: number;
}

export interface S3Object {
  readonly key: string;
  readonly modifiedAt: Date;
}

export interface S3Head {
  readonly size: number;
  readonly modifiedAt: Date;
  readonly metadata: Readonly<Record<string, string>>;
}

export interface S3Upload {
  readonly key: string;
  readonly id: string;
}

export interface S3Part {
  readonly number: number;
  readonly etag: string;
}

interface Sending {
  readonly signal?: AbortSignal | undefined;
}

const MOST_TRIES = 3;
const CONNECT_SECONDS = 2;
/** A learner waits for it. */
const ANSWER_SECONDS = 4;
/** A part of a few MB may go out over a slow line. */
const UPLOAD_SECONDS = 60;
/** Learners with slow lines each hold one; the SDK's 50 would be all of them. */
const MOST_CONNECTIONS = 1000;
/** The most that one call deletes. */
const DELETED_AT_ONCE = 1000;

export class S3Bucket {
  readonly #client: S3Client;
  readonly #bucket: string;
  readonly #answer: { readonly requestTimeout: number };
  readonly #upload = { requestTimeout: UPLOAD_SECONDS * 1000 };

  constructor(settings: S3Settings) {
    this.#bucket = settings.bucket;
    this.#answer = { requestTimeout: (settings.answerSeconds ?? ANSWER_SECONDS) * 1000 };
    const agent = { keepAlive: true, maxSockets: MOST_CONNECTIONS };
    this.#client = new S3Client({
      region: settings.region,
      ...(settings.endpoint ? { endpoint: settings.endpoint } : {}),
      ...(settings.credentials ? { credentials: settings.credentials } : {}),
      forcePathStyle: settings.forcePathStyle,
      maxAttempts: MOST_TRIES,
      // Not every compatible service knows the newer checksums; the signed SHA-256 of each body says as much.
      requestChecksumCalculation: "WHEN_REQUIRED",
      responseChecksumValidation: "WHEN_REQUIRED",
      requestHandler: {
        connectionTimeout: CONNECT_SECONDS * 1000,
        throwOnRequestTimeout: true,
        // A learner who pauses a video pauses our reading of it: silence on the line is no fault by itself.
        socketTimeout: 0,
        httpAgent: agent,
        httpsAgent: agent,
      },
    });
  }

  async head(key: string): Promise<S3Head | null> {
    const command = new HeadObjectCommand({ Bucket: this.#bucket, Key: key });
    const found = await orNull(this.#client.send(command, this.#answer));
    if (found === null) return null;
    return {
      size: found.ContentLength ?? 0,
      modifiedAt: found.LastModified ?? new Date(0),
      metadata: found.Metadata ?? {},
    };
  }

  /** The stream fails with whatever the connection fails with; it may also stay silent for good. */
  async get(key: string, range: ByteRange | undefined): Promise<Readable | null> {
    const command = new GetObjectCommand({
      Bucket: this.#bucket,
      Key: key,
      ...(range ? { Range: `bytes=${range.start}-${range.end}` } : {}),
    });
    const found = await orNull(this.#client.send(command, this.#answer));
    return found === null ? null : (found.Body as Readable);
  }

  async put(
    key: string,
    body: Buffer,
    options: Sending & { readonly metadata?: Record<string, string> } = {},
  ): Promise<void> {
    const command = new PutObjectCommand({
      Bucket: this.#bucket,
      Key: key,
      Body: body,
      ...(options.metadata ? { Metadata: options.metadata } : {}),
    });
    await orFault(this.#client.send(command, this.#uploading(options)));
  }

  /** @returns False where there is one already. */
  async putNew(key: string, body: Buffer, metadata: Record<string, string>): Promise<boolean> {
    const command = new PutObjectCommand({
      Bucket: this.#bucket,
      Key: key,
      Body: body,
      Metadata: metadata,
      IfNoneMatch: "*",
    });
    for (let tries = 1; ; tries += 1) {
      try {
        await this.#client.send(command, this.#upload);
        return true;
      } catch (error) {
        if (statusOf(error) === 412) return false;
        // Another writes the same object at this very moment: who of the two was first shows when asked again.
        if (statusOf(error) !== 409 || tries === MOST_TRIES) throw asFault(error);
      }
    }
  }

  async startUpload(key: string): Promise<S3Upload> {
    const command = new CreateMultipartUploadCommand({ Bucket: this.#bucket, Key: key });
    const { UploadId } = await orFault(this.#client.send(command, this.#answer));
    if (UploadId === undefined) throw asFault(new Error("an upload was begun without an id"));
    return { key, id: UploadId };
  }

  async putPart(upload: S3Upload, number: number, body: Buffer, options: Sending): Promise<S3Part> {
    const command = new UploadPartCommand({ ...this.#of(upload), PartNumber: number, Body: body });
    const { ETag } = await orFault(this.#client.send(command, this.#uploading(options)));
    return { number, etag: ETag ?? "" };
  }

  async finishUpload(upload: S3Upload, parts: readonly S3Part[]): Promise<void> {
    const Parts = parts.map(({ number, etag }) => ({ PartNumber: number, ETag: etag }));
    const command = new CompleteMultipartUploadCommand({ ...this.#of(upload), MultipartUpload: { Parts } });
    // Putting a thousand parts together takes the service its time.
    await orFault(this.#client.send(command, this.#upload));
  }

  async dropUpload(upload: S3Upload): Promise<void> {
    await orNull(this.#client.send(new AbortMultipartUploadCommand(this.#of(upload)), this.#answer));
  }

  /** Uploads that were begun and neither finished nor dropped: they are stored, and listed nowhere else. */
  async *uploads(prefix: string): AsyncGenerator<S3Upload & { readonly startedAt: Date }> {
    let marker: { KeyMarker?: string; UploadIdMarker?: string } = {};
    for (;;) {
      const command = new ListMultipartUploadsCommand({ Bucket: this.#bucket, Prefix: prefix, ...marker });
      const page = await orFault(this.#client.send(command, this.#answer));
      for (const { Key, UploadId, Initiated } of page.Uploads ?? [])
        if (Key !== undefined && UploadId !== undefined)
          yield { key: Key, id: UploadId, startedAt: Initiated ?? new Date(0) };
      if (!page.IsTruncated || page.NextKeyMarker === undefined) return;
      marker = { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker ?? "" };
    }
  }

  async *list(prefix: string): AsyncGenerator<S3Object> {
    let from: string | undefined;
    do {
      const command = new ListObjectsV2Command({
        Bucket: this.#bucket,
        Prefix: prefix,
        ...(from === undefined ? {} : { ContinuationToken: from }),
      });
      const page = await orFault(this.#client.send(command, this.#answer));
      for (const { Key, LastModified } of page.Contents ?? [])
        if (Key !== undefined) yield { key: Key, modifiedAt: LastModified ?? new Date(0) };
      from = page.IsTruncated ? page.NextContinuationToken : undefined;
    } while (from !== undefined);
  }

  async remove(keys: AsyncIterable<string> | Iterable<string>): Promise<void> {
    let batch: string[] = [];
    for await (const key of keys) {
      batch.push(key);
      if (batch.length < DELETED_AT_ONCE) continue;
      await this.#removeAll(batch);
      batch = [];
    }
    if (batch.length > 0) await this.#removeAll(batch);
  }

  close(): void {
    this.#client.destroy();
  }

  async #removeAll(keys: readonly string[]): Promise<void> {
    const Objects = keys.map((Key) => ({ Key }));
    const command = new DeleteObjectsCommand({ Bucket: this.#bucket, Delete: { Objects, Quiet: true } });
    const { Errors = [] } = await orFault(this.#client.send(command, this.#upload));
    const [first] = Errors;
    if (first) throw asFault(new Error(`${Errors.length} objects could not be deleted: ${first.Code}`));
  }

  #of(upload: S3Upload) {
    return { Bucket: this.#bucket, Key: upload.key, UploadId: upload.id };
  }

  #uploading({ signal }: Sending) {
    return { ...this.#upload, ...(signal ? { abortSignal: signal } : {}) };
  }
}

/** Of a missing object or upload. A missing bucket is a fault, but for HEAD, whose answer can't say which of the two it is. */
async function orNull<T>(work: Promise<T>): Promise<T | null> {
  try {
    return await work;
  } catch (error) {
    const name = error instanceof Error ? error.name : "";
    if (["NoSuchKey", "NotFound", "NoSuchUpload"].includes(name)) return null;
    throw asFault(error);
  }
}

async function orFault<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw asFault(error);
  }
}

function statusOf(error: unknown): number | undefined {
  return error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined;
}

/** What was aborted stays what it is. Of anything else only name and message are logged: answers repeat what was signed. */
export function asFault(error: unknown): unknown {
  if (error instanceof Fault || (error instanceof Error && error.name === "AbortError")) return error;
  const said = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  const status = statusOf(error);
  return new Fault("content_unavailable", "The course's files can't be read or written now.", {
    cause: new Error(`The content store failed${status ? ` (HTTP ${status})` : ""}. ${said}`),
  });
}
