/** Overages: announced, disputed, settled. */
import { z } from "zod";
import { account, command, given, id, license, most, rowsOf, several } from "../command.ts";

const review = { ...account, review: id };
const dispute = { ...account, dispute: id };

export const OVERAGE_COMMANDS = {
  "overage announce": command(
    "Announce a license's overage: from now on lines of it can be disputed",
    {
      ...license,
      period: z.string().optional().describe("the end of the period; left out: the latest overdrawn"),
    },
    async ({ api }, asked) => ({
      made: await api.post(
        `/accounts/${asked.account}/overage-reviews`,
        given({ license_id: asked.license, period_ends_at: asked.period }),
      ),
    }),
  ),
  "overage list": command(
    "List the overages that were announced",
    { ...account, license: id.optional(), ...most },
    (call, asked) =>
      rowsOf(call, `/accounts/${asked.account}/overage-reviews`, {
        license_id: asked.license,
        most: asked.most,
      }),
  ),
  "overage dispute": command(
    "Dispute lines of an overage",
    { ...review, seats: several.describe("ids, separated by commas"), reason: z.string() },
    async ({ api }, asked) => ({
      made: await api.post(`/accounts/${asked.account}/overage-reviews/${asked.review}/disputes`, {
        seat_ids: asked.seats,
        reason: asked.reason,
      }),
    }),
  ),
  "overage disputes": command(
    "List the disputes of an overage",
    { ...account, review: id.optional(), ...most },
    (call, asked) =>
      rowsOf(call, `/accounts/${asked.account}/overage-disputes`, {
        review_id: asked.review,
        most: asked.most,
      }),
  ),
  "overage settle": command(
    "Settle a dispute: upheld, the line is never charged; rejected, it is",
    { ...dispute, outcome: z.enum(["upheld", "rejected"]), note: z.string().optional() },
    async ({ api }, asked) => ({
      made: await api.post(
        `/accounts/${asked.account}/overage-disputes/${asked.dispute}/settle`,
        given({ outcome: asked.outcome, note: asked.note }),
      ),
    }),
  ),
};
