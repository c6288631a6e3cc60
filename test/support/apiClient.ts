/**
 * Speaks to the API, and holds every answer to the document that the gateway itself serves: its status is one that is
 * named, its body fits the schema, its type and headers are as said.
 *
 *     const api = await apiClient(gateway.app());
 *     const owner = api.as(TEST_OPERATOR_KEY);
 *     await owner.post("/accounts", { name: "Acme", currency: "EUR" });
 */
import type { RequestListener } from "node:http";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import formats from "ajv-formats";
import request, { type Response } from "supertest";

export type Method = "get" | "post" | "put" | "patch" | "delete" | "head";

type Headers = Readonly<Record<string, string>>;

export interface ApiCaller {
  get(path: string, headers?: Headers): Promise<Response>;
  head(path: string, headers?: Headers): Promise<Response>;
  post(path: string, body?: unknown, headers?: Headers): Promise<Response>;
  put(path: string, body?: unknown, headers?: Headers): Promise<Response>;
  patch(path: string, body?: unknown, headers?: Headers): Promise<Response>;
  delete(path: string, headers?: Headers): Promise<Response>;
  /** A body as it is: text or bytes, of whatever type. */
  send(
    method: Method,
    path: string,
    type: string,
    body: string | Buffer,
    headers?: Headers,
  ): Promise<Response>;
}

export interface ApiClient {
  readonly document: OpenApi;
  /** @param key Undefined: none. */
  as(key: string | undefined): ApiCaller;
}

interface Answer {
  readonly content?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, { readonly $ref: string }>>;
}

interface Referred {
  readonly $ref?: string;
}

export interface OpenApi {
  readonly openapi: string;
  readonly paths: Readonly<
    Record<
      string,
      Readonly<
        Record<
          string,
          { readonly operationId: string; readonly responses: Readonly<Record<string, Answer & Referred>> }
        >
      >
    >
  >;
  readonly components: {
    readonly responses: Readonly<Record<string, Answer>>;
    readonly headers: Readonly<Record<string, { readonly required?: boolean }>>;
    readonly schemas: Readonly<Record<string, unknown>>;
  };
}

const HOST = "localhost:8080";
const PREFIX = "/api/v1";

export async function apiClient(app: RequestListener): Promise<ApiClient> {
  const served = await request(app).get("/api/openapi.json").set("Host", HOST);
  const document = served.body as OpenApi;
  const check = createAnswerCheck(document);
  return {
    document,
    as: (key) => {
      const ask = async (
        method: Method,
        path: string,
        headers: Headers = {},
        body?: unknown,
        type?: string,
      ): Promise<Response> => {
        const asked = request(app)[method](`${PREFIX}${path}`).set("Host", HOST).set(headers);
        if (key !== undefined) asked.set("Authorization", `Bearer ${key}`);
        if (type !== undefined)
          asked.set("Content-Type", type).serialize((bytes: unknown) => bytes as string);
        const answer = await (body === undefined ? asked : asked.send(body as object));
        check(method, `${PREFIX}${path}`, answer);
        return answer;
      };
      return {
        get: (path, headers) => ask("get", path, headers),
        head: (path, headers) => ask("head", path, headers),
        post: (path, body, headers) => ask("post", path, headers, body),
        put: (path, body, headers) => ask("put", path, headers, body),
        patch: (path, body, headers) => ask("patch", path, headers, body),
        delete: (path, headers) => ask("delete", path, headers),
        send: (method, path, type, body, headers) => ask(method, path, headers, body, type),
      };
    },
  };
}

type AnswerCheck = (method: Method, path: string, answer: Response) => void;

/** @throws Error that names what the document does not say. */
export function createAnswerCheck(document: OpenApi): AnswerCheck {
  const ajv = new Ajv2020({ strict: false, validateSchema: false, allErrors: true });
  formats.default(ajv);
  ajv.addSchema(document, "api");
  const validators = new Map<string, ValidateFunction>();
  const validatorAt = (...place: readonly string[]): ValidateFunction => {
    const pointer = place.map((part) => encodeURIComponent(part.replaceAll("~", "~0").replaceAll("/", "~1")));
    const reference = `api#/${pointer.join("/")}`;
    const known = validators.get(reference) ?? ajv.compile({ $ref: reference });
    validators.set(reference, known);
    return known;
  };
  const check = (validate: ValidateFunction, answer: Response, what: string) => {
    if (!validate(answer.body))
      throw new Error(`${what}: ${ajv.errorsText(validate.errors)}\n${answer.text.slice(0, 2000)}`);
  };
  return (method, path, answer) => {
    const what = `${method.toUpperCase()} ${path} → ${answer.status}`;
    const template = templateOf(document, path);
    const operation = document.paths[template ?? ""]?.[method === "head" ? "get" : method];
    if (!template || !operation) {
      const expected = template ? [401, 405, 429] : [401, 404, 429];
      if (!expected.includes(answer.status)) throw new Error(`${what}: the document has no such operation`);
      return check(validatorAt("components", "schemas", "Problem"), answer, what);
    }
    const declared = operation.responses[String(answer.status)];
    if (!declared) throw new Error(`${what}: the document does not name this status\n${answer.text}`);
    const name = declared.$ref?.split("/").at(-1);
    const response = name === undefined ? declared : document.components.responses[name];
    for (const [header, { $ref }] of Object.entries(response?.headers ?? {})) {
      const { required } = document.components.headers[$ref.split("/").at(-1) ?? ""] ?? {};
      if (required && answer.headers[header.toLowerCase()] === undefined)
        throw new Error(`${what}: the header ${header} is missing`);
    }
    if (method === "head" || answer.status === 304) return;
    const type = (answer.headers["content-type"] ?? "").split(";")[0] ?? "";
    const types = Object.keys(response?.content ?? {});
    if (types.length === 0 ? type !== "" : !types.includes(type))
      throw new Error(`${what}: the document does not name the type ${type}`);
    if (!type.endsWith("json")) return;
    const place =
      name === undefined
        ? ["paths", template, method, "responses", String(answer.status)]
        : ["components", "responses", name];
    check(validatorAt(...place, "content", type, "schema"), answer, what);
  };
}

/** The path as the document writes it; a fixed one before one with an id. */
function templateOf(document: OpenApi, path: string): string | undefined {
  const parts = path.replace(/[?#].*$/, "").split("/");
  const fits = (template: string) => {
    const expected = template.split("/");
    return (
      expected.length === parts.length && expected.every((part, index) => partFits(part, parts[index] ?? ""))
    );
  };
  const templates = Object.keys(document.paths).filter(fits);
  // What is written out counts for more than what may be anything; `{id}.pdf` for more than `{id}`.
  const fixed = (template: string) => template.replaceAll(/\{\w+\}/g, "").length;
  return templates.sort((a, b) => a.split("{").length - b.split("{").length || fixed(b) - fixed(a))[0];
}

function partFits(expected: string, part: string): boolean {
  const [, name, ending = ""] = /^(\{\w+\})(.*)$/.exec(expected) ?? [];
  return name === undefined ? expected === part : part.endsWith(ending);
}
