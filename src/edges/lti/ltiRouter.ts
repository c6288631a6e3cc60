/** LTI on the app origin: what platforms ask for, and what they send people to. */
import express, { type RequestHandler, Router } from "express";
import type { Context } from "../../flows/context.ts";
import { CLIENT_FOLDER } from "../../paths.ts";
import type { Step } from "../http/securityHeaders.ts";
import { catalogRouter } from "./catalog/catalogRouter.ts";
import type { LtiDoor } from "./door/ltiDoor.ts";
import { noticePage } from "./door/pages.tsx";
import { languageOf, refusals } from "./door/refusals.ts";
import { sendPage } from "./door/sendPage.ts";
import { doorWordsOf } from "./door/words.ts";
import { launch11 } from "./links/launch11.ts";
import { registerRouter } from "./register/registerRouter.ts";

/** Platforms read our keys again when they meet one that they don't know, or after this. */
const JWKS_SECONDS = 60 * 60;

export function ltiRouter(context: Context, door: LtiDoor): Router {
  const router = Router();
  router.use(keepOpener);
  router.get("/jwks", jwks(context));
  router.use("/files", doorFiles());
  router.use("/catalog", catalogRouter(context));
  router.use(registerRouter(context));
  router.get("/links/:key", linkPage(context));
  router.post("/links/:key", launch11(context));
  for (const [path, answer] of [
    ["/login", door.login],
    ["/launch", door.launch],
  ] as const) {
    router.get(path, (request, response) => answer(request, response));
    router.post(path, (request, response) => answer(request, response));
  }
  router.use(refusals(context));
  return router;
}

/** A window must not lose the page that opened it: neither a platform's, nor ours, by a redirect either. */
export const keepOpener: Step = (_request, response, next) => {
  response.removeHeader("Cross-Origin-Opener-Policy");
  next();
};

function jwks({ lti }: Context): RequestHandler {
  return async (_request, response) => {
    const keys = await lti.toolKeys.jwks();
    response
      .set({
        "Cache-Control": `public, max-age=${JWKS_SECONDS}`,
        "Access-Control-Allow-Origin": "*",
        "Cross-Origin-Resource-Policy": "cross-origin",
      })
      .json(keys);
  };
}

/** Of all that is built for browsers, only the door's own. */
function doorFiles(): RequestHandler {
  const files = express.static(CLIENT_FOLDER, { index: false });
  const wanted = /^\/ltiDoor\.(js|css)$/;
  return (request, response, next) => (wanted.test(request.path) ? files(request, response, next) : next());
}

/** Whoever opens a delivery's link by itself is told what it is for. */
function linkPage({ config }: Context): RequestHandler {
  return (request, response) => {
    const language = languageOf(request);
    const { link_title, link_text } = doorWordsOf(language);
    const words = { title: link_title, text: link_text, next_step: "" };
    const nothing = { reference: null, technical: null, return_url: null, retry: null };
    sendPage(response, config, 200, noticePage({ language, ...words, ...nothing }));
  };
}
