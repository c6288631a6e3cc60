/** Accounts, their connections and contracts. */
import { LOCKED, type Sql } from "./db.ts";
import type { Page } from "./listing/page.ts";

export interface Account {
  readonly id: string;
  readonly name: string;
  readonly currency: string;
  readonly retake: boolean;
  readonly retake_starts_over: boolean;
  readonly test_identities_most: number;
  /** With their first launch over LTI (RULES §6). */
  readonly instructors_are_test_identities: boolean;
  readonly created_at: Date;
  /** Closed for good: it can be read and no longer changed, and nothing of it opens. */
  readonly closed_at: Date | null;
}

const ACCOUNT =
  "id, name, currency, retake, retake_starts_over, test_identities_most, instructors_are_test_identities, created_at, closed_at";

export async function insertAccount(sql: Sql, account: Account): Promise<void> {
  await sql.query(`insert into account (${ACCOUNT}) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`, [
    account.id,
    account.name,
    account.currency,
    account.retake,
    account.retake_starts_over,
    account.test_identities_most,
    account.instructors_are_test_identities,
    account.created_at,
    account.closed_at,
  ]);
}

export async function updateAccount(sql: Sql, account: Account): Promise<void> {
  await sql.query(
    `update account set name = $2, retake = $3, retake_starts_over = $4, test_identities_most = $5, instructors_are_test_identities = $6,
       closed_at = $7
     where id = $1`,
    [
      account.id,
      account.name,
      account.retake,
      account.retake_starts_over,
      account.test_identities_most,
      account.instructors_are_test_identities,
      account.closed_at,
    ],
  );
}

export async function findAccount(sql: Sql, id: string, lock = false): Promise<Account | undefined> {
  return (
    await sql.query<Account>(`select ${ACCOUNT} from account where id = $1 ${lock ? LOCKED : ""}`, [id])
  )[0];
}

export function listAccounts(sql: Sql): Promise<Account[]> {
  return sql.query<Account>(`select ${ACCOUNT} from account order by name, id`);
}

export function pageOfAccounts(
  sql: Sql,
  filter: { readonly name?: string | undefined; readonly closed?: boolean | undefined },
  { after, most }: Page,
): Promise<Account[]> {
  return sql.query<Account>(
    `select ${ACCOUNT} from account
     where ($1::text is null or strpos(lower(name), lower($1)) > 0)
       and ($2::boolean is null or (closed_at is not null) = $2) and ($3::uuid is null or id < $3)
     order by id desc limit $4`,
    [filter.name ?? null, filter.closed ?? null, after, most],
  );
}

export type OriginsMode = "learn" | "confirmed";

export interface Connection {
  readonly account_id: string;
  readonly id: string;
  readonly name: string;
  readonly placeholder_ids: readonly string[];
  /** `learn`: launches may come from anywhere but the refused origins; `confirmed`: from the allowed ones alone. */
  readonly origins_mode: OriginsMode;
  readonly allowed_origins: readonly string[];
  readonly refused_origins: readonly string[];
  readonly spun_off_from: string | null;
  readonly spun_off_origin: string | null;
  readonly to_be_confirmed: boolean;
  /** Whether teachers add courses to it that no administrator has added before; else they pick among those. */
  readonly teachers_add_courses: boolean;
  readonly created_at: Date;
}

const CONNECTION =
  "account_id, id, name, placeholder_ids, origins_mode, allowed_origins, refused_origins, spun_off_from, spun_off_origin, to_be_confirmed, created_at, teachers_add_courses";

/** A second spin-off for the same origin is not made: two launches at once find the first one's. */
export async function insertConnection(
  sql: Sql,
  connection: Omit<Connection, "origins_mode" | "refused_origins" | "teachers_add_courses"> &
    Partial<Pick<Connection, "origins_mode" | "teachers_add_courses">>,
): Promise<void> {
  await sql.query(
    `insert into connection (${CONNECTION}) values ($1, $2, $3, $4, $5, $6, '{}', $7, $8, $9, $10, $11)
     on conflict (account_id, spun_off_from, spun_off_origin) do nothing`,
    [
      connection.account_id,
      connection.id,
      connection.name,
      connection.placeholder_ids,
      connection.origins_mode ?? "learn",
      connection.allowed_origins,
      connection.spun_off_from,
      connection.spun_off_origin,
      connection.to_be_confirmed,
      connection.created_at,
      connection.teachers_add_courses ?? true,
    ],
  );
}

export function listConnections(sql: Sql, accountId: string): Promise<Connection[]> {
  return sql.query<Connection>(
    `select ${CONNECTION} from connection where account_id = $1 order by created_at, id`,
    [accountId],
  );
}

export function pageOfConnections(
  sql: Sql,
  accountId: string,
  filter: { readonly to_be_confirmed?: boolean | undefined },
  { after, most }: Page,
): Promise<Connection[]> {
  return sql.query<Connection>(
    `select ${CONNECTION} from connection
     where account_id = $1 and ($2::boolean is null or to_be_confirmed = $2) and ($3::uuid is null or id < $3)
     order by id desc limit $4`,
    [accountId, filter.to_be_confirmed ?? null, after, most],
  );
}

export async function findConnection(
  sql: Sql,
  accountId: string,
  id: string,
  lock = false,
): Promise<Connection | undefined> {
  return (
    await sql.query<Connection>(
      `select ${CONNECTION} from connection where account_id = $1 and id = $2 ${lock ? LOCKED : ""}`,
      [accountId, id],
    )
  )[0];
}

export async function updateConnection(sql: Sql, connection: Connection): Promise<void> {
  await sql.query(
    `update connection set name = $3, placeholder_ids = $4, allowed_origins = $5, origins_mode = $6, refused_origins = $7,
       teachers_add_courses = $8
     where account_id = $1 and id = $2`,
    [
      connection.account_id,
      connection.id,
      connection.name,
      connection.placeholder_ids,
      connection.allowed_origins,
      connection.origins_mode,
      connection.refused_origins,
      connection.teachers_add_courses,
    ],
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

const CONTRACT = "account_id, id, kind, starts_at, ends_at, created_at";

export async function insertContract(sql: Sql, contract: Contract): Promise<void> {
  await sql.query(`insert into contract (${CONTRACT}) values ($1, $2, $3, $4, $5, $6)`, [
    contract.account_id,
    contract.id,
    contract.kind,
    contract.starts_at,
    contract.ends_at,
    contract.created_at,
  ]);
}

export function listContracts(sql: Sql, accountId: string): Promise<Contract[]> {
  return sql.query<Contract>(
    `select ${CONTRACT} from contract where account_id = $1 order by starts_at, id`,
    [accountId],
  );
}

export function pageOfContracts(
  sql: Sql,
  accountId: string,
  filter: { readonly kind?: string | undefined },
  { after, most }: Page,
): Promise<Contract[]> {
  return sql.query<Contract>(
    `select ${CONTRACT} from contract
     where account_id = $1 and ($2::text is null or kind = $2) and ($3::uuid is null or id < $3)
     order by id desc limit $4`,
    [accountId, filter.kind ?? null, after, most],
  );
}

export async function findContract(
  sql: Sql,
  accountId: string,
  id: string,
  lock = false,
): Promise<Contract | undefined> {
  return (
    await sql.query<Contract>(
      `select ${CONTRACT} from contract where account_id = $1 and id = $2 ${lock ? LOCKED : ""}`,
      [accountId, id],
    )
  )[0];
}

export async function setContractEnd(sql: Sql, contract: Contract): Promise<void> {
  await sql.query("update contract set ends_at = $3 where account_id = $1 and id = $2", [
    contract.account_id,
    contract.id,
    contract.ends_at,
  ]);
}
