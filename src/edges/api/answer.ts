/** From what a route's `run` gives to what goes over the wire. */
import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import type { Request, Response } from "express";
import { z } from "zod";
import { Fault } from "../../core/faults.ts";
import { sendStream } from "../http/sendStream.ts";
import type { AnyReply, BinaryAnswer, Route } from "./route.ts";

/** A reply whose body is as in the JSON: nothing is in it that the route's schema does not name. */
export interface EncodedReply extends AnyReply {
  readonly body: object | null;
}

export const API_PATH = "/api/v1";

function schemaOf(route: Route, status: number): z.ZodType | BinaryAnswer | null {
  const schema = route.answers[status as keyof Route["answers"]];
  if (schema === undefined) throw new Error(`${route.id} answers ${status}, which it does not declare`);
  return schema;
}

export function encodeReply(route: Route, reply: AnyReply): EncodedReply {
  const schema = schemaOf(route, reply.status);
  return { ...reply, body: schema instanceof z.ZodType ? (z.encode(schema, reply.body) as object) : null };
}

export function decodeReply(route: Route, reply: EncodedReply): AnyReply {
  const schema = schemaOf(route, reply.status);
  return { ...reply, body: schema instanceof z.ZodType ? z.decode(schema, reply.body) : null };
}

/** Strong: of all that is answered. */
export function entityTagOf(body: object | null): string {
  return `"${createHash("sha256").update(JSON.stringify(body)).digest("base64url").slice(0, 27)}"`;
}

/** @throws Fault `changed_meanwhile` where `If-Match` names something else than what there is. */
export function requireMatch(request: Request, route: Route, current: object): void {
  const expected = request.get("If-Match");
  if (expected === undefined || expected.trim() === "*") return;
  const tag = entityTagOf(encodeReply(route, { status: 200, body: current }).body);
  if (!expected.split(",").some((candidate) => candidate.trim() === tag))
    throw new Fault("changed_meanwhile", "If-Match: it was changed since it was read; read it again.");
}

export async function send(response: Response, route: Route, reply: AnyReply): Promise<void> {
  response.status(reply.status).set({
    "Cache-Control": route.etag ? "private, no-cache" : "no-store",
    Vary: "Authorization",
    ...reply.headers,
  });
  if (reply.location !== undefined) response.location(`${API_PATH}${reply.location}`);
  const schema = schemaOf(route, reply.status);
  if (schema === null) return void response.end();
  if ("binary" in schema) return sendBinary(response, schema.binary, reply.body);
  const { body } = encodeReply(route, reply);
  if (route.etag) response.set("ETag", entityTagOf(body));
  response.json(body);
}

async function sendBinary(response: Response, type: string, body: unknown): Promise<void> {
  response.type(type);
  if (!(body instanceof Readable)) return void response.send(body);
  if (response.req.method === "HEAD") {
    body.destroy();
    return void response.end();
  }
  // What breaks in the middle can't be answered any more: the connection is cut, so that nobody takes half for whole.
  await sendStream(body, response);
}
