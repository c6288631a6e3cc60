/** The player's own scripts that are fetched when they are needed. */
import { backoffMilliseconds } from "./backoff.ts";

/** Scripts that lie beside the player's own. */
export const besidePlayer = (name: string): string => new URL(name, import.meta.url).href;

export interface ImportDeps {
  readonly load: (address: string) => Promise<unknown>;
  readonly chance: () => number;
  readonly setTimer: (callback: () => void, milliseconds: number) => number;
  readonly clearTimer: (timer: number) => void;
}

const IN_PAGE: ImportDeps = {
  load: (address) => import(address),
  chance: Math.random,
  setTimer: (callback, milliseconds) => window.setTimeout(callback, milliseconds),
  clearTimer: (timer) => window.clearTimeout(timer),
};

const MOST_TRIES = 3;
/** All tries together take less than the two minutes that would charge a seat (RULES §3.1). */
const ARRIVES_WITHIN_MILLISECONDS = 30_000;

/**
 * A script that does not come, or hangs on its way, is asked for again. Browsers remember that the module at an address could
 * not be had, some of them until the page is loaded anew: so every try has an address of its own.
 *
 * @throws What the last try failed by.
 */
export async function importOwn<Module>(name: string, deps: ImportDeps = IN_PAGE): Promise<Module> {
  const address = besidePlayer(name);
  for (let tries = 1; ; tries += 1) {
    try {
      return (await importInTime(tries === 1 ? address : `${address}?try=${tries}`, deps)) as Module;
    } catch (error) {
      if (tries === MOST_TRIES) throw error;
    }
    await new Promise<void>((resolve) => {
      deps.setTimer(resolve, backoffMilliseconds(tries, deps.chance()));
    });
  }
}

function importInTime(address: string, deps: ImportDeps): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const timer = deps.setTimer(
      () => reject(new Error(`${address} did not arrive in time`)),
      ARRIVES_WITHIN_MILLISECONDS,
    );
    deps
      .load(address)
      .then(resolve, reject)
      .finally(() => deps.clearTimer(timer));
  });
}
