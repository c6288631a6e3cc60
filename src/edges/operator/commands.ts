/** What an operator can do from the command line: one table, which also makes the help. Runs the flows. */
import { z } from "zod";
import { showMoney } from "../../core/money.ts";
import { createAccount, createConnection, createContract, createPrice } from "../../flows/accounts.ts";
import type { By } from "../../flows/audited.ts";
import { addCourseToBundle, createBundle } from "../../flows/bundles.ts";
import type { Context } from "../../flows/context.ts";
import { deliver, downloadPackage, labelDelivery, PACKAGE_FORMATS, revoke } from "../../flows/deliveries.ts";
import type { ImportProgress } from "../../flows/import/importTypes.ts";
import { importCourse } from "../../flows/importCourse.ts";
import { deactivateLearner } from "../../flows/learners.ts";
import { changeRetake, createLicense, createLot, pauseLicense } from "../../flows/licenses.ts";
import { resetAttempt } from "../../flows/resetAttempt.ts";
import { retireCourse } from "../../flows/retireCourse.ts";
import { markTestIdentity } from "../../flows/testIdentities.ts";
import { listAccounts, listConnections, listContracts } from "../../store/accounts.ts";
import { listAttempts } from "../../store/attempts.ts";
import { listAudit } from "../../store/audit.ts";
import { listCourses, listVersions } from "../../store/courses.ts";
import { listLaunches } from "../../store/launches.ts";
import { listLearners } from "../../store/learners.ts";
import { listDeliveries, listLicenses, listLots, listMiscountedLots } from "../../store/licenses.ts";
import { listCharges, listSeats } from "../../store/seats.ts";

/** Rows to show, one thing that was made, or a file to write. */
export type CommandResult =
  | { readonly rows: readonly object[] }
  | { readonly made: object }
  | { readonly file: { readonly name: string; readonly base64: string } };

export interface CommandRun {
  readonly context: Context;
  readonly by: By;
  readonly progress: (progress: ImportProgress) => void;
}

export interface Command {
  readonly summary: string;
  readonly options: z.ZodObject;
  run(run: CommandRun, options: unknown): Promise<CommandResult>;
}

function command<Options extends z.ZodObject>(
  summary: string,
  options: Options,
  run: (run: CommandRun, options: z.infer<Options>) => Promise<CommandResult>,
): Command {
  return { summary, options, run: (given, asked) => run(given, options.parse(asked)) };
}

const id = z.uuid();
const account = { account: id.describe("the account's id") };
const license = { ...account, license: id.describe("the license's id") };
const delivery = { ...account, delivery: id.describe("the delivery's id") };
const flag = z.enum(["on", "off"]).transform((value) => value === "on");
const moment = z.iso.datetime({ offset: true }).transform((text) => new Date(text));
/** In digits and nothing else: an empty text, as an unset shell variable gives, is no 0. */
const wholeNumber = (least: number, most: number) =>
  z
    .preprocess(
      (given) => (typeof given === "number" ? String(given) : given),
      z.string().regex(/^\d{1,15}$/, "expected a whole number"),
    )
    .transform(Number)
    .pipe(z.number().min(least).max(most));
const MOST_MINOR_UNITS = 1e12;
const MOST_SEATS = 1e6;

const ACCOUNTS = {
  "account create": command(
    "Make an account, with its first connection",
    z.object({
      name: z.string().min(1).max(200),
      currency: z
        .string()
        .regex(/^[A-Z]{3}$/)
        .describe("ISO 4217, as EUR"),
      retake: flag.default(false).describe("on: a learner whose seat has ended may take another"),
      "starts-over": flag.default(true).describe("on: a retake starts over; off: it resumes"),
    }),
    async ({ context, by }, asked) => {
      const wanted = { name: asked.name, currency: asked.currency, retake: asked.retake };
      const { account: made, connection } = await createAccount(context, by, {
        ...wanted,
        retake_starts_over: asked["starts-over"],
      });
      return { made: { ...made, connection_id: connection.id } };
    },
  ),
  "account list": command("List accounts", z.object({}), async ({ context }) => ({
    rows: await listAccounts(context.db),
  })),
  "connection create": command(
    "Add an LMS to an account",
    z.object({ ...account, name: z.string().min(1).max(200) }),
    async ({ context, by }, asked) => ({
      made: await createConnection(context, by, asked.account, asked.name),
    }),
  ),
  "connection list": command("List an account's LMSs", z.object(account), async ({ context }, asked) => ({
    rows: await listConnections(context.db, asked.account),
  })),
  "contract create": command(
    "Let an account have licenses of a kind that is not bought ahead",
    z.object({ ...account, kind: z.string(), starts: moment.optional(), ends: moment.optional() }),
    async ({ context, by }, asked) => ({
      made: await createContract(context, by, {
        account_id: asked.account,
        kind: asked.kind,
        starts_at: asked.starts ?? null,
        ends_at: asked.ends ?? null,
      }),
    }),
  ),
  "contract list": command("List an account's contracts", z.object(account), async ({ context }, asked) => ({
    rows: await listContracts(context.db, asked.account),
  })),
  "price create": command(
    "Set what a seat costs from now, or from a later time",
    z.object({
      ...account,
      kind: z.string(),
      amount: wholeNumber(0, MOST_MINOR_UNITS).describe("in minor units: 1250 is 12.50 EUR"),
      course: id.optional().describe("of this course only"),
      from: moment.optional(),
    }),
    async ({ context, by }, asked) => ({
      made: await createPrice(context, by, {
        account_id: asked.account,
        kind: asked.kind,
        course_id: asked.course ?? null,
        amount_minor: asked.amount,
        valid_from: asked.from ?? null,
      }),
    }),
  ),
} as const;

const COURSES = {
  "course import": command(
    "Import a SCORM zip, a web page or a video, from a file or a URL",
    z.object({
      file: z.string().optional().describe("a file on this machine"),
      url: z.url().optional().describe("of a web page or a video"),
      course: id.optional().describe("as a new version of this course"),
      title: z.string().min(1).max(500).optional(),
    }),
    async ({ context, by, progress }, asked) => {
      const source = asked.file
        ? { type: "file" as const, path: asked.file, file_name: asked.file }
        : { type: "url" as const, url: asked.url ?? "" };
      const order = { source, course_id: asked.course ?? null, title: asked.title ?? null };
      const { structure, ...version } = await importCourse(context, by, order, { onProgress: progress });
      return { made: { ...version, title: structure.title } };
    },
  ),
  "course list": command("List courses", z.object({}), async ({ context }) => ({
    rows: await listCourses(context.db),
  })),
  "course versions": command(
    "List a course's versions",
    z.object({ course: id }),
    async ({ context }, asked) => ({
      rows: (await listVersions(context.db, asked.course)).map(
        ({ structure: _structure, ...version }) => version,
      ),
    }),
  ),
  "course retire": command(
    "Open no new seats for a course",
    z.object({ course: id }),
    async ({ context, by }, asked) => {
      await retireCourse(context, by, asked.course);
      return { made: { course_id: asked.course, retired: true } };
    },
  ),
  "bundle create": command(
    "Make a named set of courses, which can bar license kinds",
    z.object({
      name: z.string().min(1).max(200),
      bars: z.string().default("").describe("kinds, separated by commas"),
    }),
    async ({ context, by }, asked) => ({
      made: await createBundle(context, by, {
        name: asked.name,
        barred_kinds: asked.bars
          .split(",")
          .map((name) => name.trim())
          .filter((name) => name !== ""),
      }),
    }),
  ),
  "bundle add": command(
    "Add a course to a bundle",
    z.object({ bundle: id, course: id }),
    async ({ context, by }, asked) => {
      await addCourseToBundle(context, by, asked.bundle, asked.course);
      return { made: { bundle_id: asked.bundle, course_id: asked.course } };
    },
  ),
} as const;

const LICENSES = {
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
      made: await changeRetake(context, by, asked.account, asked.license, {
        retake: asked.retake ?? null,
        retake_starts_over: asked["starts-over"] ?? null,
      }),
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

const DELIVERIES = {
  "delivery create": command(
    "Make the package of a license for an LMS",
    z.object({
      ...license,
      format: z.enum(PACKAGE_FORMATS as [string, ...string[]]),
      course: id.optional(),
      connection: id.optional(),
      label: z.string().max(100).default(""),
    }),
    async ({ context, by }, asked) => ({
      made: await deliver(context, by, {
        account_id: asked.account,
        license_id: asked.license,
        format: asked.format as (typeof PACKAGE_FORMATS)[number],
        course_id: asked.course ?? null,
        connection_id: asked.connection ?? null,
        label: asked.label,
      }),
    }),
  ),
  "delivery list": command("List an account's deliveries", z.object(account), async ({ context }, asked) => ({
    rows: await listDeliveries(context.db, asked.account),
  })),
  "delivery label": command(
    "Label a delivery, so that its package is told from its twins",
    z.object({ ...delivery, label: z.string().max(100) }),
    async ({ context, by }, asked) => ({
      made: await labelDelivery(context, by, asked.account, asked.delivery, asked.label),
    }),
  ),
  "delivery revoke": command(
    "Close the door for every launch through a delivery",
    z.object(delivery),
    async ({ context, by }, asked) => ({
      made: await revoke(context, by, asked.account, asked.delivery),
    }),
  ),
  "delivery download": command(
    "Write the package to a file",
    z.object(delivery),
    async ({ context }, asked) => {
      const { name, bytes } = await downloadPackage(context, asked.account, asked.delivery);
      return { file: { name: name.utf8, base64: bytes.toString("base64") } };
    },
  ),
} as const;

const PEOPLE = {
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

export const COMMANDS: Readonly<Record<string, Command>> = {
  ...ACCOUNTS,
  ...COURSES,
  ...LICENSES,
  ...DELIVERIES,
  ...PEOPLE,
};
