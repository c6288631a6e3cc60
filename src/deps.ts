/** The only clock, ids, randomness, log, metrics and traces (DESIGN §9.3). A test hands in its own. */
import { randomBytes, randomFillSync } from "node:crypto";
import type { Logger } from "winston";
import type { Config } from "./config.ts";
import { createLog } from "./log.ts";
import { createMetrics, type Metrics } from "./metrics.ts";
import { NO_TRACING, type Tracing } from "./tracing.ts";

export type { TraceSpan } from "./tracing.ts";

export interface Clock {
  /** The gateway's time, UTC. Taken once per flow. */
  now(): Date;
}

export interface Deps {
  readonly clock: Clock;
  /** A new id: UUID version 7 (RFC 9562 §5.7), so that rows sort as they were made: lists are read by it. */
  newId(): string;
  /** A new unguessable text of `bytes` random bytes, base64url. */
  newSecret(bytes: number): string;
  /** A short code that a learner can read out to support: eight letters and digits without look-alikes. */
  newReference(): string;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly tracing: Tracing;
  /** For measuring only: gives the seconds since, whatever becomes of the clock meanwhile. */
  stopwatch(): () => number;
}

const systemClock: Clock = { now: () => new Date() };

export function createDeps(config: Config, overrides: Partial<Deps> = {}): Deps {
  const clock = overrides.clock ?? systemClock;
  const tracing = overrides.tracing ?? NO_TRACING;
  const random = randomNumbers();
  return {
    clock,
    newId: idMaker(clock, random),
    newSecret: secretMaker(),
    newReference: () => referenceOf(random),
    log: overrides.log ?? createLog(config.LOG_LEVEL, tracing),
    metrics: overrides.metrics ?? createMetrics(),
    tracing,
    stopwatch,
    ...overrides,
  };
}

function stopwatch(): () => number {
  const begun = performance.now();
  return () => (performance.now() - begun) / 1000;
}

/**
 * Within one millisecond each id is a random step above the last, so that it sorts after it (RFC 9562 §6.2, method 2). Of
 * the 74 random bits the highest stays free at first, as room for the steps.
 */
function idMaker(clock: Clock, random: RandomNumbers): () => string {
  let lastMilliseconds = -1;
  /** 12, 30 and 32 bits. */
  let [high, middle, low] = [0, 0, 0];
  return () => {
    const milliseconds = clock.now().getTime();
    if (milliseconds === lastMilliseconds) low += 1 + random();
    else [high, middle, low] = [random() & 0x7ff, random() & 0x3fffffff, random()];
    if (low >= 2 ** 32) [low, middle] = [low - 2 ** 32, middle + 1];
    if (middle >= 2 ** 30) [middle, high] = [0, high + 1];
    lastMilliseconds = milliseconds;
    const time = `${hex32(Math.floor(milliseconds / 2 ** 16))}-${hex16(milliseconds % 2 ** 16)}`;
    return `${time}-${hex16(0x7000 | high)}-${hex16(0x8000 | (middle >>> 16))}-${hex16(middle & 0xffff)}${hex32(low)}`;
  };
}

const POOL_BYTES = 4096;

/** As with numbers, asked for some at a time; no byte is given out twice, and none stays behind. */
function secretMaker(): (bytes: number) => string {
  const pool = Buffer.alloc(POOL_BYTES);
  let used = pool.length;
  return (bytes) => {
    if (bytes > pool.length) return randomBytes(bytes).toString("base64url");
    if (used + bytes > pool.length) {
      randomFillSync(pool);
      used = 0;
    }
    const taken = pool.subarray(used, used + bytes);
    used += bytes;
    const secret = taken.toString("base64url");
    taken.fill(0);
    return secret;
  };
}

/** Looked up, not reckoned: a launch makes five ids, and writing down a number of more than 31 bits takes as long as an id now does. */
const HEX_OF_BYTE = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

function hex16(number: number): string {
  return `${HEX_OF_BYTE[number >>> 8]}${HEX_OF_BYTE[number & 0xff]}`;
}

function hex32(number: number): string {
  return hex16(number >>> 16) + hex16(number & 0xffff);
}

/** Each is of 32 bits, and the same one never comes of the same bits again. */
type RandomNumbers = () => number;

const POOL_NUMBERS = 1024;

/** Asked for some at a time: the system's own randomness costs the same for few bytes and for many. */
function randomNumbers(): RandomNumbers {
  const pool = new Uint32Array(POOL_NUMBERS);
  let used = pool.length;
  return () => {
    if (used === pool.length) {
      randomFillSync(pool);
      used = 0;
    }
    return pool[used++] as number;
  };
}

/** No 0/O, 1/I/L, U/V: what is read out over a telephone arrives. */
const REFERENCE_LETTERS = "23456789ABCDEFGHJKMNPQRSTWXYZ";

function referenceOf(random: RandomNumbers): string {
  return `${fourLetters(random())}-${fourLetters(random())}`;
}

function fourLetters(bits: number): string {
  let letters = "";
  for (const shift of [0, 8, 16, 24])
    letters += REFERENCE_LETTERS[((bits >>> shift) & 0xff) % REFERENCE_LETTERS.length];
  return letters;
}
