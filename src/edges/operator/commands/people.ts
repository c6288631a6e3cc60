/** Learners and what they did: attempts, seats, launches, charges; and the audit log. */
import { z } from "zod";
import { showMoney } from "../../../core/money.ts";
import { deactivateLearner } from "../../../flows/learners.ts";
import { resetAttempt } from "../../../flows/resetAttempt.ts";
import { markTestIdentity } from "../../../flows/testIdentities.ts";
import { listAttempts } from "../../../store/attempts.ts";
import { listAudit } from "../../../store/audit.ts";
import { listLaunches } from "../../../store/launches.ts";
import { listLearners } from "../../../store/learners.ts";
import { listCharges, listSeats } from "../../../store/seats.ts";
import { account, command, id, license, wholeNumber } from "./command.ts";

export const PEOPLE_COMMANDS = {
  "learner list": command(
    "List an account's learners and their ids",
    z.object(account),
    async ({ context }, asked) => ({
      rows: await listLearners(context.db, asked.account),
    }),
  ),
  "learner deactivate": command(
    "Deny a learner until reactivated",
    z.object({ ...account, learner: id }),
    async ({ context, by }, asked) => {
      await deactivateLearner(context, by, asked.account, asked.learner, true);
      return { made: { learner_id: asked.learner, deactivated: true } };
    },
  ),
  "learner reactivate": command(
    "Let a learner in again",
    z.object({ ...account, learner: id }),
    async ({ context, by }, asked) => {
      await deactivateLearner(context, by, asked.account, asked.learner, false);
      return { made: { learner_id: asked.learner, deactivated: false } };
    },
  ),
  "learner mark-test": command(
    "Let an id of an LMS launch without taking a seat; before its first launch",
    z.object({
      ...account,
      id: z.string().min(1).describe("as the LMS sends it"),
      connection: id.optional(),
    }),
    async ({ context, by }, asked) => ({
      made: await markTestIdentity(context, by, {
        account_id: asked.account,
        connection_id: asked.connection ?? null,
        value: asked.id,
      }),
    }),
  ),
  "attempt list": command(
    "List the attempts under a license",
    z.object(license),
    async ({ context }, asked) => ({
      rows: await listAttempts(context.db, asked.account, asked.license),
    }),
  ),
  "attempt reset": command(
    "Let a learner begin again at the next launch",
    z.object({ ...account, attempt: id }),
    async ({ context, by }, asked) => {
      await resetAttempt(context, by, asked.account, asked.attempt);
      return { made: { attempt_id: asked.attempt, reset: true } };
    },
  ),
  "seat list": command("List the seats of a license", z.object(license), async ({ context }, asked) => ({
    rows: await listSeats(context.db, asked.account, asked.license),
  })),
  "launch list": command(
    "List the newest launches",
    z.object({
      ...account,
      license: id.optional(),
      delivery: id.optional(),
      learner: id.optional(),
      most: wholeNumber(1, 1000).default(50),
    }),
    async ({ context }, asked) => ({
      rows: await listLaunches(context.db, asked.account, {
        most: asked.most,
        ...(asked.license ? { license_id: asked.license } : {}),
        ...(asked.delivery ? { delivery_id: asked.delivery } : {}),
        ...(asked.learner ? { learner_id: asked.learner } : {}),
      }),
    }),
  ),
  "charge list": command("List the charges of a license", z.object(license), async ({ context }, asked) => ({
    rows: (await listCharges(context.db, asked.account, asked.license)).map((charge) => ({
      ...charge,
      shown: showMoney(charge),
    })),
  })),
  "audit list": command(
    "List what was changed, by whom and why",
    z.object(account),
    async ({ context }, asked) => ({
      rows: await listAudit(context.db, asked.account),
    }),
  ),
} as const;
