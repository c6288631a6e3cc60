/** The ledger: charges, corrections of charges, and the check that none was tampered with. */
import { z } from "zod";
import { Fault } from "../../../core/faults.ts";
import { showMoney } from "../../../core/money.ts";
import { creditCharge } from "../../../flows/ledger/corrections.ts";
import { BREAKS, verifyLedger } from "../../../flows/ledger/verifyLedger.ts";
import { findCharge, type ListedCharge, pageOfCharges } from "../../../store/charges.ts";
import type { Sql } from "../../../store/db.ts";
import { type PageRequest, paged, pageOf, pageQuery } from "../paging.ts";
import { defineRoute, type Route, reply } from "../route.ts";
import { currency, id, MOST_MINOR_UNITS, minorUnits, moment, queryNumber, wholeNumber } from "../schemas.ts";

export const chargeShape = z
  .object({
    id,
    account_id: id,
    license_id: id,
    course_id: id.nullable(),
    learner_id: id.nullable(),
    seat_id: id.nullable(),
    reason: z.string().meta({ description: "What it is for, as `seat`; or `correction`." }),
    launch_id: id.nullable().meta({ description: "The launch that made it." }),
    rule: z.string().meta({
      description: "Why then: `launches`, `open_time`, `at_once` …; of a correction, `credited`.",
    }),
    open_seconds: z.int().nullable().meta({
      description:
        "For how long the launch had been open, as the beat had it that made the charge. Null: no beat did.",
    }),
    price_id: id.nullable(),
    amount_minor: minorUnits,
    currency,
    shown: z.string().meta({ description: "For people.", examples: ["12.50 EUR"] }),
    corrects_charge_id: id.nullable(),
    credited_minor: minorUnits.meta({ description: "What its corrections have credited so far." }),
    sequence: z
      .int()
      .nullable()
      .meta({ description: "Its place in the account's chain; null for the seconds until it is sealed." }),
    hash: z.string().nullable().meta({ description: "The seal: SHA-256, hexadecimal." }),
    statement_id: id.nullable().meta({ description: "Null: its period was not closed yet." }),
    made_at: moment,
  })
  .meta({ id: "Charge" });

export const showCharge = (charge: ListedCharge): z.output<typeof chargeShape> => ({
  ...charge,
  shown: showMoney(charge),
});

const MOST_CHECKED = 20_000;

const verificationShape = z
  .object({
    account_id: id,
    checked: z.int().meta({ description: "How many seals were checked." }),
    sequence: z.int().meta({ description: "Up to this place of the chain." }),
    hash: z.string().meta({ description: "Of the last seal that holds." }),
    next_after: z
      .int()
      .nullable()
      .meta({ description: "Go on after this place. Null: checked to the end, or broken." }),
    unsealed: z
      .int()
      .nullable()
      .meta({ description: "Charges that wait for their seal; known at the end of the chain." }),
    broken: z
      .object({
        type: z.enum(BREAKS),
        sequence: z.int().nullable(),
        charge_id: id.nullable(),
        statement_id: id.nullable(),
      })
      .nullable()
      .meta({ description: "Where it first breaks. Null: nowhere." }),
  })
  .meta({ id: "LedgerVerification" });

/** @throws Fault `not_found`. */
export async function requireCharge(sql: Sql, accountId: string, chargeId: string): Promise<ListedCharge> {
  const charge = await findCharge(sql, accountId, chargeId);
  if (!charge) throw new Fault("not_found", `charge: found none with the id ${chargeId} in this account.`);
  return charge;
}

export const CHARGE_ROUTES: readonly Route[] = [
  defineRoute({
    id: "charges.list",
    tag: "Charges",
    method: "get",
    path: "/accounts/{account_id}/charges",
    permission: "reports",
    need: "see",
    summary: "List the charges, newest first, each with its evidence",
    query: pageQuery({
      license_id: id.optional(),
      learner_id: id.optional(),
      corrects_charge_id: id.optional().meta({ description: "Corrections of this charge." }),
      from: moment.optional().meta({ description: "Made from this time on." }),
      until: moment.optional().meta({ description: "Made before this time." }),
    }),
    answers: { 200: pageOf(chargeShape) },
    faults: [],
    run: async (call) => {
      const { context, params, query } = call;
      const read = (page: PageRequest) => pageOfCharges(context.db, params.account_id, query, page);
      return reply(200, await paged(call, read, showCharge));
    },
  }),
  defineRoute({
    id: "charges.get",
    tag: "Charges",
    method: "get",
    path: "/accounts/{account_id}/charges/{charge_id}",
    permission: "reports",
    need: "see",
    summary: "Read a charge",
    answers: { 200: chargeShape },
    faults: [],
    run: async ({ context, params: { account_id, charge_id } }) =>
      reply(200, showCharge(await requireCharge(context.db, account_id, charge_id))),
  }),
  defineRoute({
    id: "charges.credit",
    tag: "Charges",
    method: "post",
    path: "/accounts/{account_id}/charges/{charge_id}/corrections",
    permission: "corrections",
    need: "change",
    settles: true,
    summary: "Credit a charge, wholly or in part",
    description:
      "The charge stands; a second line takes back what it says. All of them together are never more than the charge. It is settled with the period that it is made in; the `Audit-Reason` says why.",
    body: z.strictObject({
      amount_minor: wholeNumber(1, MOST_MINOR_UNITS)
        .optional()
        .meta({ description: "How much. All that is not credited yet, if not given." }),
    }),
    answers: { 201: chargeShape },
    faults: ["conflict"],
    run: async ({ context, by, params: { account_id, charge_id }, body }) => {
      const amount_minor = body.amount_minor ?? null;
      const { id: correction_id } = await creditCharge(context, by, { account_id, charge_id, amount_minor });
      const made = showCharge(await requireCharge(context.db, account_id, correction_id));
      return reply(201, made, { location: `/accounts/${account_id}/charges/${correction_id}` });
    },
  }),
  defineRoute({
    id: "ledger.verify",
    tag: "Charges",
    method: "get",
    path: "/accounts/{account_id}/ledger/verification",
    permission: "reports",
    need: "see",
    summary: "Check that no charge was changed, taken away or put in between",
    description: `Hashes the charges again, up to ${MOST_CHECKED} at a time, and says where the chain first breaks; at its end, also whether each statement is still the sum of its lines. How to check it by other means: docs/statements.md.`,
    query: z.strictObject({
      after: queryNumber(0, 1e15).optional().meta({ description: "The `next_after` of the part before." }),
    }),
    answers: { 200: verificationShape },
    faults: [],
    run: async ({ context, params: { account_id }, query }) =>
      reply(200, await verifyLedger(context, account_id, query.after ?? 0, MOST_CHECKED)),
  }),
];
