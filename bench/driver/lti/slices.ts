/**
 * Launches over LTI in slices: all logins of a slice, then its tokens are signed, then all posts and pages. Only the first and the
 * last are counted: a platform's signature costs about as much as a launch, and is not what is measured.
 */
import { percentile } from "../closedLoop.ts";
import { Connection } from "../connection.ts";
import type { Measured } from "../plan.ts";
import { type LoggedIn, launch, logIn } from "./browser.ts";
import type { LtiPlan } from "./plan.ts";
import { idTokensOf } from "./platform.ts";

/** @param onBegun Called when the warm-up is over. */
export async function runLtiPlan(plan: LtiPlan, onBegun: () => void): Promise<Measured> {
  const run = new Run(plan);
  try {
    await run.until(plan.warm_up_seconds, plan.warm_up_launches);
    run.reset();
    onBegun();
    const seconds = await run.until(plan.seconds, 1);
    return run.measured(seconds);
  } finally {
    run.close();
  }
}

/** Enough that the end of a phase, where connections wait for the last of them, is little of it; soon enough after the login. */
const LAUNCHES_OF_A_CONNECTION = 10;
/** Threads that Node.js has for it. */
const SIGNED_AT_ONCE = 4;
const LEARNER_DIGITS = 7;

/** A launch under way, and the milliseconds that it has taken so far. */
interface Begun {
  readonly login: LoggedIn;
  milliseconds: number;
}

class Run {
  readonly #plan: LtiPlan;
  readonly #connections: readonly Connection[];
  readonly #idToken: ReturnType<typeof idTokensOf>;
  #index = 0;
  #latencies: number[] = [];
  #failures: string[] = [];

  constructor(plan: LtiPlan) {
    this.#plan = plan;
    this.#connections = Array.from(
      { length: plan.connections },
      () => new Connection(plan.tool.port, "bodies"),
    );
    this.#idToken = idTokensOf(plan);
  }

  reset(): void {
    this.#latencies = [];
    this.#failures = [];
  }

  close(): void {
    for (const connection of this.#connections) connection.close();
  }

  /** Slice by slice, until that much was counted. @returns The seconds that were. */
  async until(seconds: number, launches: number): Promise<number> {
    const before = this.#index;
    let counted = 0;
    while (counted < seconds || this.#index - before < launches) counted += await this.#slice();
    return counted;
  }

  async #slice(): Promise<number> {
    const begun: Begun[] = [];
    const learners = Array.from({ length: this.#connections.length * LAUNCHES_OF_A_CONNECTION }, () =>
      this.#nextLearner(),
    );
    const loggingIn = await this.#phase(learners, async (connection, learner) => {
      const from = performance.now();
      const login = await logIn(connection, this.#plan, learner);
      begun.push({ login, milliseconds: performance.now() - from });
    });
    const signed = await this.#sign(begun);
    const launching = await this.#phase(signed, async (connection, { login, milliseconds, token }) => {
      const from = performance.now();
      await launch(connection, this.#plan, login, token);
      this.#latencies.push(milliseconds + performance.now() - from);
    });
    return loggingIn + launching;
  }

  #nextLearner(): string {
    const { prefix, count } = this.#plan.learners;
    return prefix + String(this.#index++ % count).padStart(LEARNER_DIGITS, "0");
  }

  /** Each connection takes the next one once it is done with the last. @returns The seconds that all took. */
  async #phase<Item>(
    items: readonly Item[],
    work: (connection: Connection, item: Item) => Promise<void>,
  ): Promise<number> {
    const from = performance.now();
    const queue = items.values();
    await Promise.all(
      this.#connections.map(async (connection) => {
        for (const item of queue)
          await work(connection, item).catch((error: unknown) => this.#failures.push(String(error)));
      }),
    );
    return (performance.now() - from) / 1000;
  }

  async #sign(begun: readonly Begun[]): Promise<(Begun & { readonly token: string })[]> {
    const signed: (Begun & { readonly token: string })[] = [];
    for (let from = 0; from < begun.length; from += SIGNED_AT_ONCE) {
      const some = begun.slice(from, from + SIGNED_AT_ONCE);
      const tokens = await Promise.all(some.map(({ login }) => this.#idToken(login)));
      signed.push(...some.map((one, index) => ({ ...one, token: tokens[index] ?? "" })));
    }
    return signed;
  }

  measured(seconds: number): Measured {
    const sorted = Float64Array.from(this.#latencies).sort();
    return {
      requests: sorted.length,
      seconds,
      p50_milliseconds: percentile(sorted, 0.5),
      p99_milliseconds: percentile(sorted, 0.99),
      failures: this.#failures.length,
      first_failure: this.#failures[0] ?? "",
    };
  }
}
