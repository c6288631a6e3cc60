/** The OpenAPI 3.1 document, made from the table of routes: what it says is what is checked. */
import { z } from "zod";
import { FAULTS, type FaultCode } from "../../core/faults.ts";
import { isAllowed, PERMISSIONS, type Role, seesOwn } from "../../core/permissions.ts";
import { API_PATH } from "./answer.ts";
import { GUIDE } from "./guide.ts";
import type { BinaryAnswer, Route } from "./route.ts";
import { faultsOf } from "./routeFaults.ts";
import { id } from "./schemas.ts";

export type Json = { readonly [name: string]: unknown };

export interface OpenApiDocument extends Json {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Json>>>>;
  readonly components: Json & { readonly schemas: Json };
}

/** @param server The app origin. */
export function describeApi(routes: readonly Route[], server: string): OpenApiDocument {
  const schemas: Record<string, unknown> = { Problem: PROBLEM };
  const responses: Record<string, Json> = {};
  const paths: Record<string, Record<string, Json>> = {};
  for (const route of routes) {
    const operations = paths[`${API_PATH}${route.path}`] ?? {};
    operations[route.method] = operationOf(route, schemas, responses);
    paths[`${API_PATH}${route.path}`] = operations;
  }
  return {
    openapi: "3.1.0",
    info: { title: "Tallygate", version: "1", description: GUIDE },
    servers: [{ url: server }],
    security: [{ api_key: [] }],
    tags: [...new Set(routes.map(({ tag }) => tag))].map((name) => ({ name })),
    paths,
    components: {
      securitySchemes: {
        api_key: { type: "http", scheme: "bearer", description: "An API key, as `tg_…`." },
      },
      parameters: PARAMETERS,
      headers: HEADERS,
      responses,
      schemas,
    },
  };
}

function operationOf(route: Route, schemas: Record<string, unknown>, responses: Record<string, Json>): Json {
  return {
    operationId: route.id,
    tags: [route.tag],
    summary: route.summary,
    description: [route.description, whoMay(route)].filter(Boolean).join("\n\n"),
    parameters: [
      ...pathParameters(route.path),
      ...queryParameters(route.query, schemas),
      ...headerParameters(route),
    ],
    ...requestBodyOf(route, schemas),
    responses: { ...successesOf(route, schemas), ...problemsOf(route, responses) },
  };
}

const ROLES: readonly Role[] = ["owner", "support", "admin", "viewer"];

/** In words: who does not find their role here gets a 403. */
export function whoMay({ permission, need, path, vendorOnly, accountInBody }: Route): string {
  if (permission === "anyone") return "For any role.";
  const ofAccount = accountInBody || path.includes("{account_id}");
  const allowed = ROLES.filter((role) => {
    const isVendors = role === "owner" || role === "support";
    const isOut = !isVendors && !ofAccount && (vendorOnly || !seesOwn(role, permission));
    return !isOut && isAllowed(role, permission, need);
  });
  return `For ${allowed.join(", ")}. Falls under: ${PERMISSIONS[permission].covers}.`;
}

function pathParameters(path: string): Json[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: "path",
    required: true,
    schema: schemaOf(id, {}),
  }));
}

function queryParameters(query: z.ZodObject, schemas: Record<string, unknown>): Json[] {
  return Object.entries(query.shape).map(([name, field]) => {
    const { description, ...schema } = schemaOf(field as z.ZodType, schemas);
    return {
      name,
      in: "query",
      required: !(field as z.ZodType).safeParse(undefined).success,
      ...(description === undefined ? {} : { description }),
      schema,
    };
  });
}

function headerParameters(route: Route): Json[] {
  const names = [
    ...(route.method === "post" && !route.reads ? ["IdempotencyKey"] : []),
    ...(route.need === "change" ? ["AuditReason"] : []),
    ...(route.etag && route.method === "patch" ? ["IfMatch"] : []),
    ...(route.etag && route.method === "get" ? ["IfNoneMatch"] : []),
  ];
  return names.map((name) => ({ $ref: `#/components/parameters/${name}` }));
}

function requestBodyOf(route: Route, schemas: Record<string, unknown>): Json {
  const file = { schema: { type: "string", contentMediaType: "application/octet-stream" } };
  const files = Object.fromEntries((route.upload ?? []).map((type) => [type, file]));
  const json = route.body ? { "application/json": { schema: schemaOf(route.body, schemas) } } : {};
  const content = { ...files, ...json };
  return Object.keys(content).length === 0 ? {} : { requestBody: { required: true, content } };
}

function successesOf(route: Route, schemas: Record<string, unknown>): Json {
  const answers = Object.entries(route.answers).map(([status, answer]) => {
    const headers = [
      "X-Request-Id",
      ...(route.etag ? ["ETag"] : []),
      ...(status === "201" || status === "202" ? ["Location"] : []),
      ...(route.method === "post" && !route.reads ? ["Idempotency-Replayed"] : []),
    ];
    const content = answer ? { content: contentOf(answer, schemas) } : {};
    return [status, { description: SUCCESSES[status] ?? "Done.", headers: headersOf(headers), ...content }];
  });
  const unchanged = { description: "It is what `If-None-Match` names.", headers: headersOf(["ETag"]) };
  const hasUnchanged = route.etag && route.method === "get";
  return { ...Object.fromEntries(answers), ...(hasUnchanged ? { "304": unchanged } : {}) };
}

const SUCCESSES: Readonly<Record<string, string>> = {
  "200": "As asked.",
  "201": "Made.",
  "202": "Taken on; it goes on beside.",
  "204": "Done; there is nothing to say.",
};

function contentOf(answer: z.ZodType | BinaryAnswer, schemas: Record<string, unknown>): Json {
  if (answer instanceof z.ZodType) return { "application/json": { schema: schemaOf(answer, schemas) } };
  return { [answer.binary]: { schema: { type: "string", contentMediaType: answer.binary } } };
}

/** Each set of codes is described once, and referred to. */
function problemsOf(route: Route, responses: Record<string, Json>): Json {
  const byStatus = new Map<number, string[]>([[500, ["internal_error"]]]);
  for (const code of faultsOf(route)) {
    const { status } = FAULTS[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  const answers = [...byStatus].map(([status, codes]) => {
    const name = codes.join(".");
    responses[name] ??= problemAnswer(codes);
    return [String(status), { $ref: `#/components/responses/${name}` }];
  });
  return Object.fromEntries(answers);
}

function titleOf(code: string): string {
  return code === "internal_error"
    ? "The gateway failed; tell support the reference"
    : FAULTS[code as FaultCode].title;
}

function problemAnswer(codes: readonly string[]): Json {
  const schema = {
    allOf: [{ $ref: "#/components/schemas/Problem" }, { properties: { code: { enum: codes } } }],
  };
  return {
    description: codes.map((code) => `\`${code}\`: ${titleOf(code)}.`).join("\n\n"),
    headers: headersOf(["X-Request-Id"]),
    content: { "application/problem+json": { schema } },
  };
}

function headersOf(names: readonly string[]): Json {
  return Object.fromEntries(
    names.map((name) => [name, { $ref: `#/components/headers/${name.replaceAll("-", "")}` }]),
  );
}

/** JSON Schema of what crosses the wire. A schema with a name goes to the components, and is referred to. */
function schemaOf(schema: z.ZodType, schemas: Record<string, unknown>): Json {
  const made = z.toJSONSchema(schema, {
    io: "input",
    override: ({ jsonSchema }) => {
      // The format says it; the pattern that zod adds says it again, in hundreds of characters.
      if (jsonSchema.format !== undefined) delete jsonSchema.pattern;
    },
  }) as Record<string, unknown>;
  const { $schema: _dialect, $defs, ...own } = withComponentReferences(made) as Record<string, unknown>;
  Object.assign(schemas, $defs);
  return own;
}

function withComponentReferences(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withComponentReferences);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      key === "$ref"
        ? String(inner).replace("#/$defs/", "#/components/schemas/")
        : withComponentReferences(inner),
    ]),
  );
}

const text = { type: "string" };

/** RFC 9457. */
const PROBLEM = {
  type: "object",
  description: "What was wrong (RFC 9457). Codes are never renamed.",
  properties: {
    type: { ...text, format: "uri" },
    status: { type: "integer" },
    code: text,
    title: text,
    detail: { ...text, description: "Names the field, and what was expected." },
    reference: { ...text, format: "uuid", description: "The request's id, for support." },
  },
  required: ["type", "status", "code", "title", "detail", "reference"],
  additionalProperties: false,
};

const PARAMETERS = {
  IdempotencyKey: {
    name: "Idempotency-Key",
    in: "header",
    description: "Sent again with the same key, the request is not done again: the first answer comes back.",
    schema: { ...text, pattern: "^[\\x21-\\x7e]{1,255}$" },
  },
  AuditReason: {
    name: "Audit-Reason",
    in: "header",
    description: "Why, for the audit log; percent-encoded UTF-8 where it is not ASCII.",
    schema: { ...text, maxLength: 9000 },
  },
  IfMatch: {
    name: "If-Match",
    in: "header",
    description: "The ETag that was read: where it is another by now, nothing is changed.",
    schema: text,
  },
  IfNoneMatch: {
    name: "If-None-Match",
    in: "header",
    description: "The ETag that was read: where it is the same, the answer is 304.",
    schema: text,
  },
};

const HEADERS = {
  XRequestId: {
    description: "The request's id, for support.",
    required: true,
    schema: { ...text, format: "uuid" },
  },
  ETag: { description: "Changes with what is answered.", required: true, schema: text },
  Location: { description: "Where the new thing is.", schema: { ...text, format: "uri-reference" } },
  IdempotencyReplayed: {
    description: "`true`: this was answered before.",
    schema: { type: "string", const: "true" },
  },
};
