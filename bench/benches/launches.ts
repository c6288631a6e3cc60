/** Launches against the least that a launch could be: verify a token, insert a row. */
import type { Bench, BenchOptions } from "../bench.ts";
import type { Part } from "../driver/plan.ts";
import { type Comparison, compareAll, type Side } from "../lab/compare.ts";
import { DATABASE_CONNECTIONS, FLOOR_SECRET, type Lab, type LabGateway, type Server } from "../lab/lab.ts";
import { floorToken, openOnce } from "../lab/opened.ts";
import { launchBody, post } from "../lab/requests.ts";
import { ALLOWED, customerOf, firstLaunches, nonce, payPerUse, relaunches, type Sold } from "../lab/sales.ts";
import { learnerPart, seedLearners, settle } from "../lab/seed.ts";
import type { Needed, Result } from "../results.ts";

export const launches: Bench = {
  about:
    "relaunches and first launches against a bare Express route that verifies a token and inserts one row",
  run,
};

interface Way {
  readonly words: string;
  readonly connections: number;
  readonly at_once: boolean;
  readonly needed: { readonly relaunch: number; readonly first: number };
}

const WAYS: readonly Way[] = [
  { words: "one by one", connections: 1, at_once: false, needed: { relaunch: 0.65, first: 0.5 } },
  {
    words: "64 at once, wave after wave",
    connections: 64,
    at_once: true,
    needed: { relaunch: 1.5, first: 1.5 },
  },
  {
    words: "256 at once, wave after wave",
    connections: 256,
    at_once: true,
    needed: { relaunch: 1.5, first: 1.5 },
  },
  { words: "64 without a pause", connections: 64, at_once: false, needed: { relaunch: 1.5, first: 1.5 } },
];

const NAMES = { relaunch: "relaunches", first: "first launches" };

async function run(lab: Lab, options: BenchOptions): Promise<Result[]> {
  const gateway = await lab.openGateway();
  const customer = await customerOf(gateway);
  const sold = await payPerUse(gateway, customer);
  const seeded = await seedLearners(gateway.sql, [sold.key], options.quick ? 2000 : 50_000, 1);
  await settle(gateway.sql);
  const floor = await openFloor(lab, gateway, sold);
  const sides = {
    relaunch: relaunches(gateway, sold.key, seeded, "gateway"),
    first: firstLaunches(gateway, sold.key, "gateway"),
  };
  const all: (Comparison & { readonly needed: Needed })[] = WAYS.flatMap(
    ({ words, connections, at_once, needed }) =>
      (["relaunch", "first"] as const).map((which) => {
        const { request, ...side } = sides[which];
        const load = { expected: ALLOWED, connections, at_once };
        const ours: Side = {
          ...side,
          plan: (run) => ({ port: gateway.port, request: request(run), ...load }),
        };
        const theirs: Side = {
          name: "floor",
          server: floor.server,
          tidy: side.tidy,
          plan: (run) => ({ port: floor.server.port, request: floor.request(run), ...load }),
        };
        return {
          what: `${NAMES[which]}, ${words}`,
          sides: { floor: theirs, ours },
          needed: { type: "at least", value: needed[which] },
        };
      }),
  );
  const compared = await compareAll(lab, all, options.pace);
  return all.flatMap(({ what, needed }, index): Result[] => {
    const figures = compared[index];
    return figures ? [{ type: "compared", what, compared: figures, needed }] : [];
  });
}

/** The same body as ours, and a token of the same kind in it. Its rows are of another attempt than anyone's. */
async function openFloor(
  lab: Lab,
  gateway: LabGateway,
  sold: Sold,
): Promise<{ server: Server; request: (run: number) => Part[] }> {
  const server = await lab.openFloor("launches.ts", {
    TOKEN_SECRET: FLOOR_SECRET,
    DATABASE_URL: gateway.databaseUrl,
    DATABASE_CONNECTIONS: String(DATABASE_CONNECTIONS),
    LICENSE_ID: sold.license,
    COURSE_ID: await courseOf(gateway, sold),
  });
  const token = floorToken(await openOnce(gateway, sold, "whoever the floor lets in"));
  return {
    server,
    request: (run) => {
      const learner = learnerPart({ prefix: "floor-", count: 1_000_000 }, 1);
      const body = launchBody({ nonce: nonce(run), learner, marker: null });
      return post(server.port, ["/launch"], [`{"token":"${token}",`, ...withoutBrace(body)]);
    },
  };
}

function withoutBrace([first = "", ...rest]: readonly Part[]): Part[] {
  return [typeof first === "string" ? first.slice(1) : first, ...rest];
}

async function courseOf(gateway: LabGateway, sold: Sold): Promise<string> {
  const { rows } = await gateway.sql.query("select course_id from license where id = $1", [sold.license]);
  return rows[0].course_id;
}
