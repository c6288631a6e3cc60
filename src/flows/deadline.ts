/**
 * When something is given up: after its time, or earlier where another signal says so. That one may live as long as the process
 * and be followed by every call of it; so nothing stays on it once the work is done. (What `AbortSignal.any` makes is kept by the
 * signals that it follows, for good.)
 */
export interface Deadline {
  /** Aborted by its time as a `TimeoutError`; by the other signal, for that one's reason. */
  readonly signal: AbortSignal;
  /** The work is done. */
  end(): void;
}

export function deadlineIn(milliseconds: number, earlier?: AbortSignal): Deadline {
  const over = new AbortController();
  const end = () => {
    clearTimeout(timer);
    earlier?.removeEventListener("abort", follow);
  };
  const abort = (reason: unknown) => {
    end();
    over.abort(reason);
  };
  const follow = () => abort(earlier?.reason);
  const late = () => abort(new DOMException("It took too long", "TimeoutError"));
  // Holds up no process that has nothing else to do.
  const timer = setTimeout(late, milliseconds).unref();
  if (earlier?.aborted) follow();
  else earlier?.addEventListener("abort", follow, { once: true });
  return { signal: over.signal, end };
}
