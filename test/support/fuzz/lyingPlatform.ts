/** A platform that answers whatever it is asked by something that hardly makes sense, as the next chance has it. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Chance } from "./chance.ts";
import { hostileText } from "./hostileValues.ts";
import { spoilJson } from "./spoil.ts";

export interface LyingPlatform {
  readonly origin: string;
  /** What its answers go by from now on. */
  goBy(chance: Chance): void;
  close(): Promise<void>;
}

export async function startLyingPlatform(first: Chance): Promise<LyingPlatform> {
  let chance = first;
  const server = createServer((request, response) => {
    request.resume();
    const origin = `http://${request.headers.host}`;
    const body = bodyOf(chance, request.method === "POST" ? registered(origin) : configuration(origin));
    response.on("error", () => undefined);
    response
      .writeHead(chance.pick([200, 200, 200, 200, 201, 400, 500, 302]), {
        "content-type": chance.pick(["application/json", "application/json", "text/html"]),
        location: `${origin}/again`,
      })
      .end(body);
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    goBy: (next) => {
      chance = next;
    },
    close: () => {
      server.closeAllConnections();
      return new Promise((closed) => server.close(() => closed()));
    },
  };
}

function bodyOf(chance: Chance, sensible: object): string {
  if (chance.percent(25)) return JSON.stringify(sensible);
  if (chance.percent(15)) return hostileText(chance);
  return JSON.stringify(spoilJson(chance, sensible)) ?? "";
}

const PLATFORM = "https://purl.imsglobal.org/spec/lti-platform-configuration";

function configuration(origin: string): object {
  return {
    issuer: origin,
    authorization_endpoint: `${origin}/authorize`,
    token_endpoint: `${origin}/token`,
    jwks_uri: `${origin}/jwks`,
    registration_endpoint: `${origin}/register`,
    scopes_supported: ["openid", "https://purl.imsglobal.org/spec/lti-ags/scope/score"],
    claims_supported: ["sub", "name", "email"],
    [PLATFORM]: {
      product_family_code: "moodle",
      version: "5",
      messages_supported: [{ type: "LtiDeepLinkingRequest", placements: ["ContentArea"] }],
      variables: ["Person.email.primary"],
    },
  };
}

function registered(origin: string): object {
  return {
    client_id: "tool-of-the-fuzz",
    registration_client_uri: `${origin}/register/1`,
    "https://purl.imsglobal.org/spec/lti-tool-configuration": { deployment_id: "1", version: "1.3.0" },
  };
}
