/**
 * The chain of an account's charges: what is hashed for a seal (docs/statements.md says it to whoever checks it by other
 * means). Each seal covers the one before it, so that what is changed, left out or put in between shows.
 */

/** Before the first seal. */
export const FIRST_HASH = "0".repeat(64);

/** Whatever is kept of a charge, in this order. A field may be added: of charges that lack it, nothing changes. */
export const SEALED_FIELDS = [
  "account_id",
  "amount_minor",
  "corrects_charge_id",
  "course_id",
  "currency",
  "id",
  "launch_id",
  "learner_id",
  "license_id",
  "made_at",
  "open_seconds",
  "price_id",
  "reason",
  "rule",
  "seat_id",
] as const;

export type SealedFields = Readonly<Record<(typeof SEALED_FIELDS)[number], string | number | Date | null>>;

/** JSON without spaces: the hash before it, the place in the chain, and the fields that are not null; times as RFC 3339 in UTC. */
export function sealedText(hashBefore: string, sequence: number, charge: SealedFields): string {
  const fields = SEALED_FIELDS.filter((field) => charge[field] !== null).map((field) => [
    field,
    charge[field],
  ]);
  return JSON.stringify([hashBefore, sequence, Object.fromEntries(fields)]);
}
