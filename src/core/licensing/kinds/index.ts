/** What we sell: one line a kind. */
import type { LicenseKind, Terms } from "../kind.ts";
import { courseAssignment } from "./courseAssignment.ts";
import { monthlyCredits } from "./monthlyCredits.ts";
import { monthlyUsers } from "./monthlyUsers.ts";
import { payPerUse } from "./payPerUse.ts";
import { population } from "./population.ts";
import { seats } from "./seats.ts";
import { subscription } from "./subscription.ts";
import { volume } from "./volume.ts";

export const KINDS: readonly LicenseKind[] = [
  payPerUse,
  volume,
  subscription,
  population,
  courseAssignment,
  seats,
  monthlyCredits,
  monthlyUsers,
];

export const KIND_NAMES: readonly string[] = KINDS.map((kind) => kind.name);

/** Kinds that need a running contract. */
export const CONTRACT_KIND_NAMES: readonly string[] = KINDS.filter((kind) => kind.needs_contract).map(
  (kind) => kind.name,
);

/** Kinds under which learners have the license assigned (RULES §3.5). */
export const ASSIGNED_KIND_NAMES: readonly string[] = KINDS.filter((kind) => kind.is_assigned).map(
  (kind) => kind.name,
);

/** Kinds of which one seat covers every course of the license, whatever its terms. */
export const LEARNER_KIND_NAMES: readonly string[] = KINDS.filter(
  (kind) => kind.rules(usualTerms(kind)).seat_covers === "learner",
).map((kind) => kind.name);

/** Kinds whose periods follow one another by themselves (RULES §3.3). */
export const RENEWING_KIND_NAMES: readonly string[] = KINDS.filter((kind) => kind.renews).map(
  (kind) => kind.name,
);

/** Kinds whose seats are freed when their learner is deactivated (RULES §3.6). */
export const FREED_KIND_NAMES: readonly string[] = KINDS.filter((kind) => kind.frees_on_deactivation).map(
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

function usualTerms({ terms }: LicenseKind): Terms {
  return Object.fromEntries(Object.entries(terms).map(([field, { fallback }]) => [field, fallback]));
}
