/** What the platform's routes are made of. */
import type { FetchJson } from "./callOut.ts";
import type { PlatformGateway } from "./platformGateway.ts";
import type { Tool } from "./platformTypes.ts";
import { Refusal } from "./refusal.ts";
import type { Shelf } from "./shelf.ts";

export interface Parts {
  readonly shelf: Shelf;
  /** Under which browsers and tools know it: the issuer. */
  readonly origin: string;
  readonly now: () => Date;
  readonly newId: () => string;
  readonly fetchJson: FetchJson;
  readonly gateway: PlatformGateway | null;
}

export function requireTool({ shelf }: Parts, clientId: unknown): Tool {
  const tool = shelf.kept.tools.find(({ client_id }) => client_id === clientId);
  if (tool === undefined)
    throw new Refusal(
      401,
      "invalid_client",
      `client_id: found ${JSON.stringify(clientId) ?? "nothing"}, which is no tool of this platform.`,
    );
  return tool;
}
