/** Launches that are open while a bench runs, and tokens for the floors. */
import { createSecretKey } from "node:crypto";
import jsonwebtoken from "jsonwebtoken";
import type { LaunchAllowed } from "../../src/core/bridge.ts";
import { launch, launchRequest } from "../../test/support/learner.ts";
import { FLOOR_SECRET, type LabGateway } from "./lab.ts";
import type { Sold } from "./sales.ts";

/** @throws Error when the learner is not let in. */
export async function openOnce(gateway: LabGateway, sold: Sold, learner: string): Promise<LaunchAllowed> {
  const { body } = await launch(gateway.process.contentOrigin, sold.key, launchRequest(learner));
  if (body.outcome !== "allowed") throw new Error(`${learner} was not let in: ${JSON.stringify(body)}`);
  return body;
}

/** What the gateway's token says, signed the same way with a secret that the floors know. */
export function floorToken({ token }: Pick<LaunchAllowed, "token">): string {
  const claims = jsonwebtoken.decode(token, { json: true });
  if (!claims) throw new Error("The gateway's token is no JSON Web Token");
  const key = createSecretKey(Buffer.from(FLOOR_SECRET, "utf8"));
  return jsonwebtoken.sign(claims, key, { algorithm: "HS256", noTimestamp: true });
}
