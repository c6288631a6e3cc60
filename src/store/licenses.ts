/** Licenses, their lots and their deliveries. */
import type { DeliveryFormat } from "../core/bridge.ts";
import type { Lot } from "../core/licensing/admit.ts";
import type { Terms } from "../core/licensing/kind.ts";
import { LOCKED, type Sql } from "./db.ts";

export interface License {
  readonly account_id: string;
  readonly id: string;
  /** Four letters and digits, unique in the account: tells packages apart (RULES §4). */
  readonly short_id: string;
  readonly kind: string;
  readonly course_id: string | null;
  readonly bundle_id: string | null;
  readonly terms: Terms;
  /** Null: the account's default. */
  readonly retake: boolean | null;
  readonly retake_starts_over: boolean | null;
  readonly starts_at: Date;
  readonly ends_at: Date | null;
  readonly paused_at: Date | null;
  /** Since when a kind that renews itself does not; a term that begins later is a purchase, and renews again. */
  readonly renewal_cancelled_at: Date | null;
  /** Seats of the next term; null: as many as the running one has. */
  readonly renewal_quantity: number | null;
  /** Not there for the account's own people (RULES §3.6). */
  readonly pilot: boolean;
  readonly created_at: Date;
}

export const LICENSE =
  "account_id, id, short_id, kind, course_id, bundle_id, terms, retake, retake_starts_over, starts_at, ends_at, paused_at, renewal_cancelled_at, renewal_quantity, pilot, created_at";

export async function insertLicense(sql: Sql, license: License): Promise<void> {
  await sql.query(
    `insert into license (${LICENSE}) values ($1, $2, $3, $4, $5, $6, $7::jsonb, $8, $9, $10, $11, $12, $13, $14, $15, $16)`,
    [
      license.account_id,
      license.id,
      license.short_id,
      license.kind,
      license.course_id,
      license.bundle_id,
      JSON.stringify(license.terms),
      license.retake,
      license.retake_starts_over,
      license.starts_at,
      license.ends_at,
      license.paused_at,
      license.renewal_cancelled_at,
      license.renewal_quantity,
      license.pilot,
      license.created_at,
    ],
  );
}

/** @param lock Holds the row until the transaction ends, for a change that goes by what it says. */
export async function findLicense(
  sql: Sql,
  accountId: string,
  id: string,
  lock = false,
): Promise<License | undefined> {
  return (
    await sql.query<License>(
      `select ${LICENSE} from license where account_id = $1 and id = $2 ${lock ? LOCKED : ""}`,
      [accountId, id],
    )
  )[0];
}

export async function isShortIdTaken(sql: Sql, accountId: string, shortId: string): Promise<boolean> {
  const rows = await sql.query("select 1 from license where account_id = $1 and short_id = $2", [
    accountId,
    shortId,
  ]);
  return rows.length > 0;
}

export async function listStoredKinds(sql: Sql): Promise<string[]> {
  return (await sql.query<{ kind: string }>("select distinct kind from license")).map((row) => row.kind);
}

export interface LotRow extends Lot {
  readonly account_id: string;
  readonly license_id: string;
  readonly overage: boolean;
  readonly created_at: Date;
}

const LOT = "account_id, id, license_id, quantity, taken, overage, starts_at, ends_at, created_at";

export async function insertLot(sql: Sql, lot: LotRow): Promise<void> {
  await sql.query(`insert into lot (${LOT}) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`, [
    lot.account_id,
    lot.id,
    lot.license_id,
    lot.quantity,
    lot.taken,
    lot.overage,
    lot.starts_at,
    lot.ends_at,
    lot.created_at,
  ]);
}

/** Whether more can be drawn from the license's lots than they hold. What is overdrawn stays so. */
export async function setOverage(
  sql: Sql,
  accountId: string,
  licenseId: string,
  overage: boolean,
): Promise<void> {
  await sql.query(
    "update lot set overage = $3 or taken > quantity where account_id = $1 and license_id = $2 and overage <> $3",
    [accountId, licenseId, overage],
  );
}

/** Lots whose counter differs from their seats: always none, unless something is broken (DESIGN §4). */
export function listMiscountedLots(
  sql: Sql,
): Promise<{ account_id: string; lot_id: string; taken: number; counted: number }[]> {
  return sql.query(
    `select lot.account_id, lot.id as lot_id, lot.taken, count(seat.id)::integer as counted
     from lot left join seat on seat.account_id = lot.account_id and seat.lot_id = lot.id and seat.status <> 'released'
     group by lot.account_id, lot.id having lot.taken <> count(seat.id)`,
  );
}

export interface Delivery {
  readonly account_id: string;
  readonly id: string;
  /** In the package: names the delivery, is no secret (DESIGN §5). */
  readonly key: string;
  readonly license_id: string;
  readonly course_id: string;
  readonly connection_id: string;
  readonly format: DeliveryFormat;
  readonly course_title: string;
  readonly label: string;
  readonly created_at: Date;
  readonly revoked_at: Date | null;
}

const DELIVERY =
  "account_id, id, key, license_id, course_id, connection_id, format, course_title, label, created_at, revoked_at";

export async function insertDelivery(sql: Sql, delivery: Delivery): Promise<void> {
  await sql.query(
    `insert into delivery (${DELIVERY}) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
    [
      delivery.account_id,
      delivery.id,
      delivery.key,
      delivery.license_id,
      delivery.course_id,
      delivery.connection_id,
      delivery.format,
      delivery.course_title,
      delivery.label,
      delivery.created_at,
      delivery.revoked_at,
    ],
  );
}

/** @param lock Holds the row until the transaction ends, for a change that goes by what it says. */
export async function findDelivery(
  sql: Sql,
  accountId: string,
  id: string,
  lock = false,
): Promise<Delivery | undefined> {
  return (
    await sql.query<Delivery>(
      `select ${DELIVERY} from delivery where account_id = $1 and id = $2 ${lock ? LOCKED : ""}`,
      [accountId, id],
    )
  )[0];
}

/** The one delivery of these four that is not revoked. */
export async function findLiveDelivery(
  sql: Sql,
  accountId: string,
  of: Pick<Delivery, "license_id" | "course_id" | "connection_id" | "format">,
): Promise<Delivery | undefined> {
  return (
    await sql.query<Delivery>(
      `select ${DELIVERY} from delivery where account_id = $1 and license_id = $2 and course_id = $3
       and connection_id = $4 and format = $5 and revoked_at is null`,
      [accountId, of.license_id, of.course_id, of.connection_id, of.format],
    )
  )[0];
}

export async function setLabel(sql: Sql, accountId: string, id: string, label: string): Promise<void> {
  await sql.query("update delivery set label = $3 where account_id = $1 and id = $2", [accountId, id, label]);
}

export async function revokeDelivery(sql: Sql, accountId: string, id: string, at: Date): Promise<void> {
  await sql.query(
    "update delivery set revoked_at = coalesce(revoked_at, $3) where account_id = $1 and id = $2",
    [accountId, id, at],
  );
}

/** @returns How many were not revoked before. */
export async function revokeDeliveriesOfAccount(sql: Sql, accountId: string, at: Date): Promise<number> {
  const rows = await sql.query(
    "update delivery set revoked_at = $2 where account_id = $1 and revoked_at is null returning id",
    [accountId, at],
  );
  return rows.length;
}
