/** The document that the gateway serves: OpenAPI 3.1 by its own rules, complete, and a page that people can read. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { Ajv2020 } from "ajv/dist/2020.js";
import formats from "ajv-formats";
import request from "supertest";
import { z } from "zod";
import { describeApi } from "../../../src/edges/api/openapi.ts";
import { defineRoute, reply } from "../../../src/edges/api/route.ts";
import { ROUTES } from "../../../src/edges/api/routes/index.ts";
import { createAnswerCheck, type OpenApi } from "../../support/apiClient.ts";
import { type TestGateway, testGateway } from "../../support/gateway.ts";

let gateway: TestGateway;
let document: OpenApi;
beforeAll(async () => {
  gateway = await testGateway();
  document = (await served("/api/openapi.json")).body as OpenApi;
});
afterAll(() => gateway.close());

const served = (path: string) => request(gateway.app()).get(path).set("Host", "localhost:8080");

/** The objects of the specification (OpenAPI 3.1.0 §4.8), as far as the document uses them; no other field is allowed. */
const schema = z.record(z.string(), z.unknown());
const reference = z.strictObject({ $ref: z.string().regex(/^#\/components\/\w+\/[\w.-]+$/) });
const media = z.record(z.string().regex(/^[\w.+-]+\/[\w.+-]+$/), z.strictObject({ schema }));
const header = z.strictObject({ description: z.string(), required: z.boolean().optional(), schema });
const response = z.strictObject({
  description: z.string().min(1),
  headers: z.record(z.string(), z.union([reference, header])).optional(),
  content: media.optional(),
});
const parameter = z
  .strictObject({
    name: z.string().min(1),
    in: z.enum(["path", "query", "header"]),
    required: z.boolean().optional(),
    description: z.string().optional(),
    schema,
  })
  .refine((given) => given.in !== "path" || given.required === true);
const operation = z.strictObject({
  operationId: z.string().regex(/^[a-z][a-z0-9_]*\.[a-z_]+$/),
  tags: z.array(z.string()).length(1),
  summary: z.string().min(1),
  description: z.string().min(1),
  parameters: z.array(z.union([reference, parameter])),
  requestBody: z.strictObject({ required: z.literal(true), content: media }).optional(),
  responses: z.record(z.string().regex(/^[1-5]\d\d$/), z.union([reference, response])),
});
const openApi = z.strictObject({
  openapi: z.literal("3.1.0"),
  info: z.strictObject({ title: z.string(), version: z.string(), description: z.string() }),
  servers: z.array(z.strictObject({ url: z.url() })).min(1),
  security: z.array(z.strictObject({ api_key: z.array(z.never()) })),
  tags: z.array(z.strictObject({ name: z.string() })),
  paths: z.record(
    z.string().startsWith("/api/v1/"),
    z.partialRecord(z.enum(["get", "post", "put", "patch", "delete"]), operation),
  ),
  components: z.strictObject({
    securitySchemes: z.strictObject({
      api_key: z.strictObject({
        type: z.literal("http"),
        scheme: z.literal("bearer"),
        description: z.string(),
      }),
    }),
    parameters: z.record(z.string(), parameter),
    headers: z.record(z.string(), header),
    responses: z.record(z.string(), response),
    schemas: z.record(z.string(), schema),
  }),
});

const operations = () =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );

/** Every object in the document that is under one of the names. */
function* objectsUnder(name: string, value: unknown = document): Generator<unknown> {
  if (typeof value !== "object" || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    if (key === name) yield inner;
    yield* objectsUnder(name, inner);
  }
}

describe("the document", () => {
  test("has the fields of the specification and no others", () => {
    expect(openApi.safeParse(document).error?.issues ?? []).toEqual([]);
  });

  test("describes every route of the table, each once", () => {
    expect(
      operations()
        .map(({ operation }) => operation.operationId)
        .sort(),
    ).toEqual(ROUTES.map(({ id }) => id).sort());
    for (const { id, method, path } of ROUTES)
      expect(document.paths[`/api/v1${path}`]?.[method]?.operationId).toBe(id);
    expect(new Set(ROUTES.map(({ id }) => id)).size).toBe(ROUTES.length);
  });

  test("names the parameters of each path, all of them and no others", () => {
    for (const { path, operation } of operations()) {
      const { parameters } = operation as unknown as { parameters: { in?: string; name?: string }[] };
      const named = parameters.filter((each) => each.in === "path").map(({ name }) => name);
      expect([path, named]).toEqual([path, [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)]);
    }
  });

  test("has no two paths that could be the same address under one method", () => {
    const shapes = operations().map(({ method, path }) => `${method} ${path.replaceAll(/\{\w+\}/g, "{}")}`);
    expect(new Set(shapes).size).toBe(shapes.length);
  });

  test("refers to what there is, and has nothing that is not referred to", () => {
    const found = new Set([...objectsUnder("$ref")].map(String));
    const there = Object.entries(document.components)
      .filter(([kind]) => kind !== "securitySchemes")
      .flatMap(([kind, entries]) => Object.keys(entries).map((name) => `#/components/${kind}/${name}`));
    expect([...found].sort()).toEqual(there.sort());
  });

  test("holds JSON Schemas of 2020-12, with formats that are known", () => {
    const ajv = new Ajv2020({
      strict: true,
      strictTypes: false,
      strictRequired: false,
      allowUnionTypes: true,
    });
    formats.default(ajv);
    ajv.addVocabulary(["components"]);
    const components = { schemas: document.components.schemas };
    for (const schema of objectsUnder("schema"))
      expect(() => ajv.compile({ ...(schema as object), components })).not.toThrow();
  });

  test("gives examples that are examples", () => {
    const ajv = new Ajv2020({ strict: false });
    formats.default(ajv);
    const withExamples = (value: unknown): object[] =>
      typeof value === "object" && value !== null
        ? [...("examples" in value ? [value] : []), ...Object.values(value).flatMap(withExamples)]
        : [];
    const found = withExamples(document);
    expect(found.length).toBeGreaterThan(5);
    for (const { examples, ...schema } of found as { examples: unknown[] }[])
      for (const example of examples)
        expect([example, ajv.validate(schema, example)]).toEqual([example, true]);
  });

  test("says of every POST that it is done once, unless it changes nothing", () => {
    for (const route of ROUTES.filter(({ method }) => method === "post")) {
      const parameters = JSON.stringify(document.paths[`/api/v1${route.path}`]?.["post"]);
      expect([route.id, parameters.includes("#/components/parameters/IdempotencyKey")]).toEqual([
        route.id,
        route.reads !== true,
      ]);
    }
  });

  test("has a shape for each body: no route takes what it does not describe", () => {
    for (const route of ROUTES.filter(({ body }) => body !== null)) {
      const made = JSON.stringify(document.paths[`/api/v1${route.path}`]?.[route.method]);
      expect([route.id, made.includes('"additionalProperties":false')]).toEqual([route.id, true]);
    }
  });
});

describe("the check that tests hold answers by", () => {
  const routes = [
    defineRoute({
      id: "things.get",
      tag: "Things",
      method: "get",
      path: "/things/{thing_id}",
      permission: "anyone",
      need: "see",
      summary: "Read a thing",
      answers: { 200: z.object({ size: z.int() }) },
      faults: [],
      etag: true,
      run: async () => reply(200, { size: 1 }),
    }),
  ];
  const check = createAnswerCheck(describeApi(routes, "http://localhost:8080") as unknown as OpenApi);
  const answer = (status: number, body: unknown, headers: Record<string, string> = {}) =>
    ({
      status,
      body,
      text: JSON.stringify(body),
      headers: { "content-type": "application/json", "x-request-id": "1", etag: '"1"', ...headers },
    }) as unknown as Parameters<typeof check>[2];
  const path = "/api/v1/things/1";

  test.each<[string, string, ReturnType<typeof answer>]>([
    ["a status that is not named", "does not name this status", answer(201, { size: 1 })],
    ["a field of another type", "must be integer", answer(200, { size: "1" })],
    ["a field that is missing", "must have required property", answer(200, {})],
    ["another content type", "does not name the type", answer(200, {}, { "content-type": "text/html" })],
    ["a problem of another code", "must be equal to one of", problem("conflict")],
  ])("notices %s", (_what, message, given) => {
    expect(() => check("get", path, given)).toThrow(message);
  });

  test("notices a header that is missing", () => {
    const { etag: _etag, ...headers } = answer(200, { size: 1 }).headers;
    const given = { ...answer(200, { size: 1 }), headers } as ReturnType<typeof answer>;
    expect(() => check("get", path, given)).toThrow("the header ETag is missing");
  });

  test("finds nothing wrong with what is right", () => {
    expect(() => check("get", path, answer(200, { size: 1 }))).not.toThrow();
    expect(() => check("get", path, problem("not_found"))).not.toThrow();
  });

  function problem(code: string) {
    const body = {
      type: `urn:tallygate:error:${code}`,
      status: 404,
      code,
      title: "No",
      detail: "No.",
      reference: "019b8d62-7a80-7a6a-b440-aafbc824f8b4",
    };
    return answer(404, body, { "content-type": "application/problem+json" });
  }
});

describe("the page", () => {
  test("shows every operation, and runs nothing", async () => {
    const { status, text, headers } = await served("/api/docs");
    expect([status, headers["content-type"]]).toEqual([200, "text/html; charset=utf-8"]);
    for (const { id, path } of ROUTES) {
      expect(text).toContain(`<article id="${id}">`);
      expect(text.replaceAll("<wbr/>", "")).toContain(`/api/v1${path}</code>`);
    }
    expect(text).not.toMatch(/<script|style=|javascript:| on\w+=/);
    const links = [...text.matchAll(/href="#([^"]+)"/g)].map(([, anchor]) => anchor);
    for (const anchor of new Set(links)) expect(text).toContain(` id="${anchor}"`);
  });

  test("has its style from the gateway itself, as its policy demands", async () => {
    const page = await served("/api/docs");
    expect(page.headers["content-security-policy"]).toContain("style-src 'self'");
    const style = await served("/api/docs.css");
    expect([style.status, style.headers["content-type"]]).toEqual([200, "text/css; charset=utf-8"]);
  });
});
