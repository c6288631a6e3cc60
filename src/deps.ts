/** The only clock, ids, randomness, log, metrics and traces (DESIGN §9.3). A test hands in its own. */
import { randomBytes } from "node:crypto";
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
  return {
    clock,
    newId: idMaker(clock),
    newSecret: (bytes) => randomBytes(bytes).toString("base64url"),
    newReference: () => referenceOf(randomBytes(8)),
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

/** Of 74: the highest stays free, as room for the steps. */
const RANDOM_BITS = 73;
const LOW_BITS = 62;

/** Within one millisecond each id is a random step above the last, so that it sorts after it (RFC 9562 §6.2, method 2). */
function idMaker(clock: Clock): () => string {
  let lastMilliseconds = -1;
  let random = 0n;
  return () => {
    const milliseconds = clock.now().getTime();
    if (milliseconds === lastMilliseconds) random += 1n + numberOf(randomBytes(4));
    else random = BigInt.asUintN(RANDOM_BITS, numberOf(randomBytes(10)));
    lastMilliseconds = milliseconds;
    return uuidVersion7(milliseconds, random);
  };
}

function numberOf(bytes: Buffer): bigint {
  return BigInt(`0x${bytes.toString("hex")}`);
}

function uuidVersion7(milliseconds: number, random: bigint): string {
  const time = milliseconds.toString(16).padStart(12, "0");
  const high = (0x7000n | (random >> BigInt(LOW_BITS))).toString(16);
  const low = ((0b10n << BigInt(LOW_BITS)) | BigInt.asUintN(LOW_BITS, random)).toString(16);
  return [time.slice(0, 8), time.slice(8), high, low.slice(0, 4), low.slice(4)].join("-");
}

/** No 0/O, 1/I/L, U/V: what is read out over a telephone arrives. */
const REFERENCE_LETTERS = "23456789ABCDEFGHJKMNPQRSTWXYZ";

function referenceOf(random: Buffer): string {
  const letters = [...random].map((byte) => REFERENCE_LETTERS[byte % REFERENCE_LETTERS.length]);
  return `${letters.slice(0, 4).join("")}-${letters.slice(4).join("")}`;
}
