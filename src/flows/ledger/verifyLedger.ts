/**
 * Checks an account's chain: hashes every charge again, in its place, and says where it first breaks. A part at a time, so
 * that no request takes long; each part begins with the seal that the one before ended with.
 */
import { FIRST_HASH } from "../../core/ledger.ts";
import {
  type ChainEnd,
  countUnsealed,
  findChainEnd,
  findHashAt,
  pageOfSeals,
  type StoredSeal,
} from "../../store/ledger.ts";
import { findBrokenStatements } from "../../store/statements.ts";
import type { Context } from "../context.ts";
import { hashOf } from "./sealCharges.ts";

/**
 * `charge_changed`: a charge is not what was sealed, or its seal is not. `charge_missing`, `seal_missing`: it is gone.
 * `chain_cut`: the chain ends elsewhere than it did. `statement_changed`: a statement is not the sum of its lines, these are
 * not what was charged, or the chain is not the one that it was closed with.
 */
export const BREAKS = [
  "charge_changed",
  "charge_missing",
  "seal_missing",
  "chain_cut",
  "statement_changed",
] as const;

export interface Break {
  readonly type: (typeof BREAKS)[number];
  /** In the chain; null of statements. */
  readonly sequence: number | null;
  readonly charge_id: string | null;
  readonly statement_id: string | null;
}

export interface Verification {
  readonly account_id: string;
  /** How many seals were checked. */
  readonly checked: number;
  /** Up to this place of the chain. */
  readonly sequence: number;
  /** Of the last seal that holds. */
  readonly hash: string;
  /** Where to go on; null: it is checked to its end, or it is broken. */
  readonly next_after: number | null;
  /** Charges that have no seal yet; known at the end. */
  readonly unsealed: number | null;
  /** Where it breaks first; null: nowhere. */
  readonly broken: Break | null;
}

const SEALS_AT_ONCE = 5000;

/** @param after The place in the chain to begin after; 0: from the first. @param most How many seals to check. */
export async function verifyLedger(
  context: Context,
  accountId: string,
  after: number,
  most: number,
): Promise<Verification> {
  // Before the seals: what is sealed meanwhile comes after it.
  const end = await findChainEnd(context.db, accountId);
  let link: Link = { sequence: after, hash: await hashBefore(context, accountId, after) };
  const so_far = (
    broken: Break | null,
    next_after: number | null,
    unsealed: number | null,
  ): Verification => ({
    account_id: accountId,
    checked: link.sequence - after,
    sequence: link.sequence,
    hash: link.hash,
    next_after,
    unsealed,
    broken,
  });
  while (link.sequence - after < most) {
    const wanted = Math.min(SEALS_AT_ONCE, after + most - link.sequence);
    const seals = await pageOfSeals(context.db, accountId, link.sequence, wanted);
    for (const seal of seals) {
      const broken = breakAt(link, seal);
      if (broken) return so_far(broken, null, null);
      link = seal;
    }
    if (seals.length < wanted) {
      const broken = (await cutOf(context, end, link)) ?? (await brokenStatement(context, accountId));
      return so_far(broken, null, await countUnsealed(context.db, accountId));
    }
  }
  return so_far(null, link.sequence, null);
}

type Link = Pick<StoredSeal, "sequence" | "hash">;

async function hashBefore({ db }: Context, accountId: string, after: number): Promise<string> {
  return after === 0 ? FIRST_HASH : ((await findHashAt(db, accountId, after)) ?? FIRST_HASH);
}

function breakAt(link: Link, seal: StoredSeal): Break | null {
  const { charge_id } = seal;
  const sequence = link.sequence + 1;
  if (seal.sequence !== sequence)
    return { type: "seal_missing", sequence, charge_id: null, statement_id: null };
  if (!seal.charge) return { type: "charge_missing", sequence, charge_id, statement_id: null };
  if (hashOf(link.hash, sequence, seal.charge) !== seal.hash)
    return { type: "charge_changed", sequence, charge_id, statement_id: null };
  return null;
}

/** The chain's end, as it was known before: it may have grown since, and never shrinks. */
async function cutOf({ db }: Context, end: ChainEnd | undefined, last: Link): Promise<Break | null> {
  const cut = { type: "chain_cut", charge_id: null, statement_id: null } as const;
  if (!end) return last.sequence === 0 ? null : { ...cut, sequence: last.sequence };
  if (end.sequence > last.sequence) return { ...cut, sequence: last.sequence + 1 };
  const hash = end.sequence === 0 ? FIRST_HASH : await findHashAt(db, end.account_id, end.sequence);
  return hash === end.hash ? null : { ...cut, sequence: end.sequence };
}

async function brokenStatement({ db }: Context, accountId: string): Promise<Break | null> {
  const [statement_id] = await findBrokenStatements(db, accountId, 1);
  return statement_id === undefined
    ? null
    : { type: "statement_changed", sequence: null, charge_id: null, statement_id };
}
