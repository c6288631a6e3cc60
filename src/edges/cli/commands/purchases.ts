/** Prices and orders. */
import { z } from "zod";
import { type Money, showMoney } from "../../../core/money.ts";
import { account, command, given, id, most, rowsOf, wholeNumber } from "../command.ts";

/** As `100=12.5`: from 100 on, 12.5 % less. */
const tiers = z
  .array(
    z.string().regex(/^\d{1,9}=\d{1,3}(\.\d{1,2})?%?$/, { error: "expected quantity=percent, as 100=12.5" }),
  )
  .transform((written) =>
    written.map((tier) => {
      const [quantity = "", percent = ""] = tier.replace("%", "").split("=");
      const [whole = "", hundredths = ""] = percent.split(".");
      return {
        from_quantity: Number(quantity),
        discount_basis_points: Number(whole) * 100 + Number(hundredths.padEnd(2, "0")),
      };
    }),
  );

const LINE_FIELDS: Readonly<Record<string, string>> = {
  license: "license_id",
  kind: "kind",
  course: "course_id",
  bundle: "bundle_id",
  quantity: "quantity",
  starts: "starts_at",
  ends: "ends_at",
};

/** As `kind=subscription,bundle=<id>,quantity=20,term_length=annual`; what is none of a line's fields is a term of the license. */
const lines = z
  .array(z.string().regex(/^\w+=[^,=]+(,\w+=[^,=]+)*$/, { error: "expected name=value,name=value" }))
  .min(1)
  .transform((written) => written.map(lineOf));

function lineOf(written: string): object {
  const pairs = written.split(",").map((pair) => pair.split("=") as [name: string, value: string]);
  const fields = pairs.filter(([name]) => Object.hasOwn(LINE_FIELDS, name));
  const terms = pairs.filter(([name]) => !Object.hasOwn(LINE_FIELDS, name));
  return {
    ...Object.fromEntries(fields.map(([name, value]) => [LINE_FIELDS[name], numberOr(value)])),
    ...(terms.length > 0
      ? { terms: Object.fromEntries(terms.map(([name, value]) => [name, numberOr(value)])) }
      : {}),
  };
}

function numberOr(value: string): number | string {
  return /^\d{1,15}$/.test(value) ? Number(value) : value;
}

const toBuy = {
  ...account,
  line: lines.describe(
    "license=<id>,quantity=5; or of a new license kind=volume,course=<id>,quantity=5 with its terms; may be repeated",
  ),
};

interface Listed extends Money {
  readonly lines: readonly object[];
}

export const PURCHASE_COMMANDS = {
  "price create": command(
    "Set what one costs, from now or from a later time",
    {
      ...account,
      kind: z.string(),
      amount: wholeNumber.describe("in minor units: 1250 is 12.50 EUR"),
      course: id.optional().describe("of this course only"),
      bundle: id.optional().describe("of this bundle only"),
      covers: z.string().optional().describe("unit, or overage: each beyond what was bought"),
      "term-months": wholeNumber
        .optional()
        .describe("of a subscription's terms of this length only: 1 or 12"),
      tier: tiers.optional().describe("a discount by quantity, as 100=12.5 (percent); may be repeated"),
      from: z.string().optional(),
    },
    async ({ api }, asked) => ({
      made: await api.post(
        `/accounts/${asked.account}/prices`,
        given({
          kind: asked.kind,
          amount_minor: asked.amount,
          course_id: asked.course,
          bundle_id: asked.bundle,
          covers: asked.covers,
          term_months: asked["term-months"],
          tiers: asked.tier,
          valid_from: asked.from,
        }),
      ),
    }),
  ),
  "price list": command(
    "List an account's prices",
    { ...account, kind: z.string().optional(), course: id.optional(), bundle: id.optional(), ...most },
    (call, { account: of, course: course_id, bundle: bundle_id, ...asked }) =>
      rowsOf(call, `/accounts/${of}/prices`, { course_id, bundle_id, ...asked }),
  ),
  "order create": command(
    "Buy: new licenses, or more of those that there are",
    toBuy,
    async ({ api }, asked) => ({
      made: await api.post(`/accounts/${asked.account}/orders`, { lines: asked.line }),
    }),
  ),
  "order quote": command(
    "Say what an order would cost, without making it",
    toBuy,
    async ({ api }, asked) => ({
      made: await api.post(`/accounts/${asked.account}/quotes`, { lines: asked.line }),
    }),
  ),
  "order list": command(
    "List an account's orders",
    {
      ...account,
      reason: z.string().optional().describe("purchase, renewal or correction"),
      license: id.optional(),
      kind: z.string().optional(),
      from: z.string().optional(),
      until: z.string().optional(),
      ...most,
    },
    async ({ api }, { account: of, license: license_id, most: atMost, ...asked }) => {
      const orders = await api.list<Listed>(`/accounts/${of}/orders`, { license_id, ...asked }, atMost);
      return {
        rows: orders.map((order) => ({ ...order, lines: order.lines.length, shown: showMoney(order) })),
      };
    },
  ),
  "order show": command(
    "Show an order with its lines",
    { ...account, order: id },
    async ({ api }, asked) => ({
      made: await api.get(`/accounts/${asked.account}/orders/${asked.order}`),
    }),
  ),
  "order correct": command(
    "Take back a part of what a line of an order bought, and credit it",
    { ...account, order: id, corrects: id.describe("the line's id"), quantity: wholeNumber },
    async ({ api }, asked) => ({
      made: await api.post(`/accounts/${asked.account}/orders/${asked.order}/corrections`, {
        line_id: asked.corrects,
        quantity: asked.quantity,
      }),
    }),
  ),
} as const;
