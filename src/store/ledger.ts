/** The chains of charges: seals, which are added and never changed (docs/decisions/ledger.md). */
import { CHARGE, type Charge } from "./charges.ts";
import type { Sql } from "./db.ts";

/** A transaction's id, as text: they are larger than a number holds. */
export type TransactionId = string;

/**
 * Whatever transactions before it wrote is sealed. Null: nothing is known, so every charge is to be looked at: at first, and
 * where the store was moved to a server that counts its transactions anew.
 */
export async function findHorizon(sql: Sql): Promise<TransactionId | null> {
  const [row] = await sql.query<{ written_before: string }>(
    `select written_before::text as written_before from ledger_horizon
     where written_before <= pg_snapshot_xmax(pg_current_snapshot())`,
  );
  return row?.written_before ?? null;
}

/** Every transaction before it has ended: what it wrote is visible to whoever looks from now on, or never will be. */
export async function readEndedBefore(sql: Sql): Promise<TransactionId> {
  const [row] = await sql.query<{ ended_before: string }>(
    "select pg_snapshot_xmin(pg_current_snapshot())::text as ended_before",
  );
  if (!row) throw new Error("The database told no snapshot");
  return row.ended_before;
}

export async function setHorizon(sql: Sql, writtenBefore: TransactionId): Promise<void> {
  await sql.query(
    `insert into ledger_horizon (written_before) values ($1::xid8)
     on conflict (is_the_one) do update set written_before = excluded.written_before`,
    [writtenBefore],
  );
}

const UNSEALED = `not exists (select from charge_seal
  where charge_seal.account_id = charge.account_id and charge_seal.charge_id = charge.id)`;

const NO_ID = "00000000-0000-0000-0000-000000000000";

/** How far a walk over the charges has come. */
export interface Place {
  /** By the transactions that wrote them, from the horizon on; or account by account: all of them, or those of one. */
  readonly by: "transaction" | "account" | "id";
  /** Of the last charge: its transaction, or its account. */
  readonly of: string;
  readonly id: string;
}

/** Before the first charge that was written from a horizon on; without one, before the first of all. */
export function beforeAll(horizon: TransactionId | null): Place {
  return horizon === null
    ? { by: "account", of: NO_ID, id: NO_ID }
    : { by: "transaction", of: horizon, id: NO_ID };
}

export function beforeAllOf(accountId: string): Place {
  return { by: "id", of: accountId, id: NO_ID };
}

/** What comes after a place, by an index each. */
const AFTER: Readonly<Record<Place["by"], { readonly where: string; readonly of: string }>> = {
  // Charges of one transaction are few; those of all that follow are not.
  transaction: {
    where: "charge.written_in >= $1::xid8 and (charge.written_in > $1::xid8 or charge.id > $2)",
    of: "charge.written_in",
  },
  account: { where: "(charge.account_id, charge.id) > ($1::uuid, $2::uuid)", of: "charge.account_id" },
  id: { where: "charge.account_id = $1::uuid and charge.id > $2::uuid", of: "charge.account_id" },
};

export interface Unsealed {
  readonly account_id: string;
  readonly id: string;
  readonly place: Place;
}

/** The next ones that can be seen and have no seal. */
export async function findUnsealed(sql: Sql, { by, of, id }: Place, most: number): Promise<Unsealed[]> {
  const after = AFTER[by];
  const rows = await sql.query<{ account_id: string; id: string; of: string }>(
    `select charge.account_id, charge.id, ${after.of}::text as of from charge where ${after.where} and ${UNSEALED}
     order by ${after.of}, charge.id limit $3`,
    [of, id, most],
  );
  return rows.map((row) => ({
    account_id: row.account_id,
    id: row.id,
    place: { by, of: row.of, id: row.id },
  }));
}

/** The end of an account's chain. */
export interface ChainEnd {
  readonly account_id: string;
  readonly sequence: number;
  /** SHA-256, hexadecimal. */
  readonly hash: string;
}

const CHAIN_END = "account_id, sequence, encode(hash, 'hex') as hash";

export async function beginChains(sql: Sql, accountIds: readonly string[], firstHash: string): Promise<void> {
  await sql.query(
    `insert into ledger_chain (account_id, sequence, hash)
     select account_id, 0, decode($2, 'hex') from unnest($1::uuid[]) as account_id order by account_id
     on conflict (account_id) do nothing`,
    [accountIds, firstHash],
  );
}

/** The chains are held until the transaction ends. @param skip Those that somebody else holds are left out, not waited for. */
export function lockChains(sql: Sql, accountIds: readonly string[], skip: boolean): Promise<ChainEnd[]> {
  return sql.query<ChainEnd>(
    `select ${CHAIN_END} from ledger_chain where account_id = any($1::uuid[]) order by account_id
     for no key update ${skip ? "skip locked" : ""}`,
    [accountIds],
  );
}

export async function findChainEnd(sql: Sql, accountId: string): Promise<ChainEnd | undefined> {
  const where = "where account_id = $1";
  return (await sql.query<ChainEnd>(`select ${CHAIN_END} from ledger_chain ${where}`, [accountId]))[0];
}

/** Those of them that are still without a seal, now that their chains are held; in the order that they were made. */
export function readUnsealed(
  sql: Sql,
  accountIds: readonly string[],
  chargeIds: readonly string[],
): Promise<Charge[]> {
  return sql.query<Charge>(
    `select ${CHARGE} from charge
     where charge.account_id = any($1::uuid[]) and charge.id = any($2::uuid[]) and ${UNSEALED}
     order by charge.made_at, charge.id`,
    [accountIds, chargeIds],
  );
}

export async function countUnsealed(sql: Sql, accountId: string): Promise<number> {
  const [row] = await sql.query<{ unsealed: number }>(
    `select count(*) as unsealed from charge where charge.account_id = $1 and ${UNSEALED}`,
    [accountId],
  );
  return row?.unsealed ?? 0;
}

export interface Seal {
  readonly account_id: string;
  readonly sequence: number;
  readonly charge_id: string;
  readonly hash: string;
}

/** @param ends Of the chains, with these seals. */
export async function addSeals(
  sql: Sql,
  seals: readonly Seal[],
  ends: readonly ChainEnd[],
  at: Date,
): Promise<void> {
  await sql.query(
    `insert into charge_seal (account_id, sequence, charge_id, hash, sealed_at)
     select account_id, sequence, charge_id, decode(hash, 'hex'), $2
     from jsonb_to_recordset($1::jsonb) as seal (account_id uuid, sequence bigint, charge_id uuid, hash text)
     order by account_id, sequence`,
    [JSON.stringify(seals), at],
  );
  await sql.query(
    `update ledger_chain set sequence = chain_end.sequence, hash = decode(chain_end.hash, 'hex')
     from jsonb_to_recordset($1::jsonb) as chain_end (account_id uuid, sequence bigint, hash text)
     where ledger_chain.account_id = chain_end.account_id`,
    [JSON.stringify(ends)],
  );
}

/** As it stands: to be checked. A charge that is gone leaves its seal alone. */
export interface StoredSeal {
  readonly sequence: number;
  readonly charge_id: string;
  readonly hash: string;
  readonly charge: Charge | null;
}

/** In their order, after that place. */
export async function pageOfSeals(
  sql: Sql,
  accountId: string,
  after: number,
  most: number,
): Promise<StoredSeal[]> {
  const rows = await sql.query<Charge & { sequence: number; sealed_id: string; hash: string }>(
    `select ${CHARGE}, charge_seal.sequence, charge_seal.charge_id as sealed_id, encode(charge_seal.hash, 'hex') as hash
     from charge_seal
     left join charge on charge.account_id = charge_seal.account_id and charge.id = charge_seal.charge_id
     where charge_seal.account_id = $1 and charge_seal.sequence > $2 order by charge_seal.sequence limit $3`,
    [accountId, after, most],
  );
  return rows.map(({ sequence, sealed_id, hash, ...charge }) => ({
    sequence,
    charge_id: sealed_id,
    hash,
    charge: charge.id === null ? null : charge,
  }));
}

/** The hash at a place of the chain; undefined where there is no seal. */
export async function findHashAt(sql: Sql, accountId: string, sequence: number): Promise<string | undefined> {
  const [row] = await sql.query<{ hash: string }>(
    "select encode(hash, 'hex') as hash from charge_seal where account_id = $1 and sequence = $2",
    [accountId, sequence],
  );
  return row?.hash;
}
