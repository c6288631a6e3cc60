/** The plan simulator: what really happened, under another plan. */
import { z } from "zod";
import { runSimulation, type SimulationResult } from "../../../flows/simulate.ts";
import { defineRoute, type Route, reply } from "../route.ts";
import { currency, id, kindName, MOST_MINOR_UNITS, minorUnits, moment, wholeNumber } from "../schemas.ts";

const MOST_SEATS = 10_000_000;
const MOST_LICENSES = 100;
const MOST_PURCHASES = 100;
const MOST_PRICES = 100;
const EPOCH = new Date(0);

const termValue = z.union([z.number(), z.string().max(100)], { error: "expected a number or a word" });

const purchase = z.strictObject({
  quantity: wholeNumber(1, MOST_SEATS),
  ordered_at: moment.nullable().default(null).meta({ description: "Null: at the simulation's start." }),
  starts_at: moment.nullable().default(null).meta({ description: "As in an order." }),
  ends_at: moment.nullable().default(null),
});

const price = z
  .strictObject({
    amount_minor: wholeNumber(0, MOST_MINOR_UNITS),
    covers: z.enum(["unit", "overage"], { error: "expected unit or overage" }).default("unit"),
    course_id: id.nullable().default(null),
    valid_from: moment.nullable().default(null).meta({ description: "Null: all the time." }),
    tiers: z
      .array(
        z.strictObject({
          from_quantity: wholeNumber(2, MOST_SEATS),
          discount_basis_points: wholeNumber(1, 10_000),
        }),
      )
      .max(20)
      .default([]),
  })
  .transform(({ valid_from, ...rest }) => ({
    ...rest,
    bundle_id: null,
    term_months: null,
    valid_from: valid_from ?? EPOCH,
  }));

const wantedSimulation = z.strictObject({
  license_ids: z.array(id).min(1).max(MOST_LICENSES).nullable().default(null).meta({
    description: "Whose launches; null: those of all licenses.",
  }),
  course_id: id.nullable().default(null).meta({ description: "Of this course alone." }),
  from: moment.nullable().default(null).meta({ description: "Null: twelve months before `until`." }),
  until: moment.nullable().default(null).meta({ description: "Null: now. At most 36 months in all." }),
  plan: z.strictObject({
    kind: kindName,
    terms: z.record(z.string().max(100), termValue).default({}),
    retake: z.boolean().nullable().default(null).meta({ description: "Null: as the account says." }),
    purchases: z.array(purchase).max(MOST_PURCHASES).nullable().default(null).meta({
      description: "What would be bought ahead; null: as it really was, of licenses of this kind.",
    }),
    prices: z
      .array(price)
      .min(1)
      .max(MOST_PRICES)
      .nullable()
      .default(null)
      .meta({ description: "Null: the account's own." }),
  }),
});

const denied = z
  .record(z.string(), z.int())
  .meta({ description: "Launches that would have been denied, by code." });

const simulationShape = z
  .object({
    currency,
    kind: z.string(),
    from: moment,
    until: moment,
    words: z.array(z.string()).meta({ description: "The result, for people." }),
    simulated: z.object({
      amount_minor: minorUnits.meta({ description: "The three below, in minor units." }),
      ordered_minor: minorUnits,
      charged_minor: minorUnits,
      overage_minor: minorUnits,
      launches: z.int(),
      seats: z.int(),
      charges: z.int(),
      overage: z.int().meta({ description: "Seats beyond what was bought." }),
      denied,
      unpriced: z.int().meta({
        description: "Orders, charges and seats beyond what was bought without a price in force: in no sum.",
      }),
    }),
    real: z.object({ charged_minor: minorUnits, ordered_minor: minorUnits }).meta({
      description: "What the ledger and the orders say of the same licenses and the same time.",
    }),
    months: z.array(
      z.object({
        month: z.string().meta({ examples: ["2026-01"] }),
        launches: z.int(),
        seats: z.int(),
        charges: z.int(),
        charged_minor: minorUnits,
        ordered_minor: minorUnits,
        overage: z.int(),
        unpriced: z.int(),
        denied,
      }),
    ),
    lots: z.array(
      z.object({ quantity: z.int(), taken: z.int(), starts_at: moment, ends_at: moment.nullable() }),
    ),
  })
  .meta({ id: "Simulation" });

function shown(result: SimulationResult): z.output<typeof simulationShape> {
  return {
    ...result,
    words: [...result.words],
    simulated: { ...result.simulated, denied: counted(result.simulated.denied) },
    months: result.months.map((each) => ({
      ...each,
      month: each.month.toISOString().slice(0, 7),
      denied: counted(each.denied),
    })),
    lots: result.lots.map(({ quantity, taken, starts_at, ends_at }) => ({
      quantity,
      taken,
      starts_at,
      ends_at,
    })),
  };
}

function counted(codes: Readonly<Partial<Record<string, number>>>): Record<string, number> {
  return Object.fromEntries(Object.entries(codes).map(([code, count]) => [code, count ?? 0]));
}

export const SIMULATION_ROUTES: readonly Route[] = [
  defineRoute({
    id: "simulations.run",
    tag: "Usage",
    method: "post",
    path: "/accounts/{account_id}/simulations",
    permission: "plan_simulator",
    need: "see",
    reads: true,
    summary: "Say what the account's real history would have cost under another plan",
    description: `Replays launches and reported activities under the kind, terms, purchases and prices given, as if that plan had
begun at \`from\`. Changes nothing.`,
    body: wantedSimulation,
    answers: { 200: simulationShape },
    faults: [],
    run: async ({ context, params: { account_id }, body }) =>
      reply(200, shown(await runSimulation(context, { account_id, ...body }))),
  }),
];
