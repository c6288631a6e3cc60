/** Accounts and what the vendor keeps of them, courses, bundles, keys, people, the audit log. */
import { createConnection, createContract } from "../../../../src/flows/accounts.ts";
import { createBundle } from "../../../../src/flows/bundles.ts";
import { insertImport } from "../../../../src/store/courseImports.ts";
import { accountKey, vendorKey } from "../../../support/apiKeys.ts";
import { BY } from "../../../support/fixtures.ts";
import { ALL, CHANGERS, type Expectations, OWNER, VENDOR, type World } from "./expectation.ts";

const nothing = () => ({});
const ofCourse = ({ license }: World) => ({ params: { course_id: license.course_id } });

async function currentVersion({ gateway, license }: World) {
  const course_id = license.course_id;
  const [course] = await gateway.context.db.query<{ current_version_id: string }>(
    "select current_version_id from course where id = $1",
    [course_id],
  );
  return { params: { course_id, version_id: course?.current_version_id ?? "" } };
}

async function newContract({ gateway, account_id }: World) {
  const wanted = { account_id, kind: "pay_per_use", starts_at: null, ends_at: null };
  const { id } = await createContract(gateway.context, BY, wanted);
  return { params: { contract_id: id } };
}

async function newConnection({ gateway, account_id }: World) {
  const { id } = await createConnection(gateway.context, BY, account_id, { name: "LMS" });
  return { params: { connection_id: id } };
}

async function newBundle({ gateway }: World) {
  const { id } = await createBundle(gateway.context, BY, { name: "All", barred_kinds: [], course_ids: [] });
  return { params: { bundle_id: id } };
}

/** One that the account has a license for. */
async function licensedBundle(world: World) {
  const made = await newBundle(world);
  const { db, deps } = world.gateway.context;
  await db.query(
    `insert into license (account_id, id, short_id, kind, bundle_id, terms, starts_at, created_at)
     select account_id, $2, $3, kind, $1, terms, starts_at, created_at from license where id = $4`,
    [made.params.bundle_id, deps.newId(), deps.newId(), world.license.license_id],
  );
  return made;
}

async function newImport({ gateway: { context } }: World) {
  const id = context.deps.newId();
  await insertImport(context.db, {
    id,
    for_course_id: null,
    title: null,
    content_type: "application/zip",
    total_bytes: null,
    created_at: context.deps.clock.now(),
    created_by: "test",
  });
  return { params: { import_id: id } };
}

async function newVendorKey({ gateway }: World) {
  return { params: { key_id: (await vendorKey(gateway.context, "support")).id } };
}

async function newAccountKey({ gateway, account_id }: World) {
  return { params: { key_id: (await accountKey(gateway.context, account_id, "viewer")).id } };
}

async function newVendorUser({ gateway }: World) {
  return { params: { vendor_user_id: (await vendorKey(gateway.context, "support")).vendor_user_id } };
}

export const VENDOR_NOUNS: Expectations = {
  "me.get": { may: ALL, stranger: 200, sample: nothing },

  "accounts.list": { may: VENDOR, sample: nothing },
  "accounts.create": { may: OWNER, sample: () => ({ body: { name: "New", currency: "EUR" } }) },
  "accounts.get": { may: ALL, sample: nothing },
  "accounts.change": { may: VENDOR, sample: () => ({ body: { retake: true } }) },
  "accounts.close": {
    may: OWNER,
    // One of its own for whoever may: the world goes on.
    sample: async ({ gateway }, { may }) =>
      may ? { params: { account_id: (await gateway.account()).account_id } } : {},
  },

  "connections.list": { may: ALL, sample: nothing },
  "connections.create": { may: CHANGERS, sample: () => ({ body: { name: "Second LMS" } }) },
  "connections.get": { may: ALL, sample: newConnection },
  "connections.change": {
    may: CHANGERS,
    sample: async (world) => ({ ...(await newConnection(world)), body: { name: "Renamed" } }),
  },

  "contracts.list": { may: ALL, sample: nothing },
  "contracts.create": { may: OWNER, sample: () => ({ body: { kind: "pay_per_use" } }) },
  "contracts.get": { may: ALL, sample: newContract },
  "contracts.change": {
    may: OWNER,
    sample: async (world) => ({ ...(await newContract(world)), body: { ends_at: "2027-01-01T00:00:00Z" } }),
  },
  "prices.list": { may: ALL, sample: nothing },
  "prices.create": { may: OWNER, sample: () => ({ body: { kind: "pay_per_use", amount_minor: 700 } }) },

  "imports.create": {
    may: OWNER,
    sample: () => ({ query: "?title=Page", type: "text/html", body: "<!doctype html><title>Page</title>" }),
  },
  "imports.list": { may: VENDOR, sample: nothing },
  "imports.get": { may: VENDOR, sample: newImport },

  "courses.list": { may: ALL, stranger: 200, sample: nothing },
  "courses.create": { may: OWNER, sample: () => ({ body: { url: "https://example.com/course" } }) },
  "courses.get": { may: ALL, stranger: 404, sample: ofCourse },
  "courses.retire": { may: OWNER, sample: ofCourse },
  "courses.unretire": { may: OWNER, sample: ofCourse },
  "versions.list": { may: ALL, stranger: 404, sample: ofCourse },
  "versions.create": {
    may: OWNER,
    sample: async ({ gateway }) => ({
      params: { course_id: (await gateway.course()).course_id },
      body: { url: "https://example.com/second" },
    }),
  },
  "versions.get": { may: ALL, stranger: 404, sample: currentVersion },

  "bundles.list": { may: ALL, stranger: 200, sample: nothing },
  "bundles.create": { may: OWNER, sample: () => ({ body: { name: "Catalog" } }) },
  "bundles.get": { may: ALL, stranger: 404, sample: licensedBundle },
  "bundles.change": {
    may: OWNER,
    sample: async (world) => ({ ...(await newBundle(world)), body: { name: "Renamed" } }),
  },

  "audit.list": { may: CHANGERS, stranger: 200, sample: nothing },
  "account_audit.list": { may: CHANGERS, sample: nothing },

  "api_keys.list": { may: VENDOR, sample: nothing },
  "api_keys.create": {
    may: OWNER,
    sample: async (world) => ({ body: { ...(await newVendorUser(world)).params, name: "Key" } }),
  },
  "api_keys.get": { may: VENDOR, sample: newVendorKey },
  "api_keys.revoke": { may: OWNER, sample: newVendorKey },
  "account_api_keys.list": { may: CHANGERS, sample: nothing },
  "account_api_keys.create": { may: CHANGERS, sample: () => ({ body: { name: "Key", role: "admin" } }) },
  "account_api_keys.get": { may: CHANGERS, sample: newAccountKey },
  "account_api_keys.revoke": { may: CHANGERS, sample: newAccountKey },

  "vendor_users.list": { may: VENDOR, sample: nothing },
  "vendor_users.create": {
    may: OWNER,
    sample: ({ gateway }) => ({
      body: { name: "Sam", email: `${gateway.context.deps.newId()}@example.com`, role: "support" },
    }),
  },
  "vendor_users.get": { may: VENDOR, sample: newVendorUser },
  "vendor_users.change": {
    may: OWNER,
    sample: async (world) => ({ ...(await newVendorUser(world)), body: { name: "Renamed" } }),
  },
};
