/** Licenses and lots. */
import { z } from "zod";
import { changeLicense, pauseLicense } from "../../../flows/changeLicense.ts";
import { createLicense, createLot } from "../../../flows/licenses.ts";
import { listLicenses, listLots, listMiscountedLots } from "../../../store/licenses.ts";
import { account, command, flag, id, license, MOST_SEATS, moment, wholeNumber } from "./command.ts";

export const LICENSE_COMMANDS = {
  "license create": command(
    "Give an account a license for a course",
    z.object({
      ...account,
      kind: z.string(),
      course: id,
      term: z
        .array(z.string().regex(/^\w+=\d+$/, "expected name=number"))
        .default([])
        .describe("one of the kind's terms, as seat_months=6; may be repeated"),
      retake: flag.optional(),
      "starts-over": flag.optional(),
      starts: moment.optional(),
      ends: moment.optional(),
    }),
    async ({ context, by }, asked) => ({
      made: await createLicense(context, by, {
        account_id: asked.account,
        kind: asked.kind,
        course_id: asked.course,
        terms: Object.fromEntries(
          asked.term.map((pair) => pair.split("=")).map(([name, value]) => [name, Number(value)]),
        ),
        retake: asked.retake ?? null,
        retake_starts_over: asked["starts-over"] ?? null,
        starts_at: asked.starts ?? null,
        ends_at: asked.ends ?? null,
      }),
    }),
  ),
  "license list": command("List an account's licenses", z.object(account), async ({ context }, asked) => ({
    rows: await listLicenses(context.db, asked.account),
  })),
  "license pause": command("Open no new seats", z.object(license), async ({ context, by }, asked) => ({
    made: await pauseLicense(context, by, asked.account, asked.license, true),
  })),
  "license unpause": command("Open new seats again", z.object(license), async ({ context, by }, asked) => ({
    made: await pauseLicense(context, by, asked.account, asked.license, false),
  })),
  "license retake": command(
    "Whether a learner whose seat has ended may take another; left out: as the account says",
    z.object({ ...license, retake: flag.optional(), "starts-over": flag.optional() }),
    async ({ context, by }, asked) => ({
      made: await changeLicense(
        context,
        by,
        { account_id: asked.account, license_id: asked.license },
        {
          retake: asked.retake ?? null,
          retake_starts_over: asked["starts-over"] ?? null,
        },
      ),
    }),
  ),
  "lot create": command(
    "Add bought seats to a license",
    z.object({ ...license, quantity: wholeNumber(1, MOST_SEATS) }),
    async ({ context, by }, asked) => ({
      made: await createLot(context, by, {
        account_id: asked.account,
        license_id: asked.license,
        quantity: asked.quantity,
      }),
    }),
  ),
  "lot list": command("List a license's lots", z.object(license), async ({ context }, asked) => ({
    rows: await listLots(context.db, asked.account, asked.license),
  })),
  "lot recount": command(
    "Count the taken seats of every lot again; lists those that differ",
    z.object({}),
    async ({ context }) => ({
      rows: await listMiscountedLots(context.db),
    }),
  ),
} as const;
