/** The page's requests to its server. */
import type {
  Faults,
  LaunchForm,
  LaunchSettings,
  OfferedLink,
  PlatformState,
  Role,
} from "../platformTypes.ts";

/** For the person at the page, in words. */
export class Problem extends Error {}

async function ask<T>(method: string, path: string, body?: object): Promise<T> {
  const response = await fetch(`/api${path}`, {
    method,
    ...(body === undefined
      ? {}
      : { headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) }),
  }).catch(() => {
    throw new Problem("The practice platform’s server can’t be reached. Is it running?");
  });
  if (!response.ok) throw new Problem(await problemOf(response));
  return (response.status === 204 ? undefined : await response.json()) as T;
}

async function problemOf(response: Response): Promise<string> {
  try {
    return ((await response.json()) as { detail: string }).detail;
  } catch {
    return `The practice platform’s server answered ${response.status}.`;
  }
}

export interface WhoAndHow extends LaunchSettings {
  readonly user_id: string;
  readonly role: Role;
}

type Texts = Readonly<Record<string, string>>;
const path = (text: string) => encodeURIComponent(text);

export const server = {
  state: () => ask<PlatformState>("GET", "/state"),
  launch: (order: WhoAndHow & { readonly link_id: string }) => ask<LaunchForm>("POST", "/launches", order),
  deepLinking: (order: WhoAndHow & { readonly client_id: string }) =>
    ask<LaunchForm>("POST", "/deep-linking", order),
  register: (url: string) => ask<{ url: string }>("POST", "/registrations", { url }),
  registerWithGateway: () => ask<{ url: string }>("POST", "/registrations/from-gateway"),
  addTool: (fields: Texts) => ask<unknown>("POST", "/tools", fields),
  forgetTool: (clientId: string) => ask<void>("DELETE", `/tools/${path(clientId)}`),
  offered: () => ask<readonly OfferedLink[]>("GET", "/offered"),
  addLink: (fields: Texts) => ask<{ link_id: string }>("POST", "/links", fields),
  addOffered: (fields: Texts) => ask<{ link_id: string }>("POST", "/links/from-gateway", fields),
  dropLink: (linkId: string) => ask<void>("DELETE", `/links/${path(linkId)}`),
  setFaults: (faults: Faults) => ask<void>("POST", "/faults", faults),
  setLeft: (userId: string, left: boolean) => ask<void>("POST", `/learners/${path(userId)}`, { left }),
  act: (action: "rotate-key" | "forget-tokens" | "forget-everything") => ask<void>("POST", `/${action}`),
};
