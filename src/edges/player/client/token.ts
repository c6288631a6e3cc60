/**
 * The newest launch token. Beats (Worker) and saves (page) are answered in any order: the token of the request
 * that was *asked* last wins, so a stale answer never replaces a newer one.
 */
export class NewestToken {
  #token: string;
  #askedAt: number;

  constructor(token: string, askedAt: number) {
    this.#token = token;
    this.#askedAt = askedAt;
  }

  get value(): string {
    return this.#token;
  }

  /** Whether it was newer and is now the one to use. */
  offer(token: string, askedAt: number): boolean {
    if (askedAt < this.#askedAt) return false;
    this.#token = token;
    this.#askedAt = askedAt;
    return true;
  }
}

/** Milliseconds on a clock that page and Worker share and that only ever rises. */
export const sharedNow = (): number => performance.timeOrigin + performance.now();
