/**
 * The soak's driver: finds out what the machine can do, then asks at half of that by the clock. What is late is late from the
 * moment when it was due, not from when a connection became free: a server that stalls can't hide it.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { percentile } from "../driver/closedLoop.ts";
import { Connection } from "../driver/connection.ts";
import { createPeople, type People } from "./people.ts";
import {
  type FromSoak,
  KINDS,
  type Kind,
  type Latencies,
  type Soaked,
  type SoakPlan,
  type ToSoak,
} from "./plan.ts";

const CAPACITY_CONNECTIONS = 32;
const WARM_UP_SECONDS = 5;
/** What finds none of them free waits, and is late. */
const MOST_CONNECTIONS = 400;
const TICK_MILLISECONDS = 2;

const tell = (message: FromSoak) => process.send?.(message);

process.on("message", ({ plan }: ToSoak) => {
  soak(plan).then(
    (soaked) => tell({ type: "finished", soaked }),
    (error: unknown) => tell({ type: "failed", error: String(error) }),
  );
});
process.on("disconnect", () => process.exit(0));
tell({ type: "ready" });

async function soak(plan: SoakPlan): Promise<Soaked> {
  const people = createPeople(plan);
  await capacity(plan, people, WARM_UP_SECONDS);
  const perSecond = await capacity(plan, people, plan.capacity_seconds);
  tell({ type: "capacity", per_second: perSecond });
  return atRate(plan, people, perSecond / 2);
}

/** @returns How much was done a second, by as many as keep the machine busy. */
async function capacity({ port }: SoakPlan, people: People, seconds: number): Promise<number> {
  const begun = performance.now();
  let done = 0;
  const connections = Array.from({ length: CAPACITY_CONNECTIONS }, () => new Connection(port, "bodies"));
  await Promise.all(
    connections.map(async (connection) => {
      while (performance.now() - begun < seconds * 1000) {
        const failure = await people.act(people.next(), connection);
        if (failure) throw new Error(failure);
        done++;
      }
      connection.close();
    }),
  );
  return done / ((performance.now() - begun) / 1000);
}

async function atRate(plan: SoakPlan, people: People, perSecond: number): Promise<Soaked> {
  const free: Connection[] = [];
  let connections = 0;
  const waiting: (() => void)[] = [];
  const latencies = new Map<Kind, number[]>(KINDS.map((kind) => [kind, []]));
  let failures = 0;
  let firstFailure = "";

  const take = async (): Promise<Connection> => {
    const idle = free.pop();
    if (idle) return idle;
    if (connections < MOST_CONNECTIONS) {
      connections++;
      return new Connection(plan.port, "bodies");
    }
    await new Promise<void>((resolve) => waiting.push(resolve));
    return take();
  };
  const act = async (due: number) => {
    const kind = people.next();
    const connection = await take();
    const failure = await people.act(kind, connection).catch(String);
    latencies.get(kind)?.push(performance.now() - due);
    free.push(connection);
    waiting.shift()?.();
    if (!failure) return;
    failures++;
    firstFailure ||= `${kind}: ${failure}`;
  };

  const begun = performance.now();
  const end = begun + plan.seconds * 1000;
  let underWay = 0;
  for (let number = 0; performance.now() < end; ) {
    const due = begun + (number * 1000) / perSecond;
    if (due > performance.now()) {
      await sleep(TICK_MILLISECONDS);
      continue;
    }
    number++;
    underWay++;
    void act(due).finally(() => underWay--);
  }
  while (underWay > 0) await sleep(TICK_MILLISECONDS);
  for (const connection of free) connection.close();
  const of = (kinds: readonly Kind[]) => latenciesOf(kinds.flatMap((kind) => latencies.get(kind) ?? []));
  return {
    per_second: perSecond,
    failures,
    first_failure: firstFailure,
    launches: of(["first_launch", "relaunch"]),
    kinds: Object.fromEntries(KINDS.map((kind) => [kind, of([kind])])) as Record<Kind, Latencies>,
  };
}

function latenciesOf(values: readonly number[]): Latencies {
  const sorted = Float64Array.from(values).sort();
  return {
    requests: sorted.length,
    p50_milliseconds: percentile(sorted, 0.5),
    p99_milliseconds: percentile(sorted, 0.99),
  };
}
