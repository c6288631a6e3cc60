/** What there is to be asked: the API's table of routes, and the fixed routes of both origins. */
import { z } from "zod";
import type { Route } from "../../../src/edges/api/route.ts";
import { ROUTES } from "../../../src/edges/api/routes/index.ts";
import { launchBody } from "../playRequests.ts";
import { scorm12Zip } from "../scoPackages.ts";
import { zipBytes } from "../zips.ts";
import type { Chance } from "./chance.ts";
import { hostileText } from "./hostileValues.ts";
import { type Schema, valueFor } from "./schemaValues.ts";
import type { Sensible } from "./spoil.ts";

export const APP_HOST = "localhost:8080";
export const CONTENT_HOST = "127.0.0.1:8080";

/** Ids that answers brought, by the parameter that they can stand for: `license_id` → those of licenses. */
export interface Pool {
  learn(name: string, id: string): void;
  /** Half of the time the first that was learnt of that name, so that what is done to it adds up. */
  any(chance: Chance, name: string): string;
}

export function newPool(): Pool {
  const ids = new Map<string, Set<string>>();
  return {
    learn: (name, id) => {
      const known = ids.get(name) ?? new Set();
      ids.set(name, known.add(id));
    },
    any: (chance, name) => {
      const named = [...(ids.get(name) ?? [])];
      const [first] = named;
      if (first !== undefined && chance.percent(50)) return first;
      const all = [...ids.values()].flatMap((some) => [...some]);
      return chance.pick(named.length > 0 && chance.percent(80) ? named : all);
    },
  };
}

/** `/accounts/{account_id}/licenses` answers with things that `{license_id}` stands for. */
const PARAM_OF_COLLECTION = new Map(
  ROUTES.flatMap(({ path }) =>
    [...path.matchAll(/([\w-]+)\/\{(\w+)\}/g)].map(([, collection, name]) => [collection, name]),
  ),
);

export function learnFrom(pool: Pool, path: string, answered: unknown): void {
  const collection = path
    .split("/")
    .filter((segment) => /^[a-z-]+$/.test(segment))
    .at(-1);
  const own = PARAM_OF_COLLECTION.get(collection);
  const walk = (value: unknown) => {
    if (typeof value !== "object" || value === null) return;
    for (const [name, inner] of Object.entries(value)) {
      if (typeof inner === "string" && /^[0-9a-f]{8}-[0-9a-f-]{27}$/.test(inner)) {
        if (name === "id" && own) pool.learn(own, inner);
        else if (name.endsWith("_id")) pool.learn(name, inner);
      } else walk(inner);
    }
  };
  walk(answered);
}

export interface Key {
  readonly name: string;
  readonly text: string;
}

export function apiRequest(chance: Chance, route: Route, pool: Pool, key: Key): Sensible {
  const path = route.path.replaceAll(/\{(\w+)\}/g, (_all, name: string) => pool.any(chance, name));
  const idOf = (name: string) => pool.any(chance, name);
  const query = valueFor(chance, schemaOf(route.query), idOf) as Record<string, unknown>;
  delete query["cursor"];
  return {
    method: route.method.toUpperCase(),
    path: `/api/v1${path}`,
    query: Object.fromEntries(Object.entries(query).map(([name, value]) => [name, String(value)])),
    headers: {
      host: APP_HOST,
      authorization: `Bearer ${key.text}`,
      ...(chance.percent(20) ? { "idempotency-key": `key-${chance.number(40)}` } : {}),
    },
    body: bodyOf(chance, route, idOf),
  };
}

function bodyOf(chance: Chance, { body, upload }: Route, idOf: (name: string) => string): Sensible["body"] {
  if (upload && (!body || chance.percent(80)))
    return {
      bytes: hostileUpload(chance),
      type: chance.percent(70) ? "application/zip" : chance.pick(upload),
    };
  return body ? { json: valueFor(chance, schemaOf(body), idOf) } : undefined;
}

const schemas = new Map<z.ZodType, Schema>();

function schemaOf(of: z.ZodType): Schema {
  const known = schemas.get(of);
  if (known) return known;
  const made = z.toJSONSchema(of, { io: "input", unrepresentable: "any" }) as unknown as Schema;
  schemas.set(of, made);
  return made;
}

/** Zips that lie, zips that grow, and things that are no zips. */
function hostileUpload(chance: Chance): Buffer {
  const entry = (name: string, content: string | Buffer = "x") => ({ name, content });
  return chance.pick<() => Buffer>([
    () => scorm12Zip(),
    () => scorm12Zip({ title: hostileText(chance).replace(/[^\p{L}\p{N} ]/gu, "") }),
    () => zipBytes([entry("imsmanifest.xml", Buffer.alloc(8_000_000, " "))]),
    () => zipBytes([entry("imsmanifest.xml", "<manifest/>"), entry("bomb", Buffer.alloc(70_000_000))]),
    () => zipBytes([entry("../../escape.html"), entry("imsmanifest.xml", "<manifest/>")]),
    () => zipBytes([{ ...entry("imsmanifest.xml"), declared: { size: 2 ** 32 - 2, compressedSize: 5 } }]),
    () => zipBytes([entry("imsmanifest.xml", '<!DOCTYPE a [<!ENTITY b "c">]><manifest>&b;</manifest>')]),
    () => zipBytes([], { entryCount: 60_000 }),
    () => zipBytes([entry(hostileText(chance).toWellFormed?.().slice(0, 2000) ?? "x")]),
    () => Buffer.from(Array.from({ length: chance.number(3000) }, () => chance.number(256))),
    () => Buffer.from("<!doctype html><title>Page</title>"),
    () => Buffer.alloc(0),
  ])();
}

/** What a learner's browser asks for, and what anybody may. */
export function fixedRequest(
  chance: Chance,
  known: { readonly deliveryKey: string; readonly token: string; readonly contentBase: string },
): Sensible {
  const content = { host: CONTENT_HOST };
  const app = { host: APP_HOST };
  const get = (path: string, headers: Record<string, string> = content): Sensible => ({
    method: "GET",
    path,
    query: {},
    headers,
    body: undefined,
  });
  const post = (path: string, json: unknown, headers: Record<string, string> = content): Sensible => ({
    ...get(path, headers),
    method: "POST",
    body: { json },
  });
  return chance.pick<() => Sensible>([
    () =>
      post(`/play/${known.deliveryKey}/launch`, {
        ...launchBody(),
        nonce: `nonce-of-the-fuzz-${chance.number(30)}`,
      }),
    () =>
      post(`/play/${known.deliveryKey}/launch`, {
        ...launchBody({
          learner_id: hostileText(chance),
          learner_name: hostileText(chance),
          suspend_data: hostileText(chance),
        }),
        nonce: `nonce-of-the-fuzz-${chance.number(1e6)}`,
        lms_origin: hostileText(chance).slice(0, 400),
      }),
    () => post("/play/keep", keepOf(chance, known.token)),
    () => get(`/play/${known.deliveryKey}`),
    () => get(`${known.contentBase}${chance.pick(["index.html", "", "a/b.js", "%2e%2e/x", "a%00b"])}`),
    () => get("/c/shim.js"),
    () => get(chance.pick(["/player/player.js", "/player/beatWorker.js", "/player/player.css"])),
    () =>
      get(
        chance.pick(["/healthz", "/readyz", "/", "/favicon.ico", "/robots.txt"]),
        chance.pick([content, app]),
      ),
    () => get(chance.pick(["/api/openapi.json", "/api/docs", "/api", "/api/v1", "/api/v1/"]), app),
    () => post("/operator/run", { command: "account list", options: {}, why: "" }, app),
  ])();
}

function keepOf(chance: Chance, token: string): unknown {
  return {
    token: chance.percent(80) ? token : hostileText(chance),
    sequence: chance.number(1000),
    changes: {
      [hostileText(chance)]: { "cmi.core.lesson_location": hostileText(chance), [hostileText(chance)]: null },
    },
    session_seconds: { lesson: chance.number(100) },
    closing: chance.percent(20),
  };
}
