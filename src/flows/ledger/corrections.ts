/** Corrections: a charge is credited by a second line that points at it, and stands as it was (RULES §1 "charge"). */
import { Fault } from "../../core/faults.ts";
import { showMoney } from "../../core/money.ts";
import { type Charge, insertCharge, lockCharge, sumCredited } from "../../store/charges.ts";
import type { Sql } from "../../store/db.ts";
import { type By, writeAudit } from "../audited.ts";
import type { Context } from "../context.ts";

export interface Credit {
  readonly account_id: string;
  readonly charge_id: string;
  /** Null: all that is not credited yet. */
  readonly amount_minor: number | null;
  /** Why it is credited, in a word: `credited` by a person, or what did it by itself. */
  readonly rule: string;
}

/** @throws Fault `not_found`, `body_invalid`, `conflict`. */
export function creditCharge(context: Context, by: By, credit: Omit<Credit, "rule">): Promise<Charge> {
  const at = context.deps.clock.now();
  return context.db.transaction((sql) => writeCredit(context, sql, by, at, { ...credit, rule: "credited" }));
}

/** Within the transaction of what makes it right: of a merge, say. */
export async function writeCredit(
  context: Context,
  sql: Sql,
  by: By,
  at: Date,
  { account_id, charge_id, amount_minor, rule }: Credit,
): Promise<Charge> {
  const charge = await lockCharge(sql, account_id, charge_id);
  if (!charge) throw new Fault("not_found", `charge: found none with the id ${charge_id} in this account.`);
  if (charge.corrects_charge_id !== null)
    throw new Fault("conflict", "charge_id: it is a correction itself; credit the charge that it corrects.");
  const left = charge.amount_minor - (await sumCredited(sql, account_id, charge_id));
  const correction: Charge = {
    ...charge,
    id: context.deps.newId(),
    reason: "correction",
    rule,
    open_seconds: null,
    amount_minor: -creditable(amount_minor ?? left, left, charge.currency),
    corrects_charge_id: charge.id,
    made_at: at,
  };
  await insertCharge(sql, correction);
  await writeAudit(context, sql, by, at, {
    account_id,
    action: "charge.credit",
    subject: ["charge", charge.id],
    before: { left_minor: left },
    after: { correction_id: correction.id, amount_minor: correction.amount_minor, rule },
  });
  return correction;
}

/** Never more than the charge, however many corrections it has. */
function creditable(amount_minor: number, left: number, currency: string): number {
  if (left === 0) throw new Fault("conflict", "charge_id: nothing is left to credit.");
  if (amount_minor > left)
    throw new Fault(
      "body_invalid",
      `amount_minor: found ${amount_minor}, expected at most ${left} (${showMoney({ amount_minor: left, currency })}), which is left of the charge.`,
    );
  return amount_minor;
}
