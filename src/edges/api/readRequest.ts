/** What arrives, parsed by the route's own schemas; or a fault that names what is wrong with it. */
import { createHash } from "node:crypto";
import { finished, PassThrough, type Readable } from "node:stream";
import express, { type Request, type Response } from "express";
import type { z } from "zod";
import { FAULTS, Fault } from "../../core/faults.ts";
import { wellFormed } from "../../core/text.ts";
import type { Route } from "./route.ts";
import { id } from "./schemas.ts";

/** Every parameter is an id; where nothing could have it, there is nothing. */
export function readParams(request: Request): Readonly<Record<string, string>> {
  const entries = Object.entries(request.params).map(([name, given]) => {
    const read = id.safeParse(given);
    if (!read.success) throw new Fault("not_found", `${name}: found nothing that could have such an id.`);
    return [name, read.data] as const;
  });
  return Object.fromEntries(entries);
}

export function readQuery(request: Request, route: Route): unknown {
  requireStorable(request.query, "query");
  return parse(route.query, request.query, "query");
}

/** @returns Also the JSON as it came, by which a request is known again. */
export async function readBody(
  request: Request,
  response: Response,
  route: Route,
): Promise<{ readonly parsed: unknown; readonly raw: unknown }> {
  if (hasBody(request) && contentTypeOf(request) !== "application/json")
    throw new Fault("content_type_unsupported", "Content-Type: expected application/json.");
  const raw = hasBody(request) ? await readJson(request, response) : {};
  requireStorable(raw, "body");
  if (route.body) return { parsed: parse(route.body, raw, "body"), raw };
  if (typeof raw !== "object" || raw === null || Object.keys(raw).length > 0)
    throw new Fault("body_invalid", "body: expected none.");
  return { parsed: undefined, raw };
}

/**
 * The body as a stream of its own. Ending a request's own ends the connection, and with it the answer that says why; whoever
 * ends this one early is heard, for what still comes is read off (as long as `limitedServer.ts` lets it come).
 */
export function streamBody(request: Request): Readable {
  const body = new PassThrough();
  // Whoever reads hears of it; until somebody does, it is no error of ours.
  body.on("error", () => undefined);
  finished(request, { writable: false }, (error) => {
    if (error) body.destroy(error);
  });
  request.pipe(body);
  body.once("close", () => request.resume());
  return body;
}

export function contentTypeOf(request: Request): string {
  return (request.headers["content-type"] ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? "";
}

export function hasBody({ headers }: Request): boolean {
  return headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;
}

const json = express.json({ limit: "100kb", type: () => true });

function readJson(request: Request, response: Response): Promise<unknown> {
  return new Promise((resolve, reject) => {
    json(request, response, (error?: unknown) => {
      if (error === undefined) return resolve(request.body);
      reject(bodyFault(error));
    });
  });
}

/** What Express's parser found wrong, said as everything else here. */
function bodyFault(error: unknown): unknown {
  const status = error instanceof Error && "status" in error ? error.status : undefined;
  if (status === FAULTS.content_type_unsupported.status)
    return new Fault("content_type_unsupported", "Content-Type: expected application/json, in UTF-8.");
  return status === FAULTS.body_invalid.status
    ? new Fault("body_invalid", "body: expected well-formed JSON.")
    : error;
}

const DEEPEST = 16;

/** No NUL, no half characters: Postgres takes neither. And no deeper than anything that is expected anywhere. */
function requireStorable(value: unknown, where: "query" | "body"): void {
  const open = [{ value, path: "", depth: 0 }];
  for (let next = open.pop(); next; next = open.pop()) {
    const { path, depth } = next;
    if (typeof next.value === "string" && next.value !== wellFormed(next.value))
      throw invalid(path || where, "expected text without NUL or half characters");
    if (typeof next.value !== "object" || next.value === null) continue;
    if (depth === DEEPEST) throw invalid(path, `expected no more than ${DEEPEST} levels`);
    for (const [key, inner] of Object.entries(next.value)) {
      if (key !== wellFormed(key))
        throw invalid(path || where, "expected names without NUL or half characters");
      open.push({ value: inner, path: path ? `${path}.${key}` : key, depth: depth + 1 });
    }
  }
}

function parse(schema: z.ZodType, value: unknown, where: "query" | "body"): unknown {
  const read = schema.safeParse(value);
  if (read.success) return read.data;
  throw new Fault(
    "body_invalid",
    shorten(read.error.issues.map((issue) => describe(issue, where)).join(" ")),
  );
}

function describe(issue: z.core.$ZodIssue, where: "query" | "body"): string {
  const path = issue.path.map(String).join(".");
  if (issue.code === "unrecognized_keys") {
    const found = issue.keys.map((key) => (path ? `${path}.${key}` : key)).join(", ");
    return `${found}: not a field of this ${where}.`;
  }
  return `${path || where}: ${issue.message.replace(/^Invalid (input|option): /, "")}.`;
}

function invalid(path: string, expected: string): Fault {
  return new Fault("body_invalid", shorten(`${path}: ${expected}.`));
}

const LONGEST_DETAIL = 1000;

function shorten(detail: string): string {
  return detail.length > LONGEST_DETAIL ? `${detail.slice(0, LONGEST_DETAIL)} …` : detail;
}

const LONGEST_REASON = 1000;

/** Why it is done, for the audit log; headers are ASCII, so anything else is percent-encoded. */
export function readAuditReason(request: Request): string {
  const given = request.get("Audit-Reason") ?? "";
  const reason = decode(given);
  if (reason === null || reason !== wellFormed(reason) || reason.length > LONGEST_REASON)
    throw new Fault(
      "body_invalid",
      `Audit-Reason: expected at most ${LONGEST_REASON} characters, percent-encoded where not ASCII.`,
    );
  return reason;
}

function decode(encoded: string): string | null {
  try {
    return decodeURIComponent(encoded);
  } catch {
    return null;
  }
}

/** Undefined where none was sent. */
export function readOnceKey(request: Request): string | undefined {
  const key = request.get("Idempotency-Key");
  if (key !== undefined && !/^[\x21-\x7e]{1,255}$/.test(key))
    throw new Fault("body_invalid", "Idempotency-Key: expected 1 to 255 visible ASCII characters.");
  return key;
}

/** By which a request is known again: JSON in another order or spacing is the same. */
export function hashRequest(request: Request, body: unknown): string {
  return createHash("sha256")
    .update(`${request.method} ${request.originalUrl}\n${JSON.stringify(sorted(body))}`)
    .digest("hex");
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
}
