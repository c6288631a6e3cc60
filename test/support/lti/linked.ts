/** Learners who came to a course by LTI 1.3, with a place in the gradebook: what the door and the player do, in a line. */
import type { Rollup } from "../../../src/core/bridge.ts";
import type { LtiMessage } from "../../../src/core/lti/message.ts";
import { rememberLaunch } from "../../../src/flows/lti/rememberTogether.ts";
import type { TestLicense, Visit } from "../fixtures.ts";
import type { TestGateway } from "../gateway.ts";
import { registerPlatform } from "./platform.ts";
import { ALL_SCOPES, type PlatformServices } from "./services.ts";

export const CLIENT_ID = "tool-1";

export function registerServices(
  gateway: Pick<TestGateway, "context">,
  { token_url, origin }: Pick<PlatformServices, "token_url" | "origin">,
  license: Pick<TestLicense, "account_id" | "connection_id">,
  { name = "Campus" }: { readonly name?: string } = {},
): Promise<string> {
  const registration = {
    name,
    issuer: `${origin}/${name}`,
    client_id: CLIENT_ID,
    authorization_url: `${origin}/authorize`,
    token_url,
    token_audience: null,
    jwks_url: `${origin}/jwks`,
    product: "",
  };
  return registerPlatform(gateway, { registration, deployment_id: "deployment-1" }, license);
}

export interface LinkWishes {
  readonly who?: string;
  readonly link?: string;
  /** Null: the platform names none. */
  readonly line_item_url?: string | null;
  readonly line_items_url?: string | null;
  readonly scopes?: readonly string[];
  readonly memberships_url?: string | null;
}

export interface Linked {
  readonly registration_id: string;
  readonly services: Pick<PlatformServices, "origin">;
}

export function messageOf(
  { registration_id, services }: Linked,
  license: TestLicense,
  wishes: LinkWishes = {},
): LtiMessage {
  const { who = "ana", link = "link-1" } = wishes;
  const { line_item_url = `${services.origin}/lineitems/${link}?type=course`, line_items_url = null } =
    wishes;
  return {
    version: "1.3.0",
    account_id: license.account_id,
    connection_id: license.connection_id,
    registration_id,
    consumer_key: null,
    delivery_key: license.delivery_key,
    nonce: `nonce of ${who}, and more`,
    namespace: `lti:${services.origin}`,
    platform_origin: services.origin,
    person: { id: who, name: "", given_name: "", family_name: "", email: "", sourcedid: "", former: null },
    roles: [],
    resource_link: { id: link, title: "Kitchen safety" },
    context: { id: "course-1", title: "Course 1" },
    presentation: { return_url: null, locale: "", target: "frame" },
    grades: { type: "ags", line_item_url, line_items_url, scopes: wishes.scopes ?? ALL_SCOPES },
    memberships_url: wishes.memberships_url ?? null,
  };
}

/** A launch whose grades go to the platform. */
export async function launchLinked(
  gateway: TestGateway,
  linked: Linked,
  license: TestLicense,
  wishes: LinkWishes = {},
): Promise<Visit> {
  const { who = "ana" } = wishes;
  const visit = await gateway.launch(license, { who });
  await rememberLaunch(gateway.context, visit.allowed(), messageOf(linked, license, wishes));
  return visit;
}

/** A rollup with a score in hundredths, or none. */
export function rollup(
  completion: Rollup["completion"],
  { score = null, success = "unknown", progress = null }: RollupWishes = {},
): Rollup {
  const scaled = score === null ? null : score / 100;
  return {
    completion,
    success,
    score: { scaled, raw: score, min: score === null ? null : 0, max: score === null ? null : 100 },
    progress,
    location: "page 3",
    session_seconds: 12,
  };
}

interface RollupWishes {
  readonly score?: number | null;
  readonly success?: Rollup["success"];
  readonly progress?: number | null;
}
