/** Compares what a crowd was told with what the gateway has written down: nothing missing, nothing double. */
import { expect } from "@jest/globals";
import { type Acknowledged, savedStateOf } from "./crowd.ts";
import { type LaunchRow, learnersOf, type Sold, tallyOf } from "./customer.ts";
import type { GatewayProcess } from "./gatewayProcess.ts";

/** For a crowd that has stopped: everyone has launched twice, so everyone's one seat is confirmed and charged once. */
export async function expectNothingLost(
  gateway: GatewayProcess,
  sold: Sold,
  acknowledged: Acknowledged,
): Promise<void> {
  const learners = await learnersOf(gateway, sold);
  const internal = (learner: string) => learners.get(learner) ?? `${learner} is missing`;
  const everyone = [...new Set(acknowledged.launches.map(({ learner }) => learner))];
  const expected = everyone.map(internal).sort();

  expect(acknowledged.lost).toEqual([]);
  expect([...acknowledged.confirmed].sort()).toEqual(everyone.sort());
  const { seats, charges, attempts } = await tallyOf(gateway, sold);
  expect(seats.map((seat) => seat.learner_id).sort()).toEqual(expected);
  expect(seats.filter((seat) => seat.status !== "confirmed")).toEqual([]);
  expect(charges.map((charge) => charge.learner_id).sort()).toEqual(expected);
  expect(attempts.map((attempt) => attempt.learner_id).sort()).toEqual(expected);
  expect(attempts.filter((attempt) => attempt.launches !== 2)).toEqual([]);

  const rows = await allLaunches(gateway, sold, [...learners.values()]);
  const shown = rows.map(({ id, nonce }) => `${nonce} ${id}`).sort();
  expect(shown).toEqual(acknowledged.launches.map(({ nonce, launch_id }) => `${nonce} ${launch_id}`).sort());

  const states = await inTurns(everyone, (learner) => savedStateOf(gateway.contentOrigin, sold.key, learner));
  expect(states).toEqual(everyone.map((learner) => acknowledged.saved.get(learner)));
}

async function allLaunches(
  gateway: GatewayProcess,
  { account, license }: Sold,
  learners: readonly string[],
): Promise<LaunchRow[]> {
  const lists = await inTurns(learners, (learner) =>
    gateway.operate<LaunchRow[]>("launch list", { account, license, learner, most: 1000 }),
  );
  return lists.flat();
}

const AT_ONCE = 10;

/** A few at once: there may be thousands. */
async function inTurns<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  const rest = items.entries();
  const worker = async () => {
    for (const [index, item] of rest) results[index] = await work(item);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return results;
}
