/** Beats that change nothing against a bare route that checks the same signature. */
import type { Bench, BenchOptions } from "../bench.ts";
import { compare, type Side } from "../lab/compare.ts";
import { FLOOR_SECRET, type Lab, type LabGateway, type Server } from "../lab/lab.ts";
import { floorToken, openOnce } from "../lab/opened.ts";
import { post } from "../lab/requests.ts";
import { customerOf, type Sold, volume } from "../lab/sales.ts";
import type { Result } from "../results.ts";

export const beats: Bench = {
  about: "beats that change nothing against a bare Express route that checks the same signature",
  run,
};

const AT_LEAST = 0.7;
/** So many players beat in turn. */
const OPEN_LAUNCHES = { full: 200, quick: 20 } as const;

async function run(lab: Lab, options: BenchOptions): Promise<Result[]> {
  const gateway = await lab.openGateway();
  // A volume seat is confirmed at once: no beat has anything to write.
  const sold = await volume(gateway, await customerOf(gateway));
  const floor = await lab.openFloor("beats.ts", { TOKEN_SECRET: FLOOR_SECRET });
  const results: Result[] = [];
  for (const [words, connections] of [
    ["one by one", 1],
    ["16 at a time", 16],
  ] as const) {
    const what = `beats, ${words}`;
    const sides = await sidesOf(
      gateway,
      sold,
      floor,
      connections,
      OPEN_LAUNCHES[options.quick ? "quick" : "full"],
    );
    const compared = await compare(lab, what, sides, options.pace);
    results.push({ type: "compared", what, compared, needed: { type: "at least", value: AT_LEAST } });
  }
  return results;
}

async function sidesOf(
  gateway: LabGateway,
  sold: Sold,
  floor: Server,
  connections: number,
  players: number,
): Promise<{ floor: Side; ours: Side }> {
  let tokens = await openMany(gateway, sold, players);
  const side = (name: string, server: Server, path: string, expected: string, of: () => string[]): Side => ({
    name,
    server,
    plan: () => {
      const body = ['{"token":"', { type: "choice", from: of(), step: 1 } as const, '"}'];
      return {
        port: server.port,
        request: post(server.port, [path], body),
        expected,
        connections,
        at_once: false,
      };
    },
  });
  return {
    floor: side("floor", floor, "/keep", '{"kept":true', () => tokens.map((token) => floorToken({ token }))),
    ours: {
      ...side("gateway", gateway, "/play/keep", '{"token":', () => tokens),
      // Fresh ones: a player's beats renew its token, the driver's don't.
      tidy: async () => {
        tokens = await openMany(gateway, sold, players);
      },
    },
  };
}

async function openMany(gateway: LabGateway, sold: Sold, players: number): Promise<string[]> {
  const tokens: string[] = [];
  for (let learner = 0; learner < players; learner++)
    tokens.push((await openOnce(gateway, sold, `open-${learner}`)).token);
  return tokens;
}
