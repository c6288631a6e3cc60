/** Accounts, their connections, contracts and prices. */
import type { Sql } from "./db.ts";

export interface Account {
  readonly id: string;
  readonly name: string;
  readonly currency: string;
  readonly retake: boolean;
  readonly retake_starts_over: boolean;
  readonly test_identities_most: number;
  readonly created_at: Date;
}

const ACCOUNT = "id, name, currency, retake, retake_starts_over, test_identities_most, created_at";

export async function insertAccount(sql: Sql, account: Account): Promise<void> {
  await sql.query(`insert into account (${ACCOUNT}) values ($1, $2, $3, $4, $5, $6, $7)`, [
    account.id,
    account.name,
    account.currency,
    account.retake,
    account.retake_starts_over,
    account.test_identities_most,
    account.created_at,
  ]);
}

export async function findAccount(sql: Sql, id: string, lock = false): Promise<Account | undefined> {
  return (
    await sql.query<Account>(`select ${ACCOUNT} from account where id = $1 ${lock ? "for update" : ""}`, [id])
  )[0];
}

export function listAccounts(sql: Sql): Promise<Account[]> {
  return sql.query<Account>(`select ${ACCOUNT} from account order by name, id`);
}

export interface Connection {
  readonly account_id: string;
  readonly id: string;
  readonly name: string;
  readonly placeholder_ids: readonly string[];
  readonly spun_off_from: string | null;
  readonly spun_off_origin: string | null;
  readonly to_be_confirmed: boolean;
  readonly created_at: Date;
}

const CONNECTION =
  "account_id, id, name, placeholder_ids, spun_off_from, spun_off_origin, to_be_confirmed, created_at";

/** A second spin-off for the same origin is not made: two launches at once find the first one's. */
export async function insertConnection(sql: Sql, connection: Connection): Promise<void> {
  await sql.query(
    `insert into connection (${CONNECTION}) values ($1, $2, $3, $4, $5, $6, $7, $8)
     on conflict (account_id, spun_off_from, spun_off_origin) do nothing`,
    [
      connection.account_id,
      connection.id,
      connection.name,
      connection.placeholder_ids,
      connection.spun_off_from,
      connection.spun_off_origin,
      connection.to_be_confirmed,
      connection.created_at,
    ],
  );
}

export function listConnections(sql: Sql, accountId: string): Promise<Connection[]> {
  return sql.query<Connection>(
    `select ${CONNECTION} from connection where account_id = $1 order by created_at, id`,
    [accountId],
  );
}

/** A page of them, in the order they were made; after the one with the id `after`. */
export function pageOfConnections(
  sql: Sql,
  accountId: string,
  { after, most }: { readonly after: string | null; readonly most: number },
): Promise<Connection[]> {
  return sql.query<Connection>(
    `select ${CONNECTION} from connection
     where account_id = $1 and ($2::uuid is null or id > $2) order by id limit $3`,
    [accountId, after, most],
  );
}

export async function findSpinOff(
  sql: Sql,
  accountId: string,
  connectionId: string,
  origin: string,
): Promise<Connection | undefined> {
  return (
    await sql.query<Connection>(
      `select ${CONNECTION} from connection where account_id = $1 and spun_off_from = $2 and spun_off_origin = $3`,
      [accountId, connectionId, origin],
    )
  )[0];
}

export interface Contract {
  readonly account_id: string;
  readonly id: string;
  readonly kind: string;
  readonly starts_at: Date;
  readonly ends_at: Date | null;
  readonly created_at: Date;
}

export async function insertContract(sql: Sql, contract: Contract): Promise<void> {
  await sql.query(
    "insert into contract (account_id, id, kind, starts_at, ends_at, created_at) values ($1, $2, $3, $4, $5, $6)",
    [
      contract.account_id,
      contract.id,
      contract.kind,
      contract.starts_at,
      contract.ends_at,
      contract.created_at,
    ],
  );
}

export function listContracts(sql: Sql, accountId: string): Promise<Contract[]> {
  return sql.query<Contract>(
    "select account_id, id, kind, starts_at, ends_at, created_at from contract where account_id = $1 order by starts_at, id",
    [accountId],
  );
}

export interface Price {
  readonly account_id: string;
  readonly id: string;
  readonly kind: string;
  /** Null: any course. */
  readonly course_id: string | null;
  readonly amount_minor: number;
  readonly currency: string;
  readonly valid_from: Date;
}

const PRICE = "account_id, id, kind, course_id, amount_minor, currency, valid_from";

export async function insertPrice(sql: Sql, price: Price): Promise<void> {
  await sql.query(`insert into price (${PRICE}) values ($1, $2, $3, $4, $5, $6, $7)`, [
    price.account_id,
    price.id,
    price.kind,
    price.course_id,
    price.amount_minor,
    price.currency,
    price.valid_from,
  ]);
}

/** The price in force `at`: the course's own before the account's general one, the latest of each. */
export async function findPrice(
  sql: Sql,
  accountId: string,
  kind: string,
  courseId: string | null,
  at: Date,
): Promise<Price | undefined> {
  return (
    await sql.query<Price>(
      `select ${PRICE} from price
       where account_id = $1 and kind = $2 and (course_id = $3 or course_id is null) and valid_from <= $4
       order by (course_id is null), valid_from desc, id desc limit 1`,
      [accountId, kind, courseId, at],
    )
  )[0];
}
