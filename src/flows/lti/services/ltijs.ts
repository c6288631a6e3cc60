/**
 * The one place where ltijs is used: for the Advantage services, which it is certified for (DESIGN §6). Loaded when first
 * needed, and only its services: no server of its own, no routes, no sessions, no database. What it asks of platforms, keys
 * and the network comes from us: docs/decisions/lti.md "What ltijs does".
 */
import type { KeyObject } from "node:crypto";
import type { LtiDeepLinkingMessage } from "../../../core/lti/deepLinking.ts";
import { LINE_ITEM_READONLY_SCOPE, LINE_ITEM_SCOPE } from "../../../core/lti/scopes.ts";
import type { Context } from "../../context.ts";
import { outgoingToPlatforms } from "../platformOutgoing.ts";
import {
  type LineItem,
  type Member,
  type NewLineItem,
  readLineItem,
  readLineItems,
  readMembers,
} from "./serviceAnswers.ts";
import { callService, SERVICE_HTTP, ServiceProblem } from "./serviceHttp.ts";

/** Whom to ask. */
export interface ServicePlatform {
  readonly issuer: string;
  readonly client_id: string;
  /** @throws ServiceProblem where the platform grants none. */
  accessToken(scopes: readonly string[]): Promise<AccessToken>;
}

export interface AccessToken {
  readonly token_type: "Bearer";
  readonly access_token: string;
}

/** As ltijs calls what a launch told. */
interface IdToken {
  readonly iss: string;
  readonly clientId: string;
  readonly deploymentId?: string;
  readonly platformContext: Readonly<Record<string, unknown>>;
}

/** What ltijs' services ask of its own `Platform`. */
interface LtijsPlatform {
  platformActive(): Promise<boolean>;
  platformClientId(): Promise<string>;
  platformKid(): Promise<string>;
  platformPrivateKey(): Promise<KeyObject>;
  platformAccessToken(scopes: string): Promise<AccessToken>;
}

type GetPlatform = () => Promise<LtijsPlatform>;

interface LtijsServices {
  readonly DeepLinking: new (
    getPlatform: GetPlatform,
  ) => {
    createDeepLinkingMessage(idtoken: IdToken, items: readonly object[], options: object): Promise<string>;
  };
  readonly NamesAndRoles: new (
    getPlatform: GetPlatform,
  ) => {
    getMembers(idtoken: IdToken, options: object): Promise<{ readonly next?: unknown }>;
  };
  readonly Grade: new (
    getPlatform: GetPlatform,
  ) => {
    getLineItems(
      idtoken: IdToken,
      options: object,
      token: AccessToken,
    ): Promise<{ readonly lineItems: unknown; readonly next?: unknown }>;
    createLineItem(idtoken: IdToken, item: object, options: object, token: AccessToken): Promise<unknown>;
  };
  readonly DynamicRegistration: new (
    options: object,
    routes: object,
    registerPlatform: () => Promise<{ platformId(): Promise<string> }>,
    getPlatform: () => Promise<false>,
    encryptionKey: string,
    database: { Insert(): Promise<void> },
  ) => {
    register(configurationUrl: string, token: string | undefined, registration: object): Promise<string>;
  };
}

let services: Promise<LtijsServices> | undefined;

/** With our HTTP client in place of its own, before anything can use that. */
function loadServices(): Promise<LtijsServices> {
  services ??= (async () => {
    const http = await part("Utils/Http");
    Object.assign(http as object, SERVICE_HTTP);
    const names = ["DeepLinking", "NamesAndRoles", "Grade", "DynamicRegistration"] as const;
    const loaded = await Promise.all(names.map((name) => part(`Provider/Services/${name}`)));
    return Object.fromEntries(names.map((name, index) => [name, loaded[index]])) as unknown as LtijsServices;
  })();
  return services;
}

async function part(name: string): Promise<unknown> {
  const loaded = (await import(`ltijs/dist/${name}.js`)) as { readonly default: unknown };
  return loaded.default;
}

const idTokenOf = ({ issuer, client_id }: ServicePlatform, platformContext: object): IdToken => ({
  iss: issuer,
  clientId: client_id,
  platformContext: { ...platformContext },
});

function never(): never {
  throw new Error("ltijs asked for what its service has no need of");
}

function asking(platform: ServicePlatform): GetPlatform {
  return async () => ({
    platformActive: async () => true,
    platformClientId: async () => platform.client_id,
    platformKid: never,
    platformPrivateKey: never,
    platformAccessToken: (scopes) => platform.accessToken(scopes.split(" ")),
  });
}

/** What is sent back by whoever picked, with the words that the platform shows them. */
export interface Picked {
  /** As `LtiLinkItem`; none: they went away without picking. Those of types that the platform takes are sent. */
  readonly items: readonly object[];
  /** Shown to whoever picked; "" where there is nothing to say. */
  readonly words: string;
}

/** @returns Signed, for the field `JWT` of the form that is posted to `return_url` (Deep Linking 2.0 §4.2). */
export async function deepLinkingMessage(
  context: Context,
  registration: { readonly issuer: string; readonly client_id: string },
  message: Pick<LtiDeepLinkingMessage, "deployment_id" | "data" | "accept_types" | "accept_multiple">,
  { items, words }: Picked,
): Promise<string> {
  const { DeepLinking } = await loadServices();
  const { kid, key } = await context.lti.toolKeys.current();
  const service = new DeepLinking(async () => ({
    platformActive: async () => true,
    platformClientId: async () => registration.client_id,
    platformKid: async () => kid,
    platformPrivateKey: async () => key,
    platformAccessToken: never,
  }));
  const idtoken = {
    iss: registration.issuer,
    clientId: registration.client_id,
    deploymentId: message.deployment_id,
    platformContext: {
      deepLinkingSettings: {
        accept_types: message.accept_types,
        accept_multiple: message.accept_multiple ?? true,
        ...(message.data === null ? {} : { data: message.data }),
      },
    },
  };
  return service.createDeepLinkingMessage(idtoken, [...items], words === "" ? {} : { message: words });
}

export interface MembersAsked {
  readonly memberships_url: string;
  /** Only those who see this link, where the platform can tell. */
  readonly resource_link_id?: string;
}

/** Whoever has more is not read to the end. */
const MOST_PAGES = 500;
const PAGE_MEMBERS = 200;

/**
 * The members of a platform's course, a page at a time, as long as the platform has more.
 * @throws ServiceProblem also where the list does not come to an end: whoever is not on it has not left.
 */
export async function* membersOf(
  context: Context,
  platform: ServicePlatform,
  { memberships_url, resource_link_id }: MembersAsked,
): AsyncGenerator<readonly Member[]> {
  const { NamesAndRoles } = await loadServices();
  const service = new NamesAndRoles(asking(platform));
  const idtoken = idTokenOf(platform, {
    namesRoles: { context_memberships_url: memberships_url },
    resource: { id: resource_link_id },
  });
  const seen = new Set<string>();
  let url: string | undefined;
  for (let page = 0; page < MOST_PAGES; page++) {
    const options = url
      ? { pages: 1, url }
      : { pages: 1, limit: PAGE_MEMBERS, resourceLinkId: resource_link_id !== undefined };
    const { members, next } = await callService(outgoingToPlatforms(context), async () => {
      const found = await service.getMembers(idtoken, options);
      const members = readMembers(found);
      if (!members) throw new ServiceProblem("its answer names no members");
      return { members, next: found.next };
    });
    yield members;
    if (typeof next !== "string") return;
    if (seen.has(next)) throw new ServiceProblem("its list leads back into itself");
    seen.add(next);
    url = next;
  }
  throw new ServiceProblem(`its list has more than ${MOST_PAGES} pages`);
}

export interface LineItemsAsked {
  readonly line_items_url: string;
  readonly resource_link_id: string;
  /** Those that the platform offers at this container. */
  readonly scopes: readonly string[];
}

/** Some platforms list a whole course's, a few on a page: who has more than this is looked at no further. */
const MOST_LINE_ITEM_PAGES = 50;

/**
 * The line items of a link. All pages are one call: together they take no longer than one may.
 * @throws ServiceProblem
 */
export async function findLineItems(
  context: Context,
  platform: ServicePlatform,
  asked: LineItemsAsked,
): Promise<readonly LineItem[]> {
  const { Grade } = await loadServices();
  const scope = asked.scopes.includes(LINE_ITEM_SCOPE) ? LINE_ITEM_SCOPE : LINE_ITEM_READONLY_SCOPE;
  const token = await platform.accessToken([scope]);
  const service = new Grade(asking(platform));
  const idtoken = idTokenOfLink(platform, asked);
  return callService(outgoingToPlatforms(context), async () => {
    const items: LineItem[] = [];
    const read = new Set<string>();
    for (let options: object | null = { resourceLinkId: true }; options; ) {
      const { lineItems, next } = await service.getLineItems(idtoken, options, token);
      // Not every platform keeps to what it was asked for.
      items.push(
        ...readLineItems(lineItems).filter((one) => one.resource_link_id === asked.resource_link_id),
      );
      const leadsOn = typeof next === "string" && !read.has(next) && read.size < MOST_LINE_ITEM_PAGES - 1;
      options = leadsOn ? { url: next } : null;
      if (leadsOn) read.add(next);
    }
    return items;
  });
}

/**
 * Makes a line item for a link.
 * @throws ServiceProblem
 */
export async function createLineItem(
  context: Context,
  platform: ServicePlatform,
  asked: Pick<LineItemsAsked, "line_items_url" | "resource_link_id">,
  item: NewLineItem,
): Promise<LineItem> {
  const { Grade } = await loadServices();
  const token = await platform.accessToken([LINE_ITEM_SCOPE]);
  const made = await callService(outgoingToPlatforms(context), () =>
    new Grade(asking(platform)).createLineItem(
      idTokenOfLink(platform, asked),
      {
        label: item.label,
        scoreMaximum: item.score_maximum,
        ...(item.resource_id === undefined ? {} : { resourceId: item.resource_id }),
        ...(item.tag === undefined ? {} : { tag: item.tag }),
      },
      { resourceLinkId: asked.resource_link_id !== "" },
      token,
    ),
  );
  const read = readLineItem(made);
  if (!read) throw new ServiceProblem("its answer is not what the specification says");
  return read;
}

function idTokenOfLink(
  platform: ServicePlatform,
  { line_items_url, resource_link_id }: Pick<LineItemsAsked, "line_items_url" | "resource_link_id">,
): IdToken {
  return idTokenOf(platform, {
    endpoint: { lineitems: line_items_url },
    resource: { id: resource_link_id },
  });
}

export interface RegistrationAsked {
  /** What `openid_configuration` named, and what was found there and has been checked: nobody is asked for it again. */
  readonly configuration_url: string;
  readonly configuration: Readonly<Record<string, unknown>> & { readonly registration_endpoint: string };
  /** Null where the platform sent none. */
  readonly registration_token: string | null;
  /** What we register as (LTI Dynamic Registration 1.0 §3.5): it stands in place of all that ltijs would say. */
  readonly tool: Readonly<Record<string, unknown>>;
}

export interface RegistrationAnswered {
  readonly client_id: string;
  /** All that the platform answered. */
  readonly answer: Readonly<Record<string, unknown>>;
}

/**
 * The exchange of a dynamic registration. What comes of it is stored by the caller.
 * @throws ServiceProblem
 */
export async function registerDynamically(
  context: Context,
  { configuration_url, configuration, registration_token, tool }: RegistrationAsked,
): Promise<RegistrationAnswered> {
  const { DynamicRegistration } = await loadServices();
  const service = new DynamicRegistration(
    { url: `${context.config.APP_ORIGIN}/`, name: "" },
    { appRoute: "/", loginRoute: "/", keysetRoute: "/" },
    // In place of ltijs' own, which makes a key for each platform while everybody waits: we have one for all.
    async () => ({ platformId: async () => "" }),
    async () => false,
    "",
    { Insert: async () => undefined },
  );
  const known = new Map([[configuration_url, JSON.stringify(configuration)]]);
  let answer: Readonly<Record<string, unknown>> = {};
  const heard = (body: unknown) => {
    if (typeof body === "object" && body !== null) answer = body as typeof answer;
  };
  await callService(
    outgoingToPlatforms(context),
    () => service.register(configuration_url, registration_token ?? undefined, tool),
    { known, heard },
  );
  const { client_id } = answer;
  if (typeof client_id !== "string" || client_id === "")
    throw new ServiceProblem("its answer names no client_id");
  return { client_id, answer };
}
