/** The door of LTI 1.3: login and launch, as a browser brings them from a platform (docs/lti.md). It needs nothing of Express. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { Fault } from "../../../core/faults.ts";
import type { Context } from "../../../flows/context.ts";
import { beginLogin, LAUNCH_PATH } from "../../../flows/lti/login.ts";
import { readMessage } from "../../../flows/lti/readMessage.ts";
import { isBoundTo, type LoginState, newBinding, openState } from "../../../flows/lti/state.ts";
import { clientAddress } from "../../http/clientAddress.ts";
import { type Fields, readFields } from "../../http/form.ts";
import { hostOf } from "../../http/hosts.ts";
import { redirect } from "../../http/html.ts";
import type { Counted } from "../../http/limits.ts";
import { tooManyRequests } from "../../http/requestLimits.ts";
import { createLaunchLimits } from "../../play/launchLimits.ts";
import { openCatalog } from "../catalog/catalogRouter.ts";
import { answerLaunch, type LaunchDoor, UNANSWERED } from "./answerLaunch.ts";
import { bindingCookie, cookiesAfter, cookiesWork, secretIn } from "./cookies.ts";
import { type FindingPage, findingPage, leavingPage, type PostedForm } from "./pages.tsx";
import { languageOf, refuse, rememberForm } from "./refusals.ts";
import { sendPage } from "./sendPage.ts";

const LOGIN_PATH = "/lti/login";

const MOST_LOGIN_BYTES = 64 * 1024;
const MOST_LAUNCH_BYTES = 256 * 1024;
const STORAGE_TARGET = /^[\w.:-]{1,100}$/;

/** Both reject with what could not be answered; nothing was sent then. */
export interface LtiDoor {
  /** `GET` and `POST /lti/login`. */
  login(request: IncomingMessage, response: ServerResponse): Promise<void>;
  /** `POST /lti/launch`; a `GET`, of a browser's history, is told what to do. */
  launch(request: IncomingMessage, response: ServerResponse): Promise<void>;
  /** The page for what could not be answered. */
  refuse(error: unknown, request: IncomingMessage, response: ServerResponse): void;
}

export function createLtiDoor(context: Context): LtiDoor {
  const door: LaunchDoor = { context, limits: createLaunchLimits(context) };
  return {
    login: (request, response) => answerLogin(door, request, response),
    launch: (request, response) => answerPost(door, request, response),
    refuse: (error, request, response) => refuse(context, error, request, response),
  };
}

const LOGIN_FIELDS = [
  "iss",
  "login_hint",
  "target_link_uri",
  "lti_message_hint",
  "client_id",
  "lti_deployment_id",
  "lti_storage_target",
  "opener",
] as const;

async function answerLogin(
  door: LaunchDoor,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { context } = door;
  const fields = await readFields(request, MOST_LOGIN_BYTES);
  rememberForm(response, formOf(LOGIN_PATH, LOGIN_FIELDS, fields));
  refuseFlood(await door.limits.ofLogin(addressOf(context, request)), response);
  const { authorization_url, binding, storage } = await beginLogin(context, {
    iss: fields.text("iss"),
    login_hint: fields.text("login_hint"),
    target_link_uri: fields.text("target_link_uri"),
    lti_message_hint: fields.text("lti_message_hint"),
    client_id: fields.text("client_id"),
    lti_deployment_id: fields.text("lti_deployment_id"),
    storage_target: storageTarget(request, fields),
    opener_hash: fields.text("opener"),
  });
  response.setHeader("Set-Cookie", bindingCookie(binding));
  response.setHeader("Cache-Control", "no-store");
  if (!storage) return redirect(response, 302, authorization_url);
  const left = { ...storage, key: storageKey(binding.hash) };
  const page = { language: languageOf(request), storage: left, secret: binding.secret, authorization_url };
  sendPage(response, context.config, 200, leavingPage(page));
}

/** "" where the platform offers none, or cookies were seen to work, or our own page has opened this window. */
function storageTarget(request: IncomingMessage, fields: Fields): string {
  const target = fields.text("lti_storage_target");
  if (!STORAGE_TARGET.test(target) || fields.text("opener") !== "" || cookiesWork(request)) return "";
  return target;
}

/** Of this login alone: several links in one page share the platform's storage. */
function storageKey(hash: string): string {
  return `tallygate_${hash.slice(0, 12)}`;
}

const LAUNCH_FIELDS = ["id_token", "state"] as const;

async function answerPost(
  door: LaunchDoor,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { context } = door;
  const fields = await readFields(request, MOST_LAUNCH_BYTES);
  const own = formOf(LAUNCH_PATH, [...LAUNCH_FIELDS, "binding", UNANSWERED], fields);
  rememberForm(response, own);
  refuseFlood(await door.limits.ofAddress(addressOf(context, request)), response);
  if (fields.text("error") !== "")
    throw new Fault("lti_login_refused", `error: ${JSON.stringify(fields.text("error").slice(0, 100))}.`);
  const state = openState(context, fields.text("state"), context.deps.clock.now());
  const bound = requireBrowser(context, request, fields, state);
  if (bound === "unknown") return sendFindingPage(context, request, response, fields, state);
  const read = await readMessage(context, state, fields.text("id_token"));
  const cookies = cookiesAfter(state, bound === "cookie");
  if (read.type === "deep_linking") {
    response.setHeader("Set-Cookie", cookies);
    return openCatalog(context, read.message, request, response);
  }
  await answerLaunch(door, read.message, own, { request, response, cookies });
}

function addressOf({ config }: Pick<Context, "config">, request: IncomingMessage): string {
  return clientAddress(request, config.TRUSTED_PROXIES);
}

function refuseFlood(counted: Counted, response: ServerResponse): void {
  if (counted.isOneTooMany) throw tooManyRequests(response, counted);
}

function formOf(action: string, names: readonly string[], fields: Fields): PostedForm {
  const sent = names.map((name) => [name, fields.text(name)] as const);
  return { action, fields: sent.filter(([, value]) => value !== "") };
}

/**
 * How the browser has shown that it is the one that began the login. What a form says is believed of our own pages alone: any
 * other page could send along what it knows.
 * @throws Fault `lti_browser_foreign`.
 */
function requireBrowser(
  { config }: Pick<Context, "config">,
  request: IncomingMessage,
  fields: Fields,
  state: LoginState,
): "cookie" | "page" | "unknown" {
  const cookie = secretIn(request, state);
  if (cookie !== null && isBoundTo(state, cookie)) return "cookie";
  const said = request.headers.origin === config.APP_ORIGIN ? fields.text("binding") : "";
  if (said !== "" && isBoundTo(state, said)) return "page";
  if (cookie !== null || said !== "")
    throw new Fault("lti_browser_foreign", "The login was begun by another browser.");
  return "unknown";
}

function sendFindingPage(
  context: Context,
  request: IncomingMessage,
  response: ServerResponse,
  fields: Fields,
  state: LoginState,
): void {
  const page = findingPage({
    language: languageOf(request),
    form: formOf(LAUNCH_PATH, LAUNCH_FIELDS, fields),
    storage: state.storage && { ...state.storage, key: storageKey(state.binding_hash) },
    opener_hash: state.opener_hash,
    window: windowFor(context, state),
    host: hostOf(request),
  });
  sendPage(response, context.config, 200, page);
}

/** A window that one of our pages has opened opens no further one: what failed there fails again. */
function windowFor(context: Context, { login, opener_hash }: LoginState): FindingPage["window"] {
  if (!login || opener_hash !== null) return null;
  const { secret, hash } = newBinding(context);
  return { url: `${LOGIN_PATH}?${new URLSearchParams({ ...login, opener: hash })}`, secret, hash };
}
