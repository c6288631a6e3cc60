/** Assignment and Grade Services 2.0, and Names and Roles 2.0: with the content types that they ask for. */
import express, { type Request, type Response, Router } from "express";
import { SCOPES } from "./discovery.ts";
import { COURSE } from "./firstState.ts";
import {
  changeLineItem,
  dropLineItem,
  listLineItems,
  makeLineItem,
  type Page,
  requireLineItem,
  shown,
} from "./lineItems.ts";
import { membershipsOf } from "./memberships.ts";
import type { Parts } from "./parts.ts";
import type { LineItem, Tool } from "./platformTypes.ts";
import { fieldsOf } from "./read.ts";
import { notFound, Refusal } from "./refusal.ts";
import { resultsOf, takeScore } from "./scores.ts";
import { requireAccess } from "./tokens.ts";

const TYPES = {
  lineItem: "application/vnd.ims.lis.v2.lineitem+json",
  lineItems: "application/vnd.ims.lis.v2.lineitemcontainer+json",
  score: "application/vnd.ims.lis.v1.score+json",
  results: "application/vnd.ims.lis.v2.resultcontainer+json",
  memberships: "application/vnd.ims.lti-nrps.v2.membershipcontainer+json",
} as const;

const READ_ITEMS = [SCOPES.lineItem, SCOPES.lineItemReadOnly];

export function serviceRoutes(parts: Parts): Router {
  const router = Router();
  router.use(express.json({ type: ["application/json", "application/*+json"] }));
  router.param("context", (_request, _response, next, context) => {
    next(context === COURSE.id ? undefined : notFound("such course"));
  });
  const access = (request: Request, ...scopes: string[]) =>
    requireAccess(parts, request.headers.authorization, scopes);
  router.get("/:context/line-items", (request, response) => {
    const page = listLineItems(parts, access(request, ...READ_ITEMS), fieldsOf(request.query));
    sendPage(response, TYPES.lineItems, page, page.items);
  });
  router.post("/:context/line-items", async (request, response) => {
    const tool = access(request, SCOPES.lineItem);
    const made = await makeLineItem(parts, tool, bodyOf(request, TYPES.lineItem));
    send(response.status(201), TYPES.lineItem, made);
  });
  router.use("/:context/line-items/:id/lineitem", lineItemRoutes(parts, access));
  router.get("/:context/memberships", (request, response) => {
    access(request, SCOPES.memberships);
    const { container, page } = membershipsOf(parts, fieldsOf(request.query));
    const { shelf } = parts;
    shelf.log({ direction: "in", words: "The tool read names and roles.", detail: container });
    sendPage(response, TYPES.memberships, page, container);
  });
  return router;
}

type Access = (request: Request, ...scopes: string[]) => Tool;

function lineItemRoutes(parts: Parts, access: Access): Router {
  const router = Router({ mergeParams: true });
  const itemOf = (request: Request, tool: Tool): LineItem =>
    requireLineItem(parts, tool, String(request.params["id"]));
  router.get("/", (request, response) => {
    const item = itemOf(request, access(request, ...READ_ITEMS));
    send(response, TYPES.lineItem, shown(parts.origin, item));
  });
  router.put("/", async (request, response) => {
    const tool = access(request, SCOPES.lineItem);
    const body = bodyOf(request, TYPES.lineItem);
    send(response, TYPES.lineItem, await changeLineItem(parts, tool, itemOf(request, tool), body));
  });
  router.delete("/", async (request, response) => {
    const tool = access(request, SCOPES.lineItem);
    await dropLineItem(parts, tool, itemOf(request, tool));
    response.sendStatus(204);
  });
  router.post("/scores", async (request, response) => {
    const tool = access(request, SCOPES.score);
    await takeScore(parts, tool, itemOf(request, tool), bodyOf(request, TYPES.score));
    response.sendStatus(204);
  });
  router.get("/results", (request, response) => {
    const item = itemOf(request, access(request, SCOPES.resultReadOnly));
    send(response, TYPES.results, resultsOf(parts, item, request.query["user_id"]));
  });
  return router;
}

function bodyOf(request: Request, type: string): ReturnType<typeof fieldsOf> {
  if (!request.is(type))
    throw new Refusal(
      415,
      "unsupported_media_type",
      `Content-Type: found ${request.headers["content-type"] ?? "none"}, expected ${type}.`,
    );
  return fieldsOf(request.body);
}

function send(response: Response, type: string, body: object): void {
  response.type(type).send(JSON.stringify(body));
}

function sendPage(response: Response, type: string, { next }: Page, body: object): void {
  if (next !== null) response.set("Link", `<${next}>; rel="next"`);
  send(response, type, body);
}
