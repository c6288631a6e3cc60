/** `Retry-After`: seconds, or a date (RFC 9110 §10.2.3). @returns Seconds from `at`; null where it says neither. */
export function secondsToWait(written: string | null, at: Date): number | null {
  if (written === null) return null;
  if (/^\d{1,9}$/.test(written)) return Number(written);
  const until = Date.parse(written);
  return Number.isNaN(until) ? null : Math.max(0, (until - at.getTime()) / 1000);
}
