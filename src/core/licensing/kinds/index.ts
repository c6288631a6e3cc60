/** What we sell: one line a kind. */
import type { LicenseKind } from "../kind.ts";
import { payPerUse } from "./payPerUse.ts";
import { volume } from "./volume.ts";

const KINDS: readonly LicenseKind[] = [payPerUse, volume];

export const KIND_NAMES: readonly string[] = KINDS.map((kind) => kind.name);

/** Kinds that need a running contract and a price. */
export const CONTRACT_KIND_NAMES: readonly string[] = KINDS.filter((kind) => kind.needs_contract).map(
  (kind) => kind.name,
);

/** The kind under which an account's own administrators add courses (RULES §7). */
export const LIBRARY_KIND: LicenseKind = payPerUse;

/** Undefined where no such kind is known. */
export function findKind(name: string): LicenseKind | undefined {
  return KINDS.find((kind) => kind.name === name);
}

/** The kind of a stored license; start-up has made sure that every stored kind is known. */
export function kindOf(name: string): LicenseKind {
  const kind = findKind(name);
  if (!kind) throw new Error(`Unknown license kind ${JSON.stringify(name)}`);
  return kind;
}
