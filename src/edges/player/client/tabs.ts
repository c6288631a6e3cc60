/**
 * One tab at a time per attempt, by Web Locks: a lock is gone with its page, however that went, so a reload is
 * never mistaken for a second tab.
 */
export type Hold =
  | { readonly type: "held"; readonly release: () => void; readonly lost: Promise<void> }
  | { readonly type: "elsewhere" }
  /** The browser gives no locks here, as with all cookies blocked. */
  | { readonly type: "unavailable" };

const open = (attempt: string): string => `tallygate:${attempt}:open`;
/** Held a moment longer than `open`: until the tab that lost it has saved for the last time. */
const saving = (attempt: string): string => `tallygate:${attempt}:saving`;

const LAST_SAVE_WITHIN_MILLISECONDS = 3_000;

export async function hold(attempt: string): Promise<Hold> {
  return take(open(attempt), { ifAvailable: true });
}

/** As soon as the other tab is gone; `unavailable` when `signal` ends the waiting first. */
export async function holdWhenFree(attempt: string, signal: AbortSignal): Promise<Hold> {
  const held = await take(open(attempt), { signal });
  if (held.type === "held") await lastSave(attempt);
  return held;
}

/** Takes the course over from the other tab, and waits until that has saved what it had. */
export async function takeOver(attempt: string): Promise<Hold> {
  const held = await take(open(attempt), { steal: true });
  await lastSave(attempt);
  return held;
}

async function lastSave(attempt: string): Promise<void> {
  const settled = await take(saving(attempt), {
    signal: AbortSignal.timeout(LAST_SAVE_WITHIN_MILLISECONDS),
  });
  if (settled.type === "held") settled.release();
}

/** The sign that this tab still saves; let go when it has stopped. */
export async function holdSaving(attempt: string): Promise<Hold> {
  return take(saving(attempt), { ifAvailable: true });
}

function take(name: string, options: LockOptions): Promise<Hold> {
  return new Promise((resolve) => {
    let release = () => {};
    let lose = () => {};
    const lost = new Promise<void>((resolveLost) => {
      lose = resolveLost;
    });
    const untilReleased = (lock: Lock | null): Promise<void> | undefined => {
      if (lock === null) {
        resolve({ type: "elsewhere" });
        return undefined;
      }
      return new Promise<void>((resolveReleased) => {
        release = resolveReleased;
        resolve({ type: "held", release: () => release(), lost });
      });
    };
    try {
      // Rejected: stolen by another tab, timed out, or forbidden. Only the first finds someone waiting.
      navigator.locks.request(name, options, untilReleased).catch(() => {
        lose();
        resolve({ type: "unavailable" });
      });
    } catch {
      resolve({ type: "unavailable" });
    }
  });
}
