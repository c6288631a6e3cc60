/** One route as Express handles it: who, may they, what do they want, do it, answer. */
import { Readable } from "node:stream";
import type { Request, RequestHandler, Response } from "express";
import { Fault } from "../../core/faults.ts";
import type { By } from "../../flows/audited.ts";
import type { Context } from "../../flows/context.ts";
import { once } from "../../flows/once.ts";
import type { Principal } from "../../flows/principal.ts";
import { admit } from "./admit.ts";
import { decodeReply, type EncodedReply, encodeReply, requireMatch, send } from "./answer.ts";
import { type Caller, callerOf } from "./authenticate.ts";
import { contextFor, requireNoPilot } from "./pilots.ts";
import {
  contentTypeOf,
  hasBody,
  hashRequest,
  readAuditReason,
  readBody,
  readOnceKey,
  readParams,
  readQuery,
  streamBody,
} from "./readRequest.ts";
import { type AnyCall, type AnyReply, type Route, type Upload, uploadTypesOf } from "./route.ts";

export function handlerOf(context: Context, route: Route): RequestHandler {
  return async (request, response) => {
    response.locals["route"] = route.id;
    const caller = callerOf(response);
    const params = readParams(request);
    const account = await admit(context, caller.principal, route, params["account_id"]);
    const query = readQuery(request, route);
    const call: Omit<AnyCall, "body" | "upload"> = {
      context: await contextFor(context, caller.principal, route),
      principal: caller.principal,
      by: byOf(caller.principal, readAuditReason(request)),
      account,
      params,
      query,
      cursorScope: cursorScopeOf(route, caller.principal, params, request),
      requireUnchanged: (current) => requireMatch(request, route, current),
    };
    const reply = route.upload
      ? await takeUpload(request, response, route, call)
      : await takeJson(request, response, route, call);
    await send(response, route, reply);
  };
}

async function takeJson(
  request: Request,
  response: Response,
  route: Route,
  call: Omit<AnyCall, "body" | "upload">,
): Promise<AnyReply> {
  const { parsed, raw } = await readBody(request, response, route);
  await requireNoPilot(call.context, call.principal, route, [call.params, parsed]);
  const run = (context: Context) => route.run({ ...call, context, body: parsed, upload: null });
  return doOnce(request, response, route, call.context, hashRequest(request, raw), run);
}

async function takeUpload(
  request: Request,
  response: Response,
  route: Route,
  call: Omit<AnyCall, "body" | "upload">,
): Promise<AnyReply> {
  if (route.body && contentTypeOf(request) === "application/json")
    return takeOrder(request, response, route, call);
  const content_type = contentTypeOf(request);
  if (!route.upload?.includes(content_type))
    throw new Fault(
      "content_type_unsupported",
      `Content-Type: expected one of ${uploadTypesOf(route).join(", ")}.`,
    );
  if (!hasBody(request)) throw new Fault("body_invalid", "body: expected a file.");
  readOnceKey(request);
  const length = request.headers["content-length"];
  const content = streamBody(request);
  const upload: Upload = {
    content,
    content_type,
    total_bytes: length === undefined ? null : Number(length),
    once: async (digest, work) =>
      (await doOnce(request, response, route, call.context, hashRequest(request, digest), work)) as never,
  };
  return route.run({ ...call, body: undefined, upload }).finally(() => content.destroy());
}

/** Instead of the file itself, JSON that says where it is. */
async function takeOrder(
  request: Request,
  response: Response,
  route: Route,
  call: Omit<AnyCall, "body" | "upload">,
): Promise<AnyReply> {
  const { parsed, raw } = await readBody(request, response, route);
  readOnceKey(request);
  const upload: Upload = {
    content: Readable.from([]),
    content_type: "application/json",
    total_bytes: null,
    once: async (_digest, work) =>
      (await doOnce(request, response, route, call.context, hashRequest(request, raw), work)) as never,
  };
  return route.run({ ...call, body: parsed, upload });
}

/** A POST with an Idempotency-Key is done once, and answered alike as often as it is sent. */
async function doOnce(
  request: Request,
  response: Response,
  route: Route,
  context: Context,
  requestHash: string,
  run: (context: Context) => Promise<AnyReply>,
): Promise<AnyReply> {
  const key = route.method === "post" && !route.reads ? readOnceKey(request) : undefined;
  if (key === undefined) return run(context);
  const { principal, credential }: Caller = callerOf(response);
  const asked = { principal: principal.key_id ?? "operator", key, request_hash: requestHash, credential };
  const { answer, replayed } = await once<EncodedReply>(context, asked, async (joined) =>
    encodeReply(route, await run(joined)),
  );
  if (replayed) response.set("Idempotency-Replayed", "true");
  return decodeReply(route, answer);
}

function byOf(principal: Principal, why: string): By {
  const { key_id, vendor_user_id } = principal;
  if (key_id === null) return { actor: "cli", why };
  const actor = vendor_user_id === null ? `api_key:${key_id}` : `vendor_user:${vendor_user_id}`;
  return { actor, why, api_key_id: key_id };
}

/** What a cursor is bound to: the list, whose it is, and its filters. */
function cursorScopeOf(
  route: Route,
  principal: Principal,
  params: Readonly<Record<string, string>>,
  request: Request,
): string {
  const { limit: _limit, cursor: _cursor, ...filters } = request.query;
  const sortedFilters = Object.entries(filters).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([route.id, principal.account_id, params, sortedFilters]);
}
