/** The REST API under `/api` on the app origin: the table of routes, its description, and what to answer beside it. */
import { type RequestHandler, Router } from "express";
import { Fault } from "../../core/faults.ts";
import type { Context } from "../../flows/context.ts";
import { authentication } from "./authenticate.ts";
import { handlerOf } from "./handle.ts";
import { ROUTES } from "./routes/index.ts";

export function apiRouter(context: Context, operatorKey: string): Router {
  const router = Router();
  router.use("/v1", versionOne(context, operatorKey));
  return router;
}

function versionOne(context: Context, operatorKey: string): Router {
  const router = Router({ caseSensitive: true, strict: true });
  router.use(authentication(context, operatorKey));
  const methods = new Map<string, string[]>();
  for (const route of ROUTES) {
    const path = route.path.replaceAll(/\{(\w+)\}/g, ":$1");
    router[route.method](path, handlerOf(context, route));
    methods.set(path, [...(methods.get(path) ?? []), route.method.toUpperCase()]);
  }
  for (const [path, known] of methods) router.all(path, methodNotAllowed(known));
  return router;
}

function methodNotAllowed(methods: readonly string[]): RequestHandler {
  const allowed = [...methods, ...(methods.includes("GET") ? ["HEAD"] : [])].sort().join(", ");
  return (request, response) => {
    response.set("Allow", allowed);
    throw new Fault("method_not_allowed", `${request.method}: expected one of ${allowed}.`);
  };
}
