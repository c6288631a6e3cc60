/**
 * An application on ltijs, as its own pages show it: one platform registered, cookies as a frame needs them. Who is let in gets
 * one row, durably, and a page.
 */
import { randomUUID } from "node:crypto";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { Express } from "express";
import { listen, setting } from "./listen.ts";

/** What an application's own code adds: to its table, over the plugin's own connections. */
export interface LaunchRow {
  readonly id: string;
  readonly user_id: string;
  readonly resource_link_id: string;
  readonly opened_at: Date;
}

export const LAUNCH_TABLE =
  "create table launch (id uuid primary key, user_id text not null, resource_link_id text not null, opened_at timestamptz not null)";
export const INSERT_LAUNCH =
  "insert into launch (id, user_id, resource_link_id, opened_at) values ($1, $2, $3, $4)";

/** As far as it is used here; ltijs has no types. */
interface Provider {
  readonly app: Express;
  setup(key: string, database: { readonly plugin: unknown }, options: object): void;
  deploy(options: { readonly serverless: true; readonly silent: true }): Promise<unknown>;
  registerPlatform(platform: object): Promise<unknown>;
  onConnect(
    answer: (
      token: {
        readonly user: string;
        readonly platformContext: { readonly resource: { readonly id: string } };
      },
      request: unknown,
      response: { send(page: string): unknown },
    ) => Promise<unknown>,
  ): void;
}

/** Whatever was installed for the bench. */
export const requireInstalled = createRequire(join(setting("FOLDER"), "here.js"));

const TOKEN_SECONDS = 60;

/** @param plugin A `Database` in the sense of ltijs. @param record Writes the row of a launch. */
export async function serveLtijs(
  plugin: unknown,
  { prepare, record }: { prepare(): Promise<unknown>; record(row: LaunchRow): Promise<unknown> },
): Promise<void> {
  const provider: Provider = requireInstalled("ltijs").Provider;
  provider.setup(
    "only for the bench: ltijs' own secret",
    { plugin },
    {
      cookies: { secure: true, sameSite: "None" },
      devMode: false,
      tokenMaxAge: TOKEN_SECONDS,
    },
  );
  provider.onConnect(async (token, _request, response) => {
    const resource_link_id = token.platformContext.resource.id;
    await record({ id: randomUUID(), user_id: token.user, resource_link_id, opened_at: new Date() });
    response.send(page(token.user));
  });
  await provider.deploy({ serverless: true, silent: true });
  await prepare();
  await provider.registerPlatform({
    url: setting("ISSUER"),
    name: "A platform",
    clientId: setting("CLIENT_ID"),
    authenticationEndpoint: `${setting("ISSUER")}/authorize`,
    accesstokenEndpoint: `${setting("ISSUER")}/token`,
    authConfig: { method: "JWK_SET", key: `${setting("ISSUER")}/jwks` },
  });
  listen(provider.app);
}

function page(user: string): string {
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>Course</title><h1>Welcome</h1><p>${user}</p></html>`;
}
