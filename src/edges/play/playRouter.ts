/** The player's door on the content origin, as Express knows it: its page, and the addresses of `playDoor.ts` in any spelling. */
import { Router } from "express";
import type { Step } from "../http/securityHeaders.ts";
import type { PlayDoor } from "./playDoor.ts";
import { sendPlayerPage } from "./playerPage.tsx";

export function playRouter(door: PlayDoor): Router {
  const router = Router();
  router.use(playHeaders);
  router.post("/keep", (request, response) => door.keep(request, response));
  // Before the deliveries: no key is `lti`.
  router.post("/lti/launch", (request, response) => door.launchByTicket(request, response));
  router.post("/:key/launch", (request, response) => door.launch(request.params.key, request, response));
  router.get("/:key", (request, response) => sendPlayerPage(request, response));
  return router;
}

/** What is said here is for one learner, and for the player alone. */
export const playHeaders: Step = (_request, response, next) => {
  response.setHeader("Cache-Control", "no-store");
  response.setHeader("Cross-Origin-Resource-Policy", "same-origin");
  next();
};
