/** Where a platform's pages may be: those that may show the catalog in a frame. */
import { findConnection } from "../../../store/accounts.ts";
import type { Context } from "../../context.ts";
import type { PickingMessage } from "./session.ts";

/**
 * What it says of itself in this message and in its registration, and what the account has confirmed of the LMS: an LMS that
 * is shown inside a portal, say.
 */
export async function platformOriginsOf(
  context: Context,
  { account_id, connection_id, registration_id, return_url }: PickingMessage,
): Promise<readonly string[]> {
  const [registration, connection] = await Promise.all([
    context.lti.registrations.byId(registration_id),
    findConnection(context.db, account_id, connection_id),
  ]);
  return [
    return_url,
    ...(registration ? [registration.issuer, registration.authorization_url] : []),
    ...(connection?.allowed_origins ?? []),
  ];
}
