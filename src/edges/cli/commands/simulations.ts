/** The plan simulator. */
import { z } from "zod";
import { account, command, given, id, terms, wholeNumber } from "../command.ts";

/** As `200` or `200@2026-03-01T00:00:00Z`. */
const purchases = z
  .array(z.string().regex(/^\d{1,9}(@\S+)?$/, { error: "expected quantity, or quantity@time" }))
  .transform((written) =>
    written.map((one) => {
      const [quantity = "", ordered_at = null] = one.split("@");
      return { quantity: Number(quantity), ordered_at };
    }),
  );

interface Simulated {
  readonly words: readonly string[];
}

export const SIMULATION_COMMANDS = {
  "plan simulate": command(
    "Say what an account's real history would have cost under another plan",
    {
      ...account,
      kind: z.string(),
      license: z.array(id).optional().describe("whose launches; all of the account's, if not given"),
      course: id.optional(),
      from: z.string().optional().describe("a time; twelve months before the end, if not given"),
      until: z.string().optional().describe("a time; now, if not given"),
      term: terms.optional().describe("one of the kind's terms, as seat_months=6; may be repeated"),
      buy: purchases
        .optional()
        .describe("what would be bought: 200, or 200@2026-03-01T00:00:00Z; may be repeated"),
      price: wholeNumber.optional().describe("of one, in minor units; the account's own, if not given"),
      "overage-price": wholeNumber.optional().describe("of each beyond what was bought"),
    },
    async ({ api }, asked) => {
      const prices = [
        ...(asked.price === undefined ? [] : [{ amount_minor: asked.price, covers: "unit" }]),
        ...(asked["overage-price"] === undefined
          ? []
          : [{ amount_minor: asked["overage-price"], covers: "overage" }]),
      ];
      const made = await api.post<Simulated>(
        `/accounts/${asked.account}/simulations`,
        given({
          license_ids: asked.license,
          course_id: asked.course,
          from: asked.from,
          until: asked.until,
          plan: {
            kind: asked.kind,
            ...given({
              terms: asked.term,
              purchases: asked.buy,
              prices: prices.length > 0 ? prices : undefined,
            }),
          },
        }),
      );
      return { made };
    },
  ),
} as const;
