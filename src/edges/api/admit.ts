/** May they? What is not theirs is not there (404); what is, but not for their role, is refused (403). RULES §7. */
import { Fault } from "../../core/faults.ts";
import { isAllowed, seesOwn } from "../../core/permissions.ts";
import type { Context } from "../../flows/context.ts";
import type { Principal } from "../../flows/principal.ts";
import { type Account, findAccount } from "../../store/accounts.ts";
import type { Route } from "./route.ts";

/** @returns The account that the request is about, where it is about one. */
export async function admit(
  context: Context,
  principal: Principal,
  route: Route,
  accountId: string | undefined,
): Promise<Account | null> {
  if (accountId !== undefined && principal.account_id !== null && principal.account_id !== accountId)
    throw accountNotFound(accountId);
  if (!mayUse(principal, route, accountId !== undefined || route.accountInBody === true))
    throw new Fault("forbidden", `The role ${principal.role} does not allow this.`);
  if (accountId === undefined) return null;
  const account = await findAccount(context.db, accountId);
  if (!account) throw accountNotFound(accountId);
  if (account.closed_at && route.need === "change" && !route.reads && !route.settles)
    throw new Fault("account_closed", "account_id: the account is closed; it can be read and not changed.");
  return account;
}

function mayUse({ role, account_id }: Principal, route: Route, isOfAnAccount: boolean): boolean {
  const { permission, need } = route;
  if (permission === "anyone") return true;
  if (account_id !== null && !isOfAnAccount && (route.vendorOnly || !seesOwn(role, permission))) return false;
  return isAllowed(role, permission, need);
}

function accountNotFound(accountId: string): Fault {
  return new Fault("not_found", `account: found none with the id ${accountId}.`);
}
