/** Runs a plan: every connection asks again once it is answered, or all of them at once, in waves. */
import { type Answer, Connection } from "./connection.ts";
import { fillIn, type Measured, type Plan } from "./plan.ts";

/** @param onBegun Called when the warm-up is over. */
export async function runPlan(plan: Plan, onBegun: () => void): Promise<Measured> {
  const connections = await openAll(plan);
  const run = new Run(plan, connections);
  try {
    await run.during(plan.warm_up_seconds);
    run.reset();
    onBegun();
    const seconds = await run.during(plan.seconds);
    return run.measured(seconds);
  } finally {
    for (const connection of connections) connection.close();
  }
}

async function openAll(plan: Plan): Promise<Connection[]> {
  const connections = Array.from({ length: plan.connections }, () => new Connection(plan.port));
  await Promise.all(connections.map((connection) => connection.open()));
  return connections;
}

class Run {
  readonly #plan: Plan;
  readonly #connections: readonly Connection[];
  #index = 0;
  #latencies: number[] = [];
  #failures = 0;
  #firstFailure = "";

  constructor(plan: Plan, connections: readonly Connection[]) {
    this.#plan = plan;
    this.#connections = connections;
  }

  reset(): void {
    this.#latencies = [];
    this.#failures = 0;
    this.#firstFailure = "";
  }

  /** @returns The seconds until the last answer. */
  async during(seconds: number): Promise<number> {
    if (seconds === 0) return 0;
    const begun = performance.now();
    const end = begun + seconds * 1000;
    if (this.#plan.at_once) await this.#waves(end);
    else await Promise.all(this.#connections.map((connection) => this.#askUntil(end, connection)));
    return (performance.now() - begun) / 1000;
  }

  async #waves(end: number): Promise<void> {
    while (performance.now() < end)
      await Promise.all(this.#connections.map((connection) => this.#ask(connection)));
  }

  async #askUntil(end: number, connection: Connection): Promise<void> {
    while (performance.now() < end) await this.#ask(connection);
  }

  async #ask(connection: Connection): Promise<void> {
    const request = fillIn(this.#plan.request, this.#index++);
    const begun = performance.now();
    try {
      const answer = await connection.ask(request);
      if (!this.#isExpected(answer)) this.#failed(`${answer.status} ${answer.body}`);
    } catch (error) {
      this.#failed(String(error));
    }
    this.#latencies.push(performance.now() - begun);
  }

  #isExpected({ status, body }: Answer): boolean {
    return status === 200 && body.startsWith(this.#plan.expected);
  }

  #failed(how: string): void {
    this.#failures++;
    this.#firstFailure ||= how;
  }

  measured(seconds: number): Measured {
    const sorted = Float64Array.from(this.#latencies).sort();
    return {
      requests: sorted.length,
      seconds,
      p50_milliseconds: percentile(sorted, 0.5),
      p99_milliseconds: percentile(sorted, 0.99),
      failures: this.#failures,
      first_failure: this.#firstFailure,
    };
  }
}

/** @param sorted Smallest first. */
export function percentile(sorted: ArrayLike<number>, part: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
}
