/** The REST API under `/api` on the app origin: the table of routes, its description, and what to answer beside it. */
import { type RequestHandler, Router } from "express";
import { Fault } from "../../core/faults.ts";
import type { Context } from "../../flows/context.ts";
import { authentication } from "./authenticate.ts";
import { docsPage } from "./docsPage.tsx";
import { DOCS_STYLE } from "./docsStyle.ts";
import { handlerOf } from "./handle.ts";
import { describeApi, type OpenApiDocument } from "./openapi.ts";
import { ROUTES } from "./routes/index.ts";

export function apiRouter(context: Context, operatorKey: string): Router {
  const router = Router();
  router.use("/v1", versionOne(context, operatorKey));
  router.use(documentation(context.config.APP_ORIGIN));
  return router;
}

/** For anyone: it says nothing that is not in every copy of this program. Made when first asked for. */
function documentation(server: string): Router {
  const router = Router();
  let document: OpenApiDocument | undefined;
  let page: string | undefined;
  const describe = () => {
    document ??= describeApi(ROUTES, server);
    return document;
  };
  router.get("/openapi.json", (_request, response) => {
    response.set("Cache-Control", "no-cache").json(describe());
  });
  router.get("/docs", (_request, response) => {
    page ??= docsPage(describe());
    response.set("Cache-Control", "no-cache").type("html").send(page);
  });
  router.get("/docs.css", (_request, response) => {
    response.set("Cache-Control", "no-cache").type("css").send(DOCS_STYLE);
  });
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
