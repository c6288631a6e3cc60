/**
 * The sealer. Charges commit without waiting for anybody; this gives them their places in their account's chain afterwards,
 * within seconds and many at once. Any number of sealers may run: who holds the end of a chain adds to it, alone.
 *
 * What is sealed is what can be seen and is not sealed, whatever its id or time: a charge whose transaction commits late is
 * found by the transaction that wrote it (docs/decisions/ledger.md).
 */
import { createHash } from "node:crypto";
import { FIRST_HASH, sealedText } from "../../core/ledger.ts";
import type { Charge } from "../../store/charges.ts";
import type { Sql } from "../../store/db.ts";
import {
  addSeals,
  beforeAll,
  beforeAllOf,
  beginChains,
  type ChainEnd,
  findHorizon,
  findUnsealed,
  lockChains,
  readEndedBefore,
  readUnsealed,
  type Seal,
  setHorizon,
  type Unsealed,
} from "../../store/ledger.ts";
import type { Context } from "../context.ts";

/** In one transaction. */
const CHARGES_AT_ONCE = 1000;

/** Seals what there is. @returns How many charges. */
export async function runDueSeals(
  { db, deps }: Pick<Context, "db" | "deps">,
  stopping?: AbortSignal,
): Promise<number> {
  const horizon = await findHorizon(db);
  const endedBefore = await readEndedBefore(db);
  let [sealed, isAll] = [0, true];
  for (let place = beforeAll(horizon); ; ) {
    const found = await findUnsealed(db, place, CHARGES_AT_ONCE);
    if (found.length > 0) {
      const batch = await db.transaction((sql) => sealFound(sql, found, deps.clock.now()));
      sealed += batch.sealed;
      isAll &&= batch.isAll;
    }
    place = found.at(-1)?.place ?? place;
    if (found.length < CHARGES_AT_ONCE) break;
    if (stopping?.aborted) return sealed;
  }
  // Where nothing was to do, the next look is as cheap as this one.
  if (isAll && (sealed > 0 || horizon === null)) await setHorizon(db, endedBefore);
  return sealed;
}

interface Batch {
  readonly sealed: number;
  /** False: somebody else holds a chain. What it lacks, they may not have seen. */
  readonly isAll: boolean;
}

async function sealFound(sql: Sql, found: readonly Unsealed[], at: Date): Promise<Batch> {
  const accounts = [...new Set(found.map(({ account_id }) => account_id))];
  await beginChains(sql, accounts, FIRST_HASH);
  const ends = await lockChains(sql, accounts, true);
  const charges = await extend(sql, ends, found, at);
  return { sealed: charges, isAll: ends.length === accounts.length };
}

/**
 * Seals all of an account's charges that can be seen, and holds the chain until the transaction ends: whoever closes a period
 * bills what is sealed, and nothing else.
 */
export async function sealAccount(sql: Sql, accountId: string, at: Date): Promise<ChainEnd> {
  await beginChains(sql, [accountId], FIRST_HASH);
  for (let place = beforeAllOf(accountId); ; ) {
    const ends = await lockChains(sql, [accountId], false);
    const [end] = ends;
    if (!end) throw new Error(`Account ${accountId} has no chain`);
    const found = await findUnsealed(sql, place, CHARGES_AT_ONCE);
    if (found.length === 0) return end;
    await extend(sql, ends, found, at);
    place = found.at(-1)?.place ?? place;
  }
}

/** @param ends Held. @returns How many were sealed. */
async function extend(
  sql: Sql,
  ends: readonly ChainEnd[],
  found: readonly Unsealed[],
  at: Date,
): Promise<number> {
  const newest = new Map(ends.map((end) => [end.account_id, end]));
  const charges = await readUnsealed(
    sql,
    [...newest.keys()],
    found.map(({ id }) => id),
  );
  if (charges.length === 0) return 0;
  const seals: Seal[] = [];
  for (const charge of charges) {
    const seal = sealAfter(newest.get(charge.account_id), charge);
    newest.set(charge.account_id, seal);
    seals.push(seal);
  }
  await addSeals(sql, seals, [...newest.values()], at);
  return seals.length;
}

function sealAfter(end: ChainEnd | undefined, charge: Charge): Seal {
  if (!end) throw new Error(`The chain of charge ${charge.id} is not held`);
  const sequence = end.sequence + 1;
  return {
    account_id: charge.account_id,
    sequence,
    charge_id: charge.id,
    hash: hashOf(end.hash, sequence, charge),
  };
}

/** SHA-256, hexadecimal. */
export function hashOf(hashBefore: string, sequence: number, charge: Charge): string {
  return createHash("sha256")
    .update(sealedText(hashBefore, sequence, charge))
    .digest("hex");
}
