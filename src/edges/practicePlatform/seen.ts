/** What makes a message unique counts once. */
import type { Parts } from "./parts.ts";
import { Refusal } from "./refusal.ts";

const MOST_SEEN = 5_000;

export async function requireUnseen({ shelf }: Parts, what: string): Promise<void> {
  if (shelf.kept.seen.includes(what))
    throw new Refusal(401, "invalid_request", `The same message was sent before: ${what}.`);
  await shelf.change(({ seen }) => ({ seen: [what, ...seen].slice(0, MOST_SEEN) }));
}
