/** Customers with licenses and packages, made by an operator's commands; and sides of a comparison that launch them. */
import { type Customer, newCustomer, type Sold, sell } from "../../test/support/customer.ts";
import type { Part } from "../driver/plan.ts";
import type { Side } from "./compare.ts";
import type { LabGateway } from "./lab.ts";
import { launchBody, post } from "./requests.ts";
import { LEARNER_DIGITS, learnerPart, markerParts, type Seeded } from "./seed.ts";

export type { Customer, Sold };

export function customerOf(gateway: LabGateway): Promise<Customer> {
  return newCustomer(gateway.process);
}

export function payPerUse(gateway: LabGateway, customer: Customer): Promise<Sold> {
  return sell(gateway.process, customer, { kind: "pay_per_use" });
}

/** A lot that is never used up, and counted and locked like any other. */
export function volume(gateway: LabGateway, customer: Customer): Promise<Sold> {
  return sell(gateway.process, customer, { kind: "volume", lots: [1_000_000] });
}

export const ALLOWED = '{"outcome":"allowed"';

/** A step that visits learners all over the table, each once in a round: it shares no factor with any count here. */
export const SCATTERED = 1_299_709;

export function relaunches(
  gateway: LabGateway,
  key: Part,
  seeded: Seeded,
  name: string,
): Pick<Side, "name" | "server"> & { request: (run: number) => Part[]; tidy: () => Promise<void> } {
  return {
    name,
    server: gateway,
    request: (run) => {
      const learner = learnerPart(seeded, SCATTERED);
      const marker = markerParts(seeded, SCATTERED);
      return launchRequestOf(gateway, key, launchBody({ nonce: nonce(run), learner, marker }));
    },
    tidy: () => closeLaunches(gateway),
  };
}

let newcomers = 0;

/** Learners whom nobody has seen before. */
export function firstLaunches(
  gateway: LabGateway,
  key: Part,
  name: string,
): Pick<Side, "name" | "server"> & { request: (run: number) => Part[]; tidy: () => Promise<void> } {
  return {
    name,
    server: gateway,
    request: (run) => {
      const prefix = `new-${String(newcomers++).padStart(4, "0")}-`;
      const learner = learnerPart({ prefix, count: 10 ** LEARNER_DIGITS }, 1);
      return launchRequestOf(gateway, key, launchBody({ nonce: nonce(run), learner, marker: null }));
    },
    tidy: () => closeLaunches(gateway),
  };
}

export function nonce(run: number): Part {
  return {
    type: "unique",
    run: `run-${String(run).padStart(3, "0")}-${String(newcomers++).padStart(6, "0")}-`,
  };
}

function launchRequestOf(gateway: LabGateway, key: Part, body: readonly Part[]): Part[] {
  return post(gateway.port, ["/play/", key, "/launch"], body);
}

/** Learners close their course before they come again: else each would have hundreds open at once. */
export async function closeLaunches(gateway: LabGateway): Promise<void> {
  await gateway.sql.query("update launch set closed_at = last_seen_at where closed_at is null");
}
