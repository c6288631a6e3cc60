/** What a newcomer finds at the first start: one customer, the demo course, a package of each format to launch, and an LTI link. */
import { createWriteStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createAccount, createContract } from "../flows/accounts.ts";
import { createLot } from "../flows/buying.ts";
import type { Context } from "../flows/context.ts";
import { deliver, PACKAGE_FORMATS } from "../flows/deliveries.ts";
import { importCourse } from "../flows/importCourse.ts";
import { createLicense } from "../flows/licenses.ts";
import { createPrice } from "../flows/prices.ts";
import { listAccounts } from "../store/accounts.ts";
import { demoCourse } from "./demoCourse.ts";

const BY = { actor: "gateway", why: "Demo data of the first start" };
const SEAT_PRICE_MINOR = 1250;
const VOLUME_PRICE_MINOR = 1000;
const VOLUME_SEATS = 25;

/** Does nothing where there is an account already. */
export async function fillWithDemo(context: Context): Promise<void> {
  if ((await listAccounts(context.db)).length > 0) return;
  const course_id = await importDemoCourse(context);
  const { account } = await createAccount(context, BY, {
    name: "Demo customer",
    currency: "EUR",
    retake: false,
    retake_starts_over: true,
  });
  const account_id = account.id;
  const order = {
    account_id,
    course_id,
    terms: {},
    retake: null,
    retake_starts_over: null,
    starts_at: null,
    ends_at: null,
  };

  await createContract(context, BY, { account_id, kind: "pay_per_use", starts_at: null, ends_at: null });
  await createPrice(context, BY, {
    account_id,
    kind: "pay_per_use",
    course_id: null,
    amount_minor: SEAT_PRICE_MINOR,
    valid_from: null,
  });
  await createPrice(context, BY, {
    account_id,
    kind: "volume",
    course_id: null,
    amount_minor: VOLUME_PRICE_MINOR,
    tiers: [{ from_quantity: 50, discount_basis_points: 1000 }],
    valid_from: null,
  });
  const payPerUse = await createLicense(context, BY, { ...order, kind: "pay_per_use" });
  const volume = await createLicense(context, BY, { ...order, kind: "volume" });
  await createLot(context, BY, { account_id, license_id: volume.id, quantity: VOLUME_SEATS });

  const made = { account_id, course_id: null, connection_id: null, label: "Demo" };
  for (const format of PACKAGE_FORMATS)
    await deliver(context, BY, { ...made, license_id: payPerUse.id, format });
  await deliver(context, BY, { ...made, license_id: volume.id, format: "scorm12" });
  await deliver(context, BY, { ...made, license_id: payPerUse.id, format: "lti" });
}

async function importDemoCourse(context: Context): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "tallygate-demo-"));
  try {
    const path = join(folder, "demo.zip");
    await pipeline(await demoCourse(), createWriteStream(path));
    const source = { type: "file", path, file_name: "demo.zip" } as const;
    return (await importCourse(context, BY, { source, course_id: null, title: null })).course_id;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
