/** What administrators are told of the gateway as an LTI tool: its values to copy, and its keys. */
import { createPublicKey, type JsonWebKey } from "node:crypto";
import { DELIVERY_PARAMETER, ltiLinkOf } from "../../core/lti/links.ts";
import { toolValuesOf } from "../../core/lti/tool.ts";
import { listToolKeys } from "../../store/lti/toolKeys.ts";
import type { Context } from "../context.ts";

const EXAMPLE_KEY = "DELIVERY_KEY";

const PRIVACY =
  "Names and e-mail: learners are recognised by the LMS's own id for them, and names keep two people of one id apart. Without a name nothing is lost but that; anonymous launches are turned away.";

/** Every value that an LMS asks for. */
export async function toolValues({ config, lti }: Context) {
  const { message_types, redirect_urls, scopes, claims, ...values } = toolValuesOf(config.APP_ORIGIN);
  const { kid } = await lti.toolKeys.current();
  const { keys } = await lti.toolKeys.jwks();
  const signing = keys.find((key) => key["kid"] === kid) as JsonWebKey;
  const publicKey = createPublicKey({ key: signing, format: "jwk" });
  return {
    ...values,
    public_key_pem: publicKey.export({ type: "spki", format: "pem" }).toString(),
    delivery_link: ltiLinkOf(config.APP_ORIGIN, EXAMPLE_KEY),
    custom_parameter: `${DELIVERY_PARAMETER}=${EXAMPLE_KEY}`,
    privacy: PRIVACY,
    message_types: [...message_types],
    redirect_urls: [...redirect_urls],
    scopes: [...scopes],
    claims: [...claims],
  };
}

export interface ListedToolKey {
  readonly kid: string;
  readonly status: "coming" | "signing" | "going";
  readonly created_at: Date;
  readonly signs_from: Date;
  readonly ends_at: Date | null;
}

export async function listPublishedKeys({ db, deps, lti }: Context): Promise<readonly ListedToolKey[]> {
  const at = deps.clock.now();
  const { kid: signing } = await lti.toolKeys.current();
  const stored = await listToolKeys(db, at);
  const statusOf = (kid: string, from: Date) =>
    kid === signing ? "signing" : from > at ? "coming" : "going";
  return stored.map(({ kid, created_at, signs_from, ends_at }) => ({
    kid,
    status: statusOf(kid, signs_from),
    created_at,
    signs_from,
    ends_at,
  }));
}
