/**
 * A request with an Idempotency-Key is done once: what it did and what it was answered commit together, and whoever sends
 * it again gets that answer. A request that was refused changed nothing and leaves no trace: sent again, it is decided anew.
 */
import { createCipheriv, createDecipheriv, hkdfSync } from "node:crypto";
import { Fault } from "../core/faults.ts";
import { addSeconds } from "../core/time.ts";
import { claimOnceKey, findAnswer, forgetAnswers, keepAnswer, type OnceKey } from "../store/idempotency.ts";
import { joinTransaction } from "../store/joinedDb.ts";
import type { Context } from "./context.ts";

export interface OnceRequest extends OnceKey {
  /** Another one under the same key is another request. */
  readonly request_hash: string;
  /** What the caller proved themselves with: seals the answer, and is not stored. */
  readonly credential: string;
}

/** An answer can be asked for again for at least a week. */
const KEPT_SECONDS = 7 * 24 * 60 * 60;
const FORGOTTEN_AT_ONCE = 20;

export async function once<Answer extends object>(
  context: Context,
  request: OnceRequest,
  work: (context: Context) => Promise<Answer>,
): Promise<{ readonly answer: Answer; readonly replayed: boolean }> {
  const at = context.deps.clock.now();
  let announcements: (() => void)[] = [];
  const done = await context.db.transaction(async (sql) => {
    // After a deadlock this begins again.
    announcements = [];
    if (!(await claimOnceKey(sql, request, request.request_hash, at)))
      return { answer: openAnswer<Answer>(request, await findAnswer(sql, request)), replayed: true };
    await forgetAnswers(sql, addSeconds(at, -KEPT_SECONDS), FORGOTTEN_AT_ONCE);
    const db = joinTransaction(context.db, sql);
    const answer = await work({ ...context, db, ...announcingLater(context, announcements) });
    const sealed = seal(request, JSON.stringify(answer), context.deps.newSecret(IV_BYTES));
    await keepAnswer(sql, request, sealed);
    return { answer, replayed: false };
  });
  for (const announce of announcements) announce();
  return done;
}

/** What this process remembers is to be forgotten only once the change is there for all. */
function announcingLater({ invalidations }: Context, announcements: (() => void)[]) {
  const changed = (topic: string) => void announcements.push(() => invalidations.changed(topic));
  return { invalidations: { ...invalidations, changed } };
}

function openAnswer<Answer>(
  request: OnceRequest,
  kept: { request_hash: string; answer: string } | undefined,
): Answer {
  if (!kept) throw new Fault("conflict", "Idempotency-Key: its answer was just forgotten; send it again.");
  if (kept.request_hash !== request.request_hash)
    throw new Fault(
      "idempotency_key_reused",
      "Idempotency-Key: found one that was used for another request, expected a new one.",
    );
  return JSON.parse(open(request, kept.answer)) as Answer;
}

const CIPHER = "aes-256-gcm";
const IV_BYTES = 12;
const TAG_BYTES = 16;

function sealingKey({ credential }: OnceRequest): Buffer {
  return Buffer.from(hkdfSync("sha256", credential, "", "tallygate idempotent answer", 32));
}

function seal(request: OnceRequest, answer: string, random: string): string {
  const iv = Buffer.from(random, "base64url");
  const cipher = createCipheriv(CIPHER, sealingKey(request), iv).setAAD(Buffer.from(request.key));
  const sealed = Buffer.concat([cipher.update(answer, "utf8"), cipher.final()]);
  return Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString("base64");
}

/** @throws Fault `conflict` where the credential is another one: the operator's key was made anew. */
function open(request: OnceRequest, sealed: string): string {
  const bytes = Buffer.from(sealed, "base64");
  const decipher = createDecipheriv(CIPHER, sealingKey(request), bytes.subarray(0, IV_BYTES))
    .setAAD(Buffer.from(request.key))
    .setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
  try {
    const opened = [decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES)), decipher.final()];
    return Buffer.concat(opened).toString("utf8");
  } catch (cause) {
    const detail = "Idempotency-Key: it was used under another credential, so its answer can't be read.";
    throw new Fault("conflict", detail, { cause });
  }
}
