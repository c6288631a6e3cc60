import { boundedSeconds, MOST_SESSION_SECONDS } from "../../../core/bounds.ts";

/**
 * Seconds that the learner spent in each activity since the launch began. What a SCO reports about itself
 * wins over what we measured: SCORM's total time is the sum of its session times (SCORM 2004 RTE 4.2.25).
 */
export class SessionTimes {
  readonly #now: () => number;
  readonly #began: number;
  readonly #past: Map<string, number>;
  #open: { readonly item: string; readonly since: number; reported: number | null } | null = null;

  /** `past`: what an earlier page of the same launch had counted. */
  constructor(nowMilliseconds: () => number, past: Readonly<Record<string, number>>) {
    this.#past = new Map(Object.entries(past));
    this.#now = nowMilliseconds;
    this.#began = nowMilliseconds();
  }

  open(item: string): void {
    this.close();
    this.#open = { item, since: this.#now(), reported: null };
  }

  close(): void {
    if (this.#open === null) return;
    this.#past.set(this.#open.item, this.of(this.#open.item));
    this.#open = null;
  }

  /**
   * The SCO set its session time. What can't be read (null) or can't be meant, as of one that never set when it began, is
   * taken as not said: added to the total, it would use up the time that an item allows.
   */
  reported(item: string, seconds: number | null): void {
    if (this.#open?.item !== item) return;
    this.#open.reported = seconds !== null && seconds <= MOST_SESSION_SECONDS ? seconds : null;
  }

  of(item: string): number {
    const past = this.#past.get(item) ?? 0;
    if (this.#open?.item !== item) return past;
    return past + (this.#open.reported ?? this.#elapsed(this.#open.since));
  }

  /** Measured time of the open item, whatever it reports: what a time limit counts. */
  get openSeconds(): number {
    return this.#open === null ? 0 : this.#elapsed(this.#open.since);
  }

  get all(): Readonly<Record<string, number>> {
    const items = new Set([...this.#past.keys(), ...(this.#open === null ? [] : [this.#open.item])]);
    return Object.fromEntries([...items].map((item) => [item, hundredths(boundedSeconds(this.of(item)))]));
  }

  get launchSeconds(): number {
    return hundredths(this.#elapsed(this.#began));
  }

  #elapsed(since: number): number {
    return (this.#now() - since) / 1000;
  }
}

const hundredths = (seconds: number): number => Math.round(seconds * 100) / 100;
