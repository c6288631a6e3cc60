/** For an account's own people a pilot is not there (RULES §3.6): neither where they read, nor where they name it to change it. */
import { Fault } from "../../core/faults.ts";
import type { Context } from "../../flows/context.ts";
import { hidePilots } from "../../flows/hidePilots.ts";
import type { Principal } from "../../flows/principal.ts";
import { findOfPilots, hasPilots } from "../../store/pilots.ts";
import type { Route } from "./route.ts";

const isReading = ({ method, reads }: Route) => method === "get" || reads === true;

/** What the route is to work with. An account without pilots, as most are, reads as it stands. */
export async function contextFor(
  context: Context,
  { account_id }: Principal,
  route: Route,
): Promise<Context> {
  if (account_id === null || route.showsPilots || !isReading(route)) return context;
  return (await hasPilots(context.db, account_id)) ? { ...context, db: hidePilots(context.db) } : context;
}

const ID = /\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g;

/**
 * @param named What the request names, in its path and its body.
 * @throws Fault `not_found` where a part of it is a pilot's, as if it were another account's.
 */
export async function requireNoPilot(
  context: Context,
  { account_id }: Principal,
  route: Route,
  named: unknown,
): Promise<void> {
  if (account_id === null || isReading(route)) return;
  const ids = JSON.stringify(named).match(ID) ?? [];
  const found = await findOfPilots(context.db, account_id, ids);
  if (found)
    throw new Fault("not_found", `${found.noun}: found none with the id ${found.id} in this account.`);
}
