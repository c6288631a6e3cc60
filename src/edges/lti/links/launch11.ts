/** The door of LTI 1.1: a signed form that a learner's browser posts to a delivery's link (docs/lti11.md). */
import type { Request, RequestHandler, Response } from "express";
import { Fault } from "../../../core/faults.ts";
import { returnUrlOf } from "../../../core/lti/launch11.ts";
import { LTI_LINKS_PATH } from "../../../core/lti/links.ts";
import { type Parameter, readForm } from "../../../core/lti/oauth1.ts";
import type { Context } from "../../../flows/context.ts";
import { verifyLaunch11 } from "../../../flows/lti/verifyLaunch11.ts";
import { clientAddress } from "../../http/clientAddress.ts";
import { readFormText } from "../../http/form.ts";
import { tooManyRequests } from "../../http/requestLimits.ts";
import { createLaunchLimits } from "../../play/launchLimits.ts";
import { answerLaunch, type LaunchDoor, UNANSWERED } from "../door/answerLaunch.ts";
import { rememberForm, rememberReturn } from "../door/refusals.ts";

/** A launch has some dozens of parameters, of which a few are long. */
const MOST_BYTES = 64 * 1024;
const MOST_PARAMETERS = 1000;

/** At `/lti/links/:key`. */
export function launch11(context: Context): RequestHandler<{ key: string }> {
  const door: LaunchDoor = { context, limits: createLaunchLimits(context) };
  return (request, response) => answerPost(door, request, response);
}

async function answerPost(
  door: LaunchDoor,
  request: Request<{ key: string }>,
  response: Response,
): Promise<void> {
  const { config } = door.context;
  const counted = await door.limits.ofAddress(clientAddress(request, config.TRUSTED_PROXIES));
  if (counted.isOneTooMany) throw tooManyRequests(response, counted);
  const url = urlAsSigned(door.context, request);
  const posted = await readParameters(request);
  const form = { action: `${url.pathname}${url.search}`, fields: posted };
  // Our own page has added it: the LMS has not signed it.
  const parameters = posted.filter(([name]) => name !== UNANSWERED);
  rememberForm(response, form);
  rememberReturn(response, returnUrlOf(parameters));
  const message = await verifyLaunch11(door.context, { delivery_key: request.params.key, url, parameters });
  await answerLaunch(door, message, form, { request, response });
}

/** What the LMS was told, and signs, is the address on the origin that is set: what a proxy calls this host is none of it. */
function urlAsSigned(
  { config }: Pick<Context, "config">,
  { originalUrl }: Pick<Request, "originalUrl">,
): URL {
  // A request may name a whole address, whose host is as little ours.
  const asked = URL.canParse(originalUrl, config.APP_ORIGIN) ? new URL(originalUrl, config.APP_ORIGIN) : null;
  if (!asked?.pathname.startsWith(LTI_LINKS_PATH))
    throw new Fault("not_found", "There is nothing at that address.");
  return new URL(`${config.APP_ORIGIN}${asked.pathname}${asked.search}`);
}

async function readParameters(request: Request): Promise<readonly Parameter[]> {
  const parameters = readForm(await readFormText(request, MOST_BYTES));
  if (parameters.length > MOST_PARAMETERS)
    throw new Fault("lti11_parameter_invalid", `The form has more than ${MOST_PARAMETERS} parameters.`);
  return parameters;
}
