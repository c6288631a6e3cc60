const STEPS_SECONDS = [1, 2, 5, 10, 20, 30] as const;

/** The wait before try number `failures + 1`, up to a quarter longer by chance, so that a crowd doesn't return at once. */
export function backoffMilliseconds(failures: number, chance: number): number {
  const step = STEPS_SECONDS[Math.min(Math.max(failures, 1), STEPS_SECONDS.length) - 1] ?? 30;
  return Math.round(step * 1000 * (1 + chance / 4));
}
