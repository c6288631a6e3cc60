/** Launches over LTI 1.3, from the login to the first page, against applications on ltijs that do the same work. */
import type { Bench, BenchOptions } from "../bench.ts";
import type { LtiPlan, LtiPlatform, LtiTool } from "../driver/lti/plan.ts";
import { interleave, type Measurable, summarize } from "../lab/compare.ts";
import { install } from "../lab/install.ts";
import { DATABASE_CONNECTIONS, type Lab, type Server } from "../lab/lab.ts";
import { type LoadDriver, startLoadDriver } from "../lab/loadDriver.ts";
import { openPlatform } from "../lab/ltiPlatform.ts";
import { ALLOWED, closeLaunches, customerOf, volume } from "../lab/sales.ts";
import type { Result } from "../results.ts";

export const lti: Bench = {
  about: "launches over LTI 1.3 (login, signed post, first page) against applications on ltijs",
  run,
};

const INSTALLED = ["ltijs@5.9.9", "ltijs-sequelize@2.4.4"];
const FLOORS = [
  { words: "ltijs-sequelize", script: "ltijsSequelize.ts", at_least: 5 },
  { words: "ltijs with a plugin tuned by hand", script: "ltijsPostgres.ts", at_least: 3 },
] as const;

const WAYS = [
  { words: "returning learners, one by one", returning: true, connections: 1, promised: false },
  { words: "returning learners, 64 at a time", returning: true, connections: 64, promised: true },
  { words: "new learners, 64 at a time", returning: false, connections: 64, promised: true },
] as const;
/** So many come back in turn: more than are on their way at once, for ltijs loses one of two launches of one learner. */
const RETURNING = { full: 2000, quick: 200 } as const;

const RETURNING_PREFIX = "returning-";

/** A tool, and the process that it is. */
interface Door {
  readonly name: string;
  readonly server: Server;
  readonly tool: LtiTool;
  readonly tidy?: () => Promise<void>;
}

async function run(lab: Lab, options: BenchOptions): Promise<Result[]> {
  const folder = await install(lab, ...INSTALLED);
  const platform = await openPlatform();
  const driver = await startLoadDriver<LtiPlan>(lab.log, "lti/main.ts");
  try {
    const floors = await Promise.all(FLOORS.map((floor) => openLtijs(lab, folder, platform, floor)));
    const doors = [...floors, await openOurs(lab, platform)];
    return await compareAll(lab, options, driver, platform, doors);
  } finally {
    await driver.end();
    platform.close();
  }
}

async function openLtijs(
  lab: Lab,
  folder: string,
  { origin, client_id }: LtiPlatform,
  { words, script }: (typeof FLOORS)[number],
): Promise<Door> {
  const server = await lab.openFloor(script, {
    FOLDER: folder,
    DATABASE_URL: await lab.createDatabase(),
    DATABASE_CONNECTIONS: String(DATABASE_CONNECTIONS),
    ISSUER: origin,
    CLIENT_ID: client_id,
  });
  const own = `http://127.0.0.1:${server.port}`;
  const tool = {
    port: server.port,
    login_url: `${own}/login`,
    target_link_uri: `${own}/`,
    page_has: "<h1>Welcome</h1>",
    ticket: null,
  };
  return { name: words, server, tool };
}

/** Registered by its own command line, as an administrator would by hand. */
async function openOurs(lab: Lab, { origin, client_id }: LtiPlatform): Promise<Door> {
  const gateway = await lab.openGateway({ LTI_TRUSTED_ORIGINS: origin });
  const sold = await volume(gateway, await customerOf(gateway));
  const { account, license } = sold;
  const delivery = await gateway.process.operate<{
    readonly connection_id: string;
    readonly lti: { readonly launch_url: string };
  }>("delivery create", { account, license, format: "lti" });
  await gateway.process.operate("lti register", {
    account,
    name: "A platform",
    issuer: origin,
    client_id,
    authorization_url: `${origin}/authorize`,
    token_url: `${origin}/token`,
    jwks_url: `${origin}/jwks`,
    connection: delivery.connection_id,
  });
  const tool = {
    port: gateway.port,
    login_url: `${gateway.process.appOrigin}/lti/login`,
    target_link_uri: delivery.lti.launch_url,
    page_has: "/player/player.js",
    ticket: { path: "/play/lti/launch", expected: ALLOWED },
  };
  return { name: "gateway", server: gateway, tool, tidy: () => closeLaunches(gateway) };
}

async function compareAll(
  lab: Lab,
  options: BenchOptions,
  driver: LoadDriver<LtiPlan>,
  platform: LtiPlatform,
  doors: readonly Door[],
): Promise<Result[]> {
  const results: Result[] = [];
  const returning = RETURNING[options.quick ? "quick" : "full"];
  for (const { tool } of doors) await bringAll(driver, { platform, tool }, returning);
  for (const way of WAYS) {
    const sides = doors.map(
      ({ tool, ...door }): Measurable => ({
        ...door,
        measure: (run, times, onBegun) =>
          driver.run({ platform, tool, ...visitsOf(way, run, returning), ...times }, onBegun),
      }),
    );
    const figures = await interleave(lab, way.words, sides, options.pace);
    const ours = figures.at(-1) ?? [];
    for (const [which, { words, at_least }] of FLOORS.entries())
      results.push({
        type: "compared",
        what: `${way.words}, against ${words}`,
        compared: summarize(figures[which] ?? [], ours),
        needed: way.promised ? { type: "at least", value: at_least } : { type: "nothing" },
      });
  }
  return results;
}

/** Whoever returns has come once before anything is counted. */
async function bringAll(
  driver: LoadDriver<LtiPlan>,
  of: Pick<LtiPlan, "platform" | "tool">,
  count: number,
): Promise<void> {
  const learners = { prefix: RETURNING_PREFIX, count };
  const times = { warm_up_launches: count, warm_up_seconds: 0, seconds: 0 };
  const { failures, first_failure } = await driver.run(
    { ...of, learners, connections: 16, ...times },
    () => undefined,
  );
  if (failures > 0) throw new Error(`Learners could not come for the first time: ${first_failure}`);
}

function visitsOf(
  { returning, connections }: (typeof WAYS)[number],
  run: number,
  count: number,
): Pick<LtiPlan, "learners" | "connections" | "warm_up_launches"> {
  const learners = returning
    ? { prefix: RETURNING_PREFIX, count }
    : { prefix: `new-${run}-`, count: 1_000_000 };
  return { learners, connections, warm_up_launches: 1 };
}
