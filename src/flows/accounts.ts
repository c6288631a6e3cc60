/** Accounts and contracts (RULES §1, §3.1). */
import { Fault } from "../core/faults.ts";
import { findKind, KIND_NAMES } from "../core/licensing/kinds/index.ts";
import {
  type Account,
  type Connection,
  type Contract,
  findAccount,
  findContract,
  insertAccount,
  insertConnection,
  insertContract,
  type OriginsMode,
  setContractEnd,
} from "../store/accounts.ts";
import type { Sql } from "../store/db.ts";
import { type By, writeAudit } from "./audited.ts";
import type { Context } from "./context.ts";

export interface NewAccount {
  readonly name: string;
  readonly currency: string;
  readonly retake: boolean;
  readonly retake_starts_over: boolean;
}

const TEST_IDENTITIES_MOST = 3;

/** Every account starts with one connection (RULES §1). */
export async function createAccount(
  context: Context,
  by: By,
  wanted: NewAccount,
): Promise<{ account: Account; connection: Connection }> {
  const at = context.deps.clock.now();
  const account: Account = {
    id: context.deps.newId(),
    ...wanted,
    test_identities_most: TEST_IDENTITIES_MOST,
    instructors_are_test_identities: false,
    created_at: at,
    closed_at: null,
  };
  const connection = newConnection(context, account.id, "LMS", at);
  await context.db.transaction(async (sql) => {
    await insertAccount(sql, account);
    await insertConnection(sql, connection);
    await writeAudit(context, sql, by, at, {
      account_id: account.id,
      action: "account.create",
      subject: ["account", account.id],
      before: null,
      after: wanted,
    });
  });
  return { account, connection };
}

export async function createConnection(
  context: Context,
  by: By,
  accountId: string,
  wanted: {
    readonly name: string;
    readonly placeholder_ids?: readonly string[] | undefined;
    readonly origins_mode?: OriginsMode | undefined;
    readonly allowed_origins?: readonly string[] | undefined;
    readonly teachers_add_courses?: boolean | undefined;
  },
): Promise<Connection> {
  const at = context.deps.clock.now();
  const settings = {
    name: wanted.name,
    placeholder_ids: wanted.placeholder_ids ?? [],
    origins_mode: wanted.origins_mode ?? modeFor(wanted.allowed_origins ?? []),
    allowed_origins: wanted.allowed_origins ?? [],
    teachers_add_courses: wanted.teachers_add_courses ?? true,
  };
  const connection = { ...newConnection(context, accountId, wanted.name, at), ...settings };
  await context.db.transaction(async (sql) => {
    await requireAccount(sql, accountId);
    await insertConnection(sql, connection);
    await writeAudit(context, sql, by, at, {
      account_id: accountId,
      action: "connection.create",
      subject: ["connection", connection.id],
      before: null,
      after: settings,
    });
  });
  return connection;
}

/** Who names origins means those and no others, unless they say so. */
export function modeFor(allowedOrigins: readonly string[]): OriginsMode {
  return allowedOrigins.length > 0 ? "confirmed" : "learn";
}

function newConnection(context: Context, accountId: string, name: string, at: Date): Connection {
  return {
    account_id: accountId,
    id: context.deps.newId(),
    name,
    placeholder_ids: [],
    origins_mode: "learn",
    teachers_add_courses: true,
    allowed_origins: [],
    refused_origins: [],
    spun_off_from: null,
    spun_off_origin: null,
    to_be_confirmed: false,
    created_at: at,
  };
}

/** @throws Fault `not_found`. */
export async function requireAccount(sql: Sql, accountId: string, lock = false): Promise<Account> {
  const account = await findAccount(sql, accountId, lock);
  if (!account) throw new Fault("not_found", `account: found none with the id ${accountId}.`);
  return account;
}

/**
 * Locked, so that it is not closed meanwhile.
 * @throws Fault `not_found`, `account_closed`.
 */
export async function requireOpenAccount(sql: Sql, accountId: string): Promise<Account> {
  const account = await requireAccount(sql, accountId, true);
  if (account.closed_at) throw new Fault("account_closed", "account_id: the account is closed.");
  return account;
}

/** A contract lets an account have licenses of a kind that is not bought ahead (RULES §3.1). */
export async function createContract(
  context: Context,
  by: By,
  wanted: { account_id: string; kind: string; starts_at: Date | null; ends_at: Date | null },
): Promise<Contract> {
  const at = context.deps.clock.now();
  requireContractKind(wanted.kind);
  const starts_at = wanted.starts_at ?? at;
  if (wanted.ends_at && wanted.ends_at <= starts_at)
    throw new Fault("body_invalid", "ends_at: expected a time after starts_at.");
  const contract: Contract = { ...wanted, starts_at, id: context.deps.newId(), created_at: at };
  await context.db.transaction(async (sql) => {
    await requireAccount(sql, wanted.account_id);
    await insertContract(sql, contract);
    await writeAudit(context, sql, by, at, {
      account_id: wanted.account_id,
      action: "contract.create",
      subject: ["contract", contract.id],
      before: null,
      after: { kind: contract.kind, starts_at: contract.starts_at, ends_at: contract.ends_at },
    });
  });
  return contract;
}

/**
 * From its end on, no new seats are opened; running ones go on (RULES §3.1). Not in the past: what was decided stays.
 * @param check Is handed the contract as it is, with the row locked; throws where the change is not to be made.
 */
export async function endContract(
  context: Context,
  by: By,
  accountId: string,
  contractId: string,
  wantedEnd: Date | null,
  check: (current: Contract) => void,
): Promise<Contract> {
  const at = context.deps.clock.now();
  if (wantedEnd && wantedEnd < at) throw new Fault("body_invalid", "ends_at: expected now or later.");
  return context.db.transaction(async (sql) => {
    const current = await requireContract(sql, accountId, contractId, true);
    check(current);
    if (current.ends_at && current.ends_at <= at)
      throw new Fault("conflict", "ends_at: the contract has ended; make another one.");
    if (wantedEnd && wantedEnd <= current.starts_at)
      throw new Fault("body_invalid", "ends_at: expected a time after starts_at.");
    const changed: Contract = { ...current, ends_at: wantedEnd };
    await setContractEnd(sql, changed);
    await writeAudit(context, sql, by, at, {
      account_id: accountId,
      action: "contract.change",
      subject: ["contract", contractId],
      before: { ends_at: current.ends_at },
      after: { ends_at: wantedEnd },
    });
    return changed;
  });
}

/** @throws Fault `not_found`, also for another account's contract. */
export async function requireContract(
  sql: Sql,
  accountId: string,
  contractId: string,
  lock = false,
): Promise<Contract> {
  const contract = await findContract(sql, accountId, contractId, lock);
  if (!contract)
    throw new Fault("not_found", `contract: found none with the id ${contractId} in this account.`);
  return contract;
}

function requireContractKind(name: string): void {
  const kind = findKind(name);
  if (!kind)
    throw new Fault(
      "body_invalid",
      `kind: found ${JSON.stringify(name)}, expected one of ${KIND_NAMES.join(", ")}.`,
    );
  if (!kind.needs_contract) throw new Fault("body_invalid", `kind: ${name} needs no contract.`);
}
