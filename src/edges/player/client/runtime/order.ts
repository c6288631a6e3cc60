/**
 * The order in which stored elements go back into a data model: arrays by index, and in each entry what the
 * others depend on first (an interaction's `id`, then its `type`, then its responses; SCORM 2004 RTE 4.2.9).
 */
const FIRST = ["id", "type"];

export function inLoadingOrder(elements: Readonly<Record<string, string>>): readonly [string, string][] {
  return Object.entries(elements).sort(([left], [right]) => compare(left.split("."), right.split(".")));
}

function compare(left: readonly string[], right: readonly string[]): number {
  const length = Math.min(left.length, right.length);
  for (let index = 0; index < length; index += 1) {
    const difference = compareSegments(left[index] ?? "", right[index] ?? "");
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

function compareSegments(left: string, right: string): number {
  if (left === right) return 0;
  const numbers = [Number(left), Number(right)] as const;
  if (Number.isInteger(numbers[0]) && Number.isInteger(numbers[1])) return numbers[0] - numbers[1];
  const rank = (segment: string) => (FIRST.includes(segment) ? FIRST.indexOf(segment) : FIRST.length);
  return rank(left) - rank(right) || (left < right ? -1 : 1);
}
