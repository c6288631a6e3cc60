/** Which stretches of a video were really played, in seconds. Pure. */
export type Stretches = readonly (readonly [number, number])[];

export function merged(stretches: Stretches): Stretches {
  const result: [number, number][] = [];
  for (const [from, to] of [...stretches].sort((left, right) => left[0] - right[0])) {
    const last = result[result.length - 1];
    if (last && from <= last[1]) last[1] = Math.max(last[1], to);
    else if (to > from) result.push([from, to]);
  }
  return result;
}

export function share(stretches: Stretches, duration: number): number {
  if (!(duration > 0) || !Number.isFinite(duration)) return 0;
  const played = merged(stretches).reduce((total, [from, to]) => total + to - from, 0);
  return Math.min(played / duration, 1);
}

export const toText = (stretches: Stretches): string =>
  stretches.map(([from, to]) => `${from.toFixed(1)}-${to.toFixed(1)}`).join(",");

export function fromText(text: string): Stretches {
  return text.split(",").flatMap((part) => {
    const [from, to] = part.split("-").map(Number);
    return from !== undefined && to !== undefined && from >= 0 && to > from ? [[from, to] as const] : [];
  });
}
