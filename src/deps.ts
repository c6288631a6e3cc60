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
  /** A new id: UUID version 7 (RFC 9562 §5.7), so that rows sort by the time they were made. */
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
    newId: () => uuidVersion7(clock.now().getTime(), randomBytes(10)),
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

function uuidVersion7(milliseconds: number, random: Buffer): string {
  const bytes = Buffer.alloc(16);
  bytes.writeUIntBE(milliseconds, 0, 6);
  random.copy(bytes, 6);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x70, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = bytes.toString("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

/** No 0/O, 1/I/L, U/V: what is read out over a telephone arrives. */
const REFERENCE_LETTERS = "23456789ABCDEFGHJKMNPQRSTWXYZ";

function referenceOf(random: Buffer): string {
  const letters = [...random].map((byte) => REFERENCE_LETTERS[byte % REFERENCE_LETTERS.length]);
  return `${letters.slice(0, 4).join("")}-${letters.slice(4).join("")}`;
}
