/** Chance that can be had again: the same seed, the same requests. */
export interface Chance {
  /** From 0 up to, not including, `below`. */
  number(below: number): number;
  /** True about `times` in a hundred. */
  percent(times: number): boolean;
  pick<Value>(values: readonly Value[]): Value;
}

/** Mulberry32: small, and good enough to choose mistakes by. */
export function chanceOf(seed: number): Chance {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const number = (below: number) => Math.floor(next() * below);
  return {
    number,
    percent: (times) => number(100) < times,
    pick: (values) => {
      if (values.length === 0) throw new Error("nothing to pick from");
      return values[number(values.length)] as (typeof values)[number];
    },
  };
}
