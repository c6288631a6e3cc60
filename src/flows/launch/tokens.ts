/**
 * Launch tokens: what a beat needs to know, signed, so that one that changes nothing asks no database (RULES §2). A
 * token lives in the player's memory, belongs to one launch, and is replaced by every answer.
 */
import { createHmac, type KeyObject } from "node:crypto";
import jsonwebtoken from "jsonwebtoken";
import { Fault } from "../../core/faults.ts";
import type { OpenTime } from "../../core/openTime.ts";
import type { KeyRing, PurposeKey } from "../keyRing.ts";

/** Within this time of its making a token needs no look into the store; after it, until the launch's end, one. */
export const TOKEN_SECONDS = 15 * 60;

export interface LaunchClaims {
  readonly account_id: string;
  readonly launch_id: string;
  readonly delivery_id: string;
  readonly learner_id: string;
  readonly attempt_id: string;
  /** What the learner tells support. */
  readonly reference: string;
  /** Within the attempt, from 1: orders saves. */
  readonly launch_number: number;
  readonly opened_at: Date;
  readonly open_time: OpenTime;
  /** The pending seat that open time can still confirm, and when it does. */
  readonly due: { readonly seat_id: string; readonly seconds: number } | null;
}

export interface LaunchTokens {
  sign(claims: LaunchClaims, at: Date): string;
  /**
   * @returns `fresh`: within its 15 minutes.
   * @throws Fault `launch_token_invalid` for anything that this gateway did not sign.
   */
  verify(token: string, at: Date): { readonly claims: LaunchClaims; readonly fresh: boolean };
}

/** Short names: the token travels with every beat. */
interface Wire {
  readonly acc: string;
  readonly lau: string;
  readonly del: string;
  readonly lea: string;
  readonly att: string;
  readonly num: number;
  readonly ref: string;
  readonly opn: number;
  readonly sec: number;
  readonly cnt: number;
  readonly due?: readonly [seatId: string, seconds: number];
  readonly made: number;
  readonly aud: typeof AUDIENCE;
}

const AUDIENCE = "launch";

export function createLaunchTokens(keys: KeyRing): LaunchTokens {
  const headers = headersOf(keys);
  return {
    sign: (claims, at) => {
      const { header, key } = headers.toSign();
      // As `jsonwebtoken.sign` does, without its checks of options that never change: a launch and every beat wait for it.
      const signed = `${header}.${base64url(JSON.stringify(toWire(claims, at)))}`;
      return `${signed}.${createHmac("sha256", key).update(signed).digest("base64url")}`;
    },
    verify: (token, at) => {
      const wire = read(token, headers.toAccept(token.slice(0, token.indexOf("."))));
      return { claims: fromWire(wire), fresh: at.getTime() - wire.made < TOKEN_SECONDS * 1000 };
    },
  };
}

interface Headers {
  toSign(): { readonly header: string; readonly key: KeyObject };
  /** Undefined for any that this gateway does not write. */
  toAccept(header: string): KeyObject | undefined;
}

/**
 * A token's header must be, to the letter, one that this gateway writes: so it names algorithm and key, and no other than
 * what they are is ever tried.
 */
function headersOf(keys: KeyRing): Headers {
  let known: {
    readonly of: readonly PurposeKey[];
    readonly byHeader: ReadonlyMap<string, KeyObject>;
    readonly first: { readonly header: string; readonly key: KeyObject };
  } | null = null;
  const current = () => {
    const accepted = keys.keysFor("launch_token");
    if (known?.of === accepted) return known;
    const first = { header: headerOf(keys.keyFor("launch_token")), key: keys.keyFor("launch_token").key };
    known = { of: accepted, byHeader: new Map(accepted.map((key) => [headerOf(key), key.key])), first };
    return known;
  };
  return { toSign: () => current().first, toAccept: (header) => current().byHeader.get(header) };
}

function headerOf({ kid }: PurposeKey): string {
  return base64url(JSON.stringify({ alg: "HS256", typ: "JWT", kid }));
}

function base64url(text: string): string {
  return Buffer.from(text, "utf8").toString("base64url");
}

function read(token: string, key: KeyObject | undefined): Wire {
  try {
    if (!key) throw new Error("The token's header is none that this gateway writes");
    return jsonwebtoken.verify(token, key, { algorithms: ["HS256"], audience: AUDIENCE }) as unknown as Wire;
  } catch (error) {
    throw new Fault("launch_token_invalid", "token: expected the newest token of a launch.", {
      cause: error,
    });
  }
}

function toWire(claims: LaunchClaims, at: Date): Wire {
  return {
    acc: claims.account_id,
    lau: claims.launch_id,
    del: claims.delivery_id,
    lea: claims.learner_id,
    att: claims.attempt_id,
    num: claims.launch_number,
    ref: claims.reference,
    opn: claims.opened_at.getTime(),
    sec: claims.open_time.open_seconds,
    cnt: claims.open_time.counted_at.getTime(),
    ...(claims.due ? { due: [claims.due.seat_id, claims.due.seconds] as const } : {}),
    made: at.getTime(),
    aud: AUDIENCE,
  };
}

function fromWire(wire: Wire): LaunchClaims {
  return {
    account_id: wire.acc,
    launch_id: wire.lau,
    delivery_id: wire.del,
    learner_id: wire.lea,
    attempt_id: wire.att,
    launch_number: wire.num,
    reference: wire.ref,
    opened_at: new Date(wire.opn),
    open_time: { open_seconds: wire.sec, counted_at: new Date(wire.cnt) },
    due: wire.due ? { seat_id: wire.due[0], seconds: wire.due[1] } : null,
  };
}
