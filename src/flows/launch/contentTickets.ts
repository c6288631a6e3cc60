/**
 * Content tickets: what stands in the address of a course's files, `/c/<ticket>/<path>`, and lets in whoever has it. A
 * ticket is signed and names what it opens, so that neither a launch nor a file asks the database for it; and it is the
 * same for all launches of a delivery in a period, so that a shared cache keeps one copy of a file for all of its
 * learners (docs/decisions/content-addresses.md).
 */
import { createHmac, type KeyObject, timingSafeEqual } from "node:crypto";
import { LONGEST_LAUNCH_SECONDS } from "../../core/openTime.ts";
import type { KeyRing, PurposeKey } from "../keyRing.ts";

/** What a ticket opens: one version of a course, under one delivery. */
export interface TicketOf {
  readonly account_id: string;
  readonly delivery_id: string;
  readonly course_version_id: string;
}

export interface ContentTicket extends TicketOf {
  readonly expires_at: Date;
}

export interface ContentTickets {
  /** The ticket for a launch at this time: it outlasts the launch (RULES §2). */
  issue(of: TicketOf, at: Date): string;
  /** Undefined for anything that this gateway did not sign. Whether it has expired is the caller's to ask. */
  read(ticket: string): ContentTicket | undefined;
}

/** Three ids, the second in which it expires, and half of an HMAC with SHA-256. */
const ID_BYTES = 16;
const SIGNED_BYTES = 3 * ID_BYTES + 4;
const MAC_BYTES = 16;
const TICKET_BYTES = SIGNED_BYTES + MAC_BYTES;

/** What `read` is handed may be anything; only this is a ticket's form. */
export const TICKET_LENGTH = Math.ceil((TICKET_BYTES * 4) / 3);

/** A page asks for dozens of files under one ticket. About 3 MB of them; beyond it the longest known go first. */
const MOST_REMEMBERED = 5000;

/** @param hours How long launches of a delivery share a ticket. */
export function createContentTickets(keys: KeyRing, hours: number): ContentTickets {
  const issued = new Map<string, Issued>();
  const read = new Map<string, ContentTicket>();
  let rememberedUnder: readonly PurposeKey[] = [];
  const forgetOtherKeys = (accepted: readonly PurposeKey[]) => {
    if (accepted === rememberedUnder) return;
    issued.clear();
    read.clear();
    rememberedUnder = accepted;
  };
  return {
    issue: (of, at) => {
      forgetOtherKeys(keys.keysFor("content_address"));
      const name = `${of.delivery_id} ${of.course_version_id}`;
      const before = issued.get(name);
      if (before && before.from <= at && at < before.to) return before.ticket;
      const period = periodOf(of.delivery_id, at, hours * 3600);
      const ticket = make(of, period.to, keys.keyFor("content_address"));
      remember(issued, name, { ...period, ticket });
      return ticket;
    },
    read: (ticket) => {
      const accepted = keys.keysFor("content_address");
      forgetOtherKeys(accepted);
      const known = read.get(ticket) ?? verify(ticket, accepted);
      if (known) remember(read, ticket, known);
      return known;
    },
  };
}

/** A ticket with the time in which launches get it. */
interface Issued extends Period {
  readonly ticket: string;
}

interface Period {
  readonly from: Date;
  readonly to: Date;
}

function make(of: TicketOf, periodEnd: Date, { key }: PurposeKey): string {
  const signed = signedBytes(of, periodEnd.getTime() / 1000 + LONGEST_LAUNCH_SECONDS);
  return Buffer.concat([signed, macOf(signed, key)]).toString("base64url");
}

/** The period that a launch falls in. Deliveries change periods at different moments: not all caches ask for everything anew at midnight. */
function periodOf(deliveryId: string, at: Date, periodSeconds: number): Period {
  const shift = idBytes(deliveryId).readUInt32BE(ID_BYTES - 4) % periodSeconds;
  const periods = Math.floor((at.getTime() / 1000 + shift) / periodSeconds);
  const from = periods * periodSeconds - shift;
  return { from: new Date(from * 1000), to: new Date((from + periodSeconds) * 1000) };
}

function verify(ticket: string, accepted: readonly PurposeKey[]): ContentTicket | undefined {
  if (ticket.length !== TICKET_LENGTH) return undefined;
  const bytes = Buffer.from(ticket, "base64url");
  // Base 64 has several spellings of the same bytes; a cache would keep a copy for each.
  if (bytes.length !== TICKET_BYTES || bytes.toString("base64url") !== ticket) return undefined;
  const [signed, mac] = [bytes.subarray(0, SIGNED_BYTES), bytes.subarray(SIGNED_BYTES)];
  if (!accepted.some(({ key }) => timingSafeEqual(macOf(signed, key), mac))) return undefined;
  return {
    account_id: idAt(signed, 0),
    delivery_id: idAt(signed, 1),
    course_version_id: idAt(signed, 2),
    expires_at: new Date(signed.readUInt32BE(3 * ID_BYTES) * 1000),
  };
}

function remember<Known>(remembered: Map<string, Known>, name: string, known: Known): void {
  remembered.set(name, known);
  const [longestKnown] = remembered.size > MOST_REMEMBERED ? remembered.keys() : [];
  if (longestKnown !== undefined) remembered.delete(longestKnown);
}

function signedBytes(of: TicketOf, expirySeconds: number): Buffer {
  const expiry = Buffer.alloc(4);
  expiry.writeUInt32BE(expirySeconds);
  return Buffer.concat([...[of.account_id, of.delivery_id, of.course_version_id].map(idBytes), expiry]);
}

function macOf(signed: Buffer, key: KeyObject): Buffer {
  return createHmac("sha256", key).update(signed).digest().subarray(0, MAC_BYTES);
}

function idBytes(id: string): Buffer {
  const bytes = Buffer.from(id.replaceAll("-", ""), "hex");
  if (bytes.length !== ID_BYTES) throw new TypeError(`not a UUID: ${JSON.stringify(id)}`);
  return bytes;
}

function idAt(signed: Buffer, index: number): string {
  const hex = signed.toString("hex", index * ID_BYTES, (index + 1) * ID_BYTES);
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
