/** What most tests begin with, made through the flows, in a line each; and what they look at afterwards. */

import type { DeliveryFormat, LaunchAllowed } from "../../src/core/bridge.ts";
import type { CourseStructure } from "../../src/core/course.ts";
import type { DenialCode } from "../../src/core/denials.ts";
import { SCORM_NAMESPACE } from "../../src/core/identity.ts";
import { createAccount, createContract } from "../../src/flows/accounts.ts";
import type { By } from "../../src/flows/audited.ts";
import { createLot } from "../../src/flows/buying.ts";
import type { Context } from "../../src/flows/context.ts";
import { deliver } from "../../src/flows/deliveries.ts";
import { type Keeping, type Kept, keepLaunch } from "../../src/flows/keepLaunch.ts";
import type { Arrival } from "../../src/flows/launch/arrival.ts";
import { createLicense } from "../../src/flows/licenses.ts";
import { type Opening, openLaunch } from "../../src/flows/openLaunch.ts";
import { createPrice } from "../../src/flows/prices.ts";
import { type ListedCharge, pageOfCharges } from "../../src/store/charges.ts";
import { insertCourse, insertVersion } from "../../src/store/courses.ts";
import type { ListedLaunch } from "../../src/store/launches.ts";
import { pageOfLaunches } from "../../src/store/listing/launches.ts";
import type { Page } from "../../src/store/listing/page.ts";
import { pageOfSeats, type SeatInList } from "../../src/store/listing/seats.ts";

export const TEST_OPERATOR_KEY = "operator-key-of-the-tests";

export const BY: By = { actor: "test", why: "" };

/** Of a list, the newest first: as many as any test makes. */
export const ALL_ROWS: Page = { after: null, most: 1000 };

export const LMS_ORIGIN = "https://lms.example.com";

export interface TestLicense {
  readonly account_id: string;
  readonly connection_id: string;
  readonly course_id: string;
  readonly license_id: string;
  readonly delivery_id: string;
  readonly delivery_key: string;
}

export interface LicenseWishes {
  /** An account made before; a new one otherwise. */
  readonly account?: { readonly account_id: string };
  readonly course_id?: string;
  readonly terms?: Readonly<Record<string, number>>;
  readonly retake?: boolean;
  readonly retake_starts_over?: boolean;
  readonly starts_at?: Date;
  readonly ends_at?: Date;
}

export interface SaleWishes extends Pick<LicenseWishes, "account" | "course_id" | "starts_at" | "ends_at"> {
  readonly terms?: Readonly<Record<string, number | string>>;
  readonly bundle_id?: string;
  /** None bought, if not given. */
  readonly quantity?: number;
}

/** Who comes, and with what; what is left out is as in an ordinary launch. */
export interface Visitor {
  /** The id that the LMS sends. */
  readonly who?: string;
  readonly name?: string;
  readonly origin?: string;
  readonly nonce?: string;
  readonly entry?: string;
  readonly marker?: string;
  readonly mode?: LaunchAllowed["mode"];
  readonly too_many?: boolean;
  /** Whose own host they came to; none: everyone's. */
  readonly account_id?: string;
  /** Another process than the gateway's own. */
  readonly through?: Context;
}

/** A learner before a course: one launch, and what is sent to keep it going. */
export interface Visit {
  readonly opening: Opening;
  /** Null where they were let in. */
  readonly code: DenialCode | null;
  /** What a beat would carry next: the newest that arrived here. */
  readonly token: string;
  /** A beat, or more where something is given. With `answer: "lost"` the visit goes on with the token it had. */
  keep(message?: Partial<Keeping> & { answer?: "lost"; through?: Context }): Promise<Kept>;
  /** @throws where the launch was denied. */
  allowed(): Opening & { type: "allowed" };
}

export interface TestFixtures {
  /** A course of one SCO, without content. */
  course(title?: string): Promise<{ course_id: string; version_id: string }>;
  newVersion(courseId: string, title?: string): Promise<string>;
  account(defaults?: { retake?: boolean; retake_starts_over?: boolean }): Promise<{
    account_id: string;
    connection_id: string;
  }>;
  /** A license with its contract and price (500 EUR cents), and a delivery of it. */
  payPerUse(wishes?: LicenseWishes): Promise<TestLicense>;
  /** A license with one lot for each quantity, and a delivery of it. */
  volume(quantities: readonly number[], wishes?: LicenseWishes): Promise<TestLicense>;
  /**
   * A license for a bundle or the whole catalog, with its price (1000 EUR cents) and what of it is bought; and a delivery of a
   * course.
   */
  sell(kind: string, wishes?: SaleWishes): Promise<TestLicense>;
  /** A delivery of another course of the same license. */
  deliverCourse(license: TestLicense, courseId: string): Promise<TestLicense>;
  /** Another delivery of the same license. */
  deliverAgain(license: TestLicense, format: "scorm2004-3" | "scorm2004-4" | "lti"): Promise<TestLicense>;
  launch(license: Pick<TestLicense, "delivery_key">, visitor?: Visitor): Promise<Visit>;
  seats(license: TestLicense): Promise<SeatInList[]>;
  charges(license: TestLicense): Promise<ListedCharge[]>;
  launches(license: TestLicense): Promise<ListedLaunch[]>;
}

export function testFixtures(context: Context): TestFixtures {
  const { deps, db } = context;
  const fixtures: TestFixtures = {
    course: async (title = "Kitchen safety") => {
      const course_id = deps.newId();
      await insertCourse(db, { id: course_id, title, created_at: deps.clock.now() });
      return { course_id, version_id: await addVersion(context, course_id, title) };
    },
    newVersion: (courseId, title = "Kitchen safety") => addVersion(context, courseId, title),
    account: async ({ retake = false, retake_starts_over = true } = {}) => {
      const wanted = { name: "Acme", currency: "EUR", retake, retake_starts_over };
      const made = await createAccount(context, BY, wanted);
      return { account_id: made.account.id, connection_id: made.connection.id };
    },
    payPerUse: async (wishes = {}) => {
      const { account_id } = wishes.account ?? (await fixtures.account());
      await createContract(context, BY, { account_id, kind: PAY_PER_USE, starts_at: null, ends_at: null });
      const price = { account_id, kind: PAY_PER_USE, course_id: null, amount_minor: 500, valid_from: null };
      await createPrice(context, BY, price);
      return licensed(context, fixtures, PAY_PER_USE, { ...wishes, account: { account_id } });
    },
    volume: async (quantities, wishes = {}) => {
      const account = wishes.account ?? (await fixtures.account());
      const price = { kind: "volume", course_id: null, amount_minor: 1000, valid_from: null };
      await createPrice(context, BY, { account_id: account.account_id, ...price });
      const license = await licensed(context, fixtures, "volume", { ...wishes, account });
      for (const quantity of quantities) await createLot(context, BY, { ...pick(license), quantity });
      return license;
    },
    sell: (kind, wishes = {}) => sell(context, fixtures, kind, wishes),
    deliverCourse: (license, courseId) => delivered(context, license, "scorm12", courseId),
    deliverAgain: (license, format) => delivered(context, license, format),
    launch: async ({ delivery_key }, visitor = {}) => {
      const through = visitor.through ?? context;
      return visitOf(through, await openLaunch(through, arrivalOf(context, delivery_key, visitor)));
    },
    seats: async ({ account_id, license_id }) =>
      (await pageOfSeats(db, account_id, { license_id }, ALL_ROWS)).reverse(),
    charges: async ({ account_id, license_id }) =>
      (await pageOfCharges(db, account_id, { license_id }, ALL_ROWS)).reverse(),
    launches: async ({ account_id, license_id }) =>
      (await pageOfLaunches(db, account_id, { license_id }, ALL_ROWS)).reverse(),
  };
  return fixtures;
}

const PAY_PER_USE = "pay_per_use";

const pick = ({ account_id, license_id }: TestLicense) => ({ account_id, license_id });

async function licensed(
  context: Context,
  fixtures: TestFixtures,
  kind: string,
  wishes: LicenseWishes,
): Promise<TestLicense> {
  const { account_id } = wishes.account ?? (await fixtures.account());
  const course_id = wishes.course_id ?? (await fixtures.course()).course_id;
  const license = await createLicense(context, BY, {
    account_id,
    kind,
    course_id,
    terms: wishes.terms ?? {},
    retake: wishes.retake ?? null,
    retake_starts_over: wishes.retake_starts_over ?? null,
    starts_at: wishes.starts_at ?? null,
    ends_at: wishes.ends_at ?? null,
  });
  return delivered(context, { account_id, license_id: license.id }, "scorm12");
}

async function sell(
  context: Context,
  fixtures: TestFixtures,
  kind: string,
  { quantity, bundle_id, starts_at, ends_at, terms = {}, ...wishes }: SaleWishes,
): Promise<TestLicense> {
  const { account_id } = wishes.account ?? (await fixtures.account());
  const course_id = wishes.course_id ?? (await fixtures.course()).course_id;
  const price = { kind, course_id: null, amount_minor: 1000, valid_from: null };
  await createPrice(context, BY, { account_id, ...price });
  const license = await createLicense(context, BY, {
    account_id,
    kind,
    course_id: null,
    bundle_id: bundle_id ?? null,
    terms,
    retake: null,
    retake_starts_over: null,
    starts_at: null,
    ends_at: null,
  });
  const of = { account_id, license_id: license.id };
  const period = { starts_at: starts_at ?? null, ends_at: ends_at ?? null };
  if (quantity !== undefined) await createLot(context, BY, { ...of, ...period, quantity });
  return delivered(context, of, "scorm12", course_id);
}

async function delivered(
  context: Context,
  of: { readonly account_id: string; readonly license_id: string },
  format: DeliveryFormat,
  course_id: string | null = null,
): Promise<TestLicense> {
  const { account_id, license_id } = of;
  const order = { account_id, license_id, format, course_id, connection_id: null, label: "" };
  const delivery = await deliver(context, BY, order);
  return {
    account_id,
    license_id,
    connection_id: delivery.connection_id,
    course_id: delivery.course_id,
    delivery_id: delivery.id,
    delivery_key: delivery.key,
  };
}

async function addVersion(context: Context, course_id: string, title: string): Promise<string> {
  const id = context.deps.newId();
  const [last] = await context.db.query<{ number: number }>(
    "select coalesce(max(number), 0) as number from course_version where course_id = $1",
    [course_id],
  );
  await insertVersion(context.db, {
    id,
    course_id,
    number: (last?.number ?? 0) + 1,
    standard: "scorm12",
    structure: oneSco(title),
    warnings: [],
    file_count: 1,
    byte_count: 1,
    package_sha256: null,
    imported_at: context.deps.clock.now(),
  });
  return id;
}

function oneSco(title: string): CourseStructure {
  const resource = { href: "index.html", type: "sco" } as const;
  return {
    standard: "scorm12",
    identifier: "course",
    title,
    objectives_global_to_system: true,
    items: [{ id: "lesson", title, visible: true, resource, items: [] }],
  };
}

function arrivalOf(context: Context, delivery_key: string, visitor: Visitor): Arrival {
  return {
    delivery_key,
    account_id: visitor.account_id ?? null,
    proved_connection_id: null,
    test_candidate: false,
    nonce: visitor.nonce ?? context.deps.newSecret(16),
    namespace: SCORM_NAMESPACE,
    identity: visitor.who ?? "ana",
    name: visitor.name ?? "",
    origin: visitor.origin ?? LMS_ORIGIN,
    lms: {
      entry: visitor.entry ?? "ab-initio",
      marker: visitor.marker ?? "",
      mode: visitor.mode ?? "normal",
    },
    too_many: visitor.too_many ?? false,
  };
}

const ONLY_A_BEAT: Omit<Keeping, "token"> = {
  sequence: 0,
  changes: {},
  rollup: null,
  session_seconds: {},
  marker_acknowledged: false,
  closing: false,
};

function visitOf(context: Context, opening: Opening): Visit {
  const allowed = () => {
    if (opening.type === "allowed") return opening;
    throw new Error(`The launch was denied: ${opening.code}`);
  };
  let newest = opening.type === "allowed" ? opening.token : "";
  return {
    opening,
    code: opening.type === "denied" ? opening.code : null,
    get token() {
      return newest;
    },
    keep: async ({ answer, through = context, ...message } = {}) => {
      const kept = await keepLaunch(through, { ...ONLY_A_BEAT, token: newest, ...message });
      if (answer !== "lost") newest = kept.token;
      return kept;
    },
    allowed,
  };
}
