/** A click in the course: the launch that it begins, and what the browser is to send to the tool for it. */
import { launchParameters } from "./launch11.ts";
import type { Parts } from "./parts.ts";
import { requireTool } from "./parts.ts";
import type { Launch, LaunchForm, LaunchSettings, Learner, Link, Role, Tool } from "./platformTypes.ts";
import { type Fields, flag, oneOf, optionalText, text } from "./read.ts";
import { notFound, wrong } from "./refusal.ts";

const MOST_LAUNCHES = 200;
/** How long the hints of a launch are good for: a tool may ask again, from a new window say. */
const HINT_SECONDS = 600;

export function readSettings(body: Fields): LaunchSettings {
  return {
    shown_in: oneOf(body, "shown_in", ["frame", "window"]),
    login_by: oneOf(body, "login_by", ["GET", "POST"]),
    storage: flag(body, "storage"),
    tells: oneOf(body, "tells", ["all", "names", "id", "nothing"]),
    former_key: optionalText(body, "former_key"),
  };
}

export async function launchLink(parts: Parts, body: Fields): Promise<LaunchForm> {
  const learner = requireLearner(parts, text(body, "user_id"));
  const role = oneOf(body, "role", ["learner", "instructor"]);
  const link = requireLink(parts, text(body, "link_id"));
  const launch = newLaunch(parts, learner, role, readSettings(body), link);
  await keep(parts, launch);
  if (link.consumer_key !== null) return oauthForm(parts, launch, link, learner);
  return loginForm(parts, launch, requireTool(parts, link.client_id), link.url);
}

export async function launchDeepLinking(parts: Parts, body: Fields): Promise<LaunchForm> {
  const learner = requireLearner(parts, text(body, "user_id"));
  const tool = requireTool(parts, text(body, "client_id"));
  if (tool.deep_linking_url === null) throw wrong(`${tool.name} offers no deep linking.`);
  const launch: Launch = {
    ...newLaunch(parts, learner, "instructor", readSettings(body), null),
    type: "deep_linking",
    client_id: tool.client_id,
  };
  await keep(parts, launch);
  return loginForm(parts, launch, tool, tool.deep_linking_url);
}

function newLaunch(
  { newId, now }: Parts,
  { user_id }: Learner,
  role: Role,
  settings: LaunchSettings,
  link: Link | null,
): Launch {
  return {
    launch_id: newId(),
    type: "resource_link",
    link_id: link?.link_id ?? null,
    client_id: link?.client_id ?? null,
    user_id,
    role,
    settings,
    launched_at: now().toISOString(),
  };
}

async function keep({ shelf }: Parts, launch: Launch): Promise<void> {
  await shelf.change(({ launches }) => ({ launches: [launch, ...launches].slice(0, MOST_LAUNCHES) }));
}

/** Third-party initiated login (LTI 1.3 §5.1.1.1). */
function loginForm({ shelf, origin }: Parts, launch: Launch, tool: Tool, target: string): LaunchForm {
  const fields = {
    iss: origin,
    login_hint: launch.user_id,
    target_link_uri: target,
    lti_message_hint: launch.launch_id,
    lti_deployment_id: tool.deployment_id,
    client_id: tool.client_id,
    ...(launch.settings.storage ? { lti_storage_target: "_parent" } : {}),
  };
  const form: LaunchForm = {
    launch_id: launch.launch_id,
    method: launch.settings.login_by,
    action: tool.login_url,
    fields,
  };
  shelf.log({ direction: "out", words: `The browser was sent to log in at ${tool.name}.`, detail: form });
  return form;
}

function oauthForm(parts: Parts, launch: Launch, link: Link, learner: Learner): LaunchForm {
  const consumer = parts.shelf.kept.consumers.find(({ key }) => key === link.consumer_key);
  if (consumer === undefined) throw notFound(`secret of the key ${link.consumer_key}`);
  const form: LaunchForm = {
    launch_id: launch.launch_id,
    method: "POST",
    action: link.url,
    fields: launchParameters(parts, launch, link, learner, consumer),
  };
  parts.shelf.log({
    direction: "out",
    words: `An LTI 1.1 launch of “${link.title}” was signed.`,
    detail: form,
  });
  return form;
}

/** @throws Refusal where there is none, or it is too long ago. */
export function requireFreshLaunch({ shelf, now }: Parts, launchId: string): Launch {
  const launch = shelf.kept.launches.find(({ launch_id }) => launch_id === launchId);
  if (launch === undefined) throw wrong("lti_message_hint: found one that this platform did not give.");
  if (now().getTime() - Date.parse(launch.launched_at) > HINT_SECONDS * 1000)
    throw wrong("lti_message_hint: found one of a launch that is too long ago. Launch again.");
  return launch;
}

export function requireLearner({ shelf }: Pick<Parts, "shelf">, userId: string): Learner {
  const learner = shelf.kept.learners.find(({ user_id }) => user_id === userId);
  if (learner === undefined) throw notFound("such learner");
  return learner;
}

export function requireLink({ shelf }: Pick<Parts, "shelf">, linkId: string): Link {
  const link = shelf.kept.links.find(({ link_id }) => link_id === linkId);
  if (link === undefined) throw notFound("such link");
  return link;
}
