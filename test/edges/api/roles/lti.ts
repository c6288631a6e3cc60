/** Registrations of LTI platforms, the vendor's and accounts'; their deployments; links, values and keys. */
import { makeRegistrationLink } from "../../../../src/flows/lti/registrationLinks.ts";
import { insertDeployment, insertRegistration } from "../../../../src/store/lti/registrations.ts";
import { BY } from "../../../support/fixtures.ts";
import { ALL, CHANGERS, type Expectations, OWNER, VENDOR, type World } from "./expectation.ts";

const ISSUER = "https://lms.example.com";

let made = 0;

/** Its platform is where the gateway never goes, so that a check asks nobody. */
async function newRegistration({ gateway, account_id }: World, of: "account" | "vendor" = "account") {
  const { db, deps } = gateway.context;
  const id = deps.newId();
  await insertRegistration(db, {
    id,
    account_id: of === "account" ? account_id : null,
    connection_id: null,
    name: "Moodle",
    issuer: ISSUER,
    client_id: `client-${++made}`,
    authorization_url: "https://127.0.0.1/auth",
    token_url: "https://127.0.0.1/token",
    token_audience: null,
    jwks_url: "https://127.0.0.1/jwks",
    product: "moodle",
    dynamic: false,
    created_at: deps.clock.now(),
    ended_at: null,
  });
  return { registration_id: id };
}

async function newDeployment(world: World, of: "account" | "vendor" = "account") {
  const { registration_id } = await newRegistration(world, of);
  const { db, deps } = world.gateway.context;
  const { account_id } = world;
  const id = deps.newId();
  const first_seen_at = deps.clock.now();
  const { connection_id } = world.license;
  await insertDeployment(db, {
    id,
    registration_id,
    deployment_id: "1",
    account_id,
    connection_id,
    first_seen_at,
  });
  return { registration_id, lti_deployment_id: id };
}

const body = () => ({
  name: "Moodle",
  issuer: ISSUER,
  client_id: `client-${++made}`,
  authorization_url: `${ISSUER}/auth`,
  token_url: `${ISSUER}/token`,
  jwks_url: `${ISSUER}/jwks`,
});

async function newLink({ gateway, account_id }: World) {
  const { link } = await makeRegistrationLink(gateway.context, BY, account_id, {
    connection_id: null,
    name: "",
  });
  return { link_id: link.id };
}

export const LTI: Expectations = {
  "lti_values.get": { may: ALL, stranger: 200, sample: () => ({}) },
  "lti_registration_links.list": { may: ALL, sample: () => ({}) },
  "lti_registration_links.create": { may: CHANGERS, sample: () => ({ body: {} }) },
  "lti_registration_links.withdraw": {
    may: CHANGERS,
    sample: async (world) => ({ params: await newLink(world) }),
  },
  "lti_registrations.list": { may: ALL, sample: () => ({}) },
  "lti_registrations.create": {
    may: CHANGERS,
    sample: ({ license }) => ({ body: { ...body(), connection_id: license.connection_id } }),
  },
  "lti_registrations.get": { may: ALL, sample: async (world) => ({ params: await newRegistration(world) }) },
  "lti_registrations.change": {
    may: CHANGERS,
    sample: async (world) => ({ params: await newRegistration(world), body: CHANGE }),
  },
  "lti_registrations.end": {
    may: CHANGERS,
    sample: async (world) => ({ params: await newRegistration(world) }),
  },
  "lti_registrations.check": {
    may: CHANGERS,
    sample: async (world) => ({ params: await newRegistration(world) }),
  },
  "lti_deployments.list": { may: ALL, sample: async (world) => ({ params: await newRegistration(world) }) },
  "lti_deployments.of_account": { may: ALL, sample: () => ({}) },
  "lti_deployments.add": {
    may: CHANGERS,
    sample: async (world) => ({
      params: await newRegistration(world),
      body: { deployment_id: "2", connection_id: world.license.connection_id },
    }),
  },
  "lti_deployments.assign": {
    may: CHANGERS,
    sample: async (world) => ({
      params: await newDeployment(world),
      body: { connection_id: world.license.connection_id },
    }),
  },
  "lti_deployments.remove": {
    may: CHANGERS,
    sample: async (world) => ({ params: await newDeployment(world) }),
  },
  "shared_lti_registrations.list": { may: VENDOR, sample: () => ({}) },
  "shared_lti_registrations.create": { may: VENDOR, sample: () => ({ body: body() }) },
  "shared_lti_registrations.get": {
    may: VENDOR,
    sample: async (world) => ({ params: await newRegistration(world, "vendor") }),
  },
  "shared_lti_registrations.change": {
    may: VENDOR,
    sample: async (world) => ({
      params: await newRegistration(world, "vendor"),
      body: CHANGE,
    }),
  },
  "shared_lti_registrations.end": {
    may: VENDOR,
    sample: async (world) => ({ params: await newRegistration(world, "vendor") }),
  },
  "shared_lti_registrations.check": {
    may: VENDOR,
    sample: async (world) => ({ params: await newRegistration(world, "vendor") }),
  },
  "shared_lti_deployments.list": {
    may: VENDOR,
    sample: async (world) => ({ params: await newRegistration(world, "vendor") }),
  },
  "shared_lti_deployments.add": {
    may: VENDOR,
    sample: async (world) => ({
      params: await newRegistration(world, "vendor"),
      body: { deployment_id: "2", ...ownerOf(world) },
    }),
  },
  "shared_lti_deployments.assign": {
    may: VENDOR,
    sample: async (world) => ({ params: await newDeployment(world, "vendor"), body: ownerOf(world) }),
  },
  "shared_lti_deployments.remove": {
    may: VENDOR,
    sample: async (world) => ({ params: await newDeployment(world, "vendor") }),
  },
  "lti_keys.list": { may: VENDOR, sample: () => ({}) },
  "lti_keys.rotate": { may: OWNER, sample: () => ({ body: {} }) },
};

/** With the addresses, for those of a check are none that could be given. */
const CHANGE = {
  name: "Canvas",
  authorization_url: `${ISSUER}/auth`,
  token_url: `${ISSUER}/token`,
  jwks_url: `${ISSUER}/jwks`,
};

function ownerOf({ account_id, license }: World) {
  return { account_id, connection_id: license.connection_id };
}
