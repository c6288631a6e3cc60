/** An account's settings change, or it is closed (RULES §7). */
import { Fault } from "../core/faults.ts";
import { type Account, updateAccount } from "../store/accounts.ts";
import { revokeKeysOfAccount } from "../store/apiKeys.ts";
import { revokeDeliveriesOfAccount } from "../store/licenses.ts";
import { requireAccount } from "./accounts.ts";
import { type By, writeAudit } from "./audited.ts";
import type { Context } from "./context.ts";
import { changing } from "./invalidations.ts";

/** What is undefined stays as it is. */
export interface AccountChange {
  readonly name?: string | undefined;
  readonly retake?: boolean | undefined;
  readonly retake_starts_over?: boolean | undefined;
  readonly test_identities_most?: number | undefined;
  readonly instructors_are_test_identities?: boolean | undefined;
}

/** @param check Is handed the account as it is, with the row locked; throws where the change is not to be made. */
export async function changeAccount(
  context: Context,
  by: By,
  accountId: string,
  change: AccountChange,
  check: (current: Account) => void,
): Promise<Account> {
  const at = context.deps.clock.now();
  return context.db.transaction(async (sql) => {
    const current = await requireAccount(sql, accountId, true);
    check(current);
    if (current.closed_at) throw new Fault("account_closed", "account_id: the account is closed.");
    const changed: Account = {
      ...current,
      name: change.name ?? current.name,
      retake: change.retake ?? current.retake,
      retake_starts_over: change.retake_starts_over ?? current.retake_starts_over,
      test_identities_most: change.test_identities_most ?? current.test_identities_most,
      instructors_are_test_identities:
        change.instructors_are_test_identities ?? current.instructors_are_test_identities,
    };
    await updateAccount(sql, changed);
    await writeAudit(context, sql, by, at, {
      account_id: accountId,
      action: "account.change",
      subject: ["account", accountId],
      before: settingsOf(current),
      after: settingsOf(changed),
    });
    return changed;
  });
}

function settingsOf({
  name,
  retake,
  retake_starts_over,
  test_identities_most,
  instructors_are_test_identities,
}: Account) {
  return { name, retake, retake_starts_over, test_identities_most, instructors_are_test_identities };
}

/** For good: its deliveries and its API keys are revoked, courses that are open through them stop; the records stay. */
export async function closeAccount(context: Context, by: By, accountId: string): Promise<Account> {
  const at = context.deps.clock.now();
  return changing(context, "stops", async (sql) => {
    const account = await requireAccount(sql, accountId, true);
    if (account.closed_at) return account;
    const closed: Account = { ...account, closed_at: at };
    await updateAccount(sql, closed);
    await revokeKeysOfAccount(sql, accountId, at);
    const deliveries = await revokeDeliveriesOfAccount(sql, accountId, at);
    await writeAudit(context, sql, by, at, {
      account_id: accountId,
      action: "account.close",
      subject: ["account", accountId],
      before: { closed_at: null },
      after: { closed_at: at, deliveries_revoked: deliveries },
    });
    return closed;
  });
}
