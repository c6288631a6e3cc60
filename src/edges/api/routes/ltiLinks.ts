/** Links by which an LMS registers itself, and all values for those who register it by hand. */
import { z } from "zod";
import { makeRegistrationLink, withdrawRegistrationLink } from "../../../flows/lti/registrationLinks.ts";
import { toolValues } from "../../../flows/lti/toolValues.ts";
import { pageOfRegistrationLinks, type RegistrationLink } from "../../../store/lti/registrationLinks.ts";
import { type PageRequest, paged, pageOf, pageQuery } from "../paging.ts";
import { defineRoute, type Route, reply } from "../route.ts";
import { id, moment } from "../schemas.ts";

const ALL = "/accounts/{account_id}/lti-registration-links";

const ABOUT = { tag: "LTI registrations", permission: "deliveries" } as const;

const linkFields = {
  id,
  account_id: id,
  connection_id: id,
  name: z.string().meta({ description: "Of the registration; empty: the LMS's host." }),
  created_at: moment,
  created_by: z.string(),
  expires_at: moment,
  used_at: moment.nullable(),
  registration_id: id.nullable().meta({ description: "What came of it." }),
  withdrawn_at: moment.nullable(),
};

const linkShape = z.object(linkFields).meta({ id: "LtiRegistrationLink" });

const newLinkShape = z
  .object({ ...linkFields, url: z.string().meta({ description: "To paste into the LMS: shown this once." }) })
  .meta({ id: "NewLtiRegistrationLink" });

const showLink = (link: RegistrationLink): z.output<typeof linkShape> => link;

const valuesShape = z
  .object({
    name: z.string(),
    description: z.string(),
    domain: z.string(),
    login_url: z.string().meta({ description: "Login URL, OpenID Connect initiation URL." }),
    redirect_urls: z.array(z.string()).meta({ description: "Redirect URIs, launch URL." }),
    jwks_url: z.string().meta({ description: "Public keyset, JWKS URL." }),
    public_key_pem: z.string().meta({ description: "For an LMS that takes no URL of a keyset." }),
    target_link_url: z.string().meta({
      description: "Tool URL, target link URI. A delivery's own link is in the delivery.",
    }),
    deep_linking_url: z.string().meta({ description: "Content selection URL." }),
    icon_url: z.string(),
    canvas_configuration_url: z.string().meta({ description: "For Canvas: all of this as one document." }),
    delivery_link: z.string().meta({ description: "What a delivery's link looks like." }),
    custom_parameter: z.string().meta({
      description: "In place of a delivery's link: names the delivery by its key.",
    }),
    message_types: z.array(z.string()),
    scopes: z.array(z.string()),
    claims: z.array(z.string()),
    privacy: z.string().meta({ description: "What the LMS should send of people, and why." }),
  })
  .meta({ id: "LtiValues" });

export const LTI_LINK_ROUTES: readonly Route[] = [
  defineRoute({
    ...ABOUT,
    id: "lti_values.get",
    method: "get",
    path: "/lti-values",
    permission: "anyone",
    need: "see",
    summary: "Read every value that an LMS asks for when the gateway is registered by hand",
    description:
      "No secrets. Each LMS has its own words for them; docs/lti-registration.md says which is which.",
    answers: { 200: valuesShape },
    faults: [],
    run: async ({ context }) => reply(200, await toolValues(context)),
  }),
  defineRoute({
    ...ABOUT,
    id: "lti_registration_links.list",
    method: "get",
    path: ALL,
    need: "see",
    summary: "List links by which an LMS registers itself, newest first",
    query: pageQuery({}),
    answers: { 200: pageOf(linkShape) },
    faults: [],
    run: async (call) => {
      const { context, params } = call;
      const read = (page: PageRequest) => pageOfRegistrationLinks(context.db, params.account_id, page);
      return reply(200, await paged(call, read, showLink));
    },
  }),
  defineRoute({
    ...ABOUT,
    id: "lti_registration_links.create",
    method: "post",
    path: ALL,
    need: "change",
    summary: "Make a link that an LMS registers itself by",
    description:
      "Paste it where the LMS takes a registration URL (dynamic registration). It is good for one registration, and only for a while (LTI_REGISTRATION_LINK_HOURS); an attempt that fails leaves it good. Who has the link can register an LMS for the account: treat it as a password.",
    body: z.strictObject({
      connection_id: id
        .nullable()
        .default(null)
        .meta({ description: "Null: the account's first connection." }),
      name: z
        .string({ error: "expected text" })
        .trim()
        .max(200)
        .refine((written) => !/\p{Cc}/u.test(written), { error: "expected no control characters" })
        .default("")
        .meta({ description: "Of the registration; empty: the LMS's host." }),
    }),
    answers: { 201: newLinkShape },
    faults: [],
    run: async ({ context, by, params: { account_id }, body }) => {
      const { link, url } = await makeRegistrationLink(context, by, account_id, body);
      const location = `/accounts/${account_id}/lti-registration-links`;
      return reply(201, { ...showLink(link), url }, { location });
    },
  }),
  defineRoute({
    ...ABOUT,
    id: "lti_registration_links.withdraw",
    method: "post",
    path: `${ALL}/{link_id}/withdraw`,
    need: "change",
    summary: "Withdraw a link: nobody registers an LMS by it any more",
    answers: { 200: linkShape },
    faults: ["conflict"],
    run: async ({ context, by, params }) =>
      reply(200, showLink(await withdrawRegistrationLink(context, by, params))),
  }),
];
