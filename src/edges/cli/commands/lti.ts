/** LTI 1.3: registrations of LMSs, their deployments, links by which an LMS registers itself, our values and keys. */
import { z } from "zod";
import { account, command, flag, given, id, most, rowsOf } from "../command.ts";

/** Left out: the vendor's own, which several accounts share. */
const owner = { account: id.optional().describe("the account's id; left out: the vendor's shared ones") };
const registration = { ...owner, registration: id.describe("the registration's id") };
const deployment = { ...registration, deployment: id.describe("the deployment's id, as the list shows it") };

interface Owned {
  readonly account?: string | undefined;
}

const allOf = ({ account: of }: Owned) => (of ? `/accounts/${of}/lti-registrations` : "/lti-registrations");
const pathOf = (asked: Owned & { readonly registration: string }) => `${allOf(asked)}/${asked.registration}`;
const deploymentsOf = (asked: Owned & { readonly registration: string }) => `${pathOf(asked)}/deployments`;
const linksOf = (asked: { readonly account: string }) => `/accounts/${asked.account}/lti-registration-links`;

const urls = {
  authorization_url: z.string().describe("where the LMS signs learners in"),
  token_url: z.string().describe("where the LMS grants access to its services"),
  jwks_url: z.string().describe("where the LMS publishes its keys"),
};

const connection = z
  .union([id, z.literal("none").transform(() => null)], { error: "expected an id, or none" })
  .describe("where new deployments go; none: each is assigned by hand");

interface Checked {
  readonly status: string;
  readonly points: readonly object[];
}

export const LTI_COMMANDS = {
  "lti values": command(
    "Show every value that an LMS asks for, to copy; with --json the key's line breaks too",
    {},
    async ({ api }) => ({ made: await api.get("/lti-values") }),
  ),
  "lti register": command(
    "Register an LMS by hand",
    {
      ...owner,
      name: z.string(),
      issuer: z.string(),
      client_id: z.string(),
      ...urls,
      token_audience: z.string().optional(),
      product: z.string().optional().describe("such as moodle or canvas"),
      connection: connection.optional(),
    },
    async ({ api }, { account: of, connection: connection_id, ...asked }) => ({
      made: await api.post(allOf({ account: of }), given({ ...asked, connection_id })),
    }),
  ),
  "lti list": command(
    "List registrations of LMSs",
    { ...owner, ended: flag.optional(), ...most },
    (call, asked) => rowsOf(call, allOf(asked), { ended: asked.ended, most: asked.most }),
  ),
  "lti show": command("Show a registration", registration, async ({ api }, asked) => ({
    made: await api.get(pathOf(asked)),
  })),
  "lti change": command(
    "Change a registration",
    {
      ...registration,
      name: z.string().optional(),
      authorization_url: urls.authorization_url.optional(),
      token_url: urls.token_url.optional(),
      jwks_url: urls.jwks_url.optional(),
      token_audience: z.string().optional(),
      product: z.string().optional(),
      connection: connection.optional(),
    },
    async ({ api }, { account: of, registration: one, connection: connection_id, ...asked }) => ({
      made: await api.patch(pathOf({ account: of, registration: one }), given({ ...asked, connection_id })),
    }),
  ),
  "lti end": command(
    "End a registration for good: no launch comes in through it",
    registration,
    async ({ api }, asked) => ({ made: await api.post(`${pathOf(asked)}/end`) }),
  ),
  "lti check": command(
    "Say in words what is wrong with a registration; ends with 1 where launches are refused",
    registration,
    async ({ api }, asked) => {
      const { status, points } = await api.post<Checked>(`${pathOf(asked)}/check`);
      return { rows: points, is_bad: status === "problem" };
    },
  ),
  "lti-link create": command(
    "Make a link that an LMS registers itself by; it is shown this once",
    { ...account, connection: id.optional(), name: z.string().optional() },
    async ({ api }, asked) => ({
      made: await api.post(linksOf(asked), given({ connection_id: asked.connection, name: asked.name })),
    }),
  ),
  "lti-link list": command("List an account's registration links", { ...account, ...most }, (call, asked) =>
    rowsOf(call, linksOf(asked), { most: asked.most }),
  ),
  "lti-link withdraw": command(
    "Withdraw a registration link",
    { ...account, link: id },
    async ({ api }, asked) => ({ made: await api.post(`${linksOf(asked)}/${asked.link}/withdraw`) }),
  ),
  "lti-deployment list": command(
    "List a registration's deployments",
    { ...registration, assigned: flag.optional(), ...most },
    (call, asked) => rowsOf(call, deploymentsOf(asked), { assigned: asked.assigned, most: asked.most }),
  ),
  "lti-deployment add": command(
    "Say before its first launch whose a deployment is",
    {
      ...registration,
      name: z.string().describe("as the LMS names it"),
      connection: id,
      for_account: id.optional().describe("of a shared registration: the account that it is to be of"),
    },
    async ({ api }, { name: deployment_id, connection: connection_id, for_account, ...asked }) => ({
      made: await api.post(
        deploymentsOf(asked),
        given({ deployment_id, connection_id, account_id: for_account }),
      ),
    }),
  ),
  "lti-deployment assign": command(
    "Assign a deployment to a connection",
    {
      ...deployment,
      connection: id,
      for_account: id.optional().describe("of a shared registration: the account that it is to be of"),
    },
    async ({ api }, asked) => ({
      made: await api.put(
        `${deploymentsOf(asked)}/${asked.deployment}`,
        given({ connection_id: asked.connection, account_id: asked.for_account }),
      ),
    }),
  ),
  "lti-deployment remove": command(
    "Remove a deployment: one that launches again is seen anew",
    deployment,
    async ({ api }, asked) => ({
      made: (await api.delete(`${deploymentsOf(asked)}/${asked.deployment}`)) ?? {},
    }),
  ),
  "lti-keys list": command("List the keys that LTI platforms know the gateway by", {}, async ({ api }) => ({
    rows: (await api.get<{ readonly items: readonly object[] }>("/lti-keys")).items,
  })),
  "lti-keys rotate": command(
    "Publish a new key, which takes over a day later",
    { at_once: flag.optional().describe("on: take over now, for a key that became known") },
    async ({ api }, asked) => ({ made: await api.post("/lti-keys/rotate", given(asked)) }),
  ),
} as const;
