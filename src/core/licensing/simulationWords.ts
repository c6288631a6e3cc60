/** A simulation's result in words (docs/simulator.md). */
import { showMoney } from "../money.ts";
import type { LicenseKind } from "./kind.ts";

export interface Cost {
  readonly ordered_minor: number;
  readonly charged_minor: number;
  readonly overage_minor: number;
  /** All three. */
  readonly amount_minor: number;
  readonly launches: number;
  readonly seats: number;
  readonly charges: number;
  /** Seats beyond what was bought. */
  readonly overage: number;
  /** Launches, by the reason that they would have been denied for. */
  readonly denied: Readonly<Partial<Record<string, number>>>;
  /** Orders, charges and seats beyond what was bought that no price was found for: they are in no sum. */
  readonly unpriced: number;
}

interface Explained {
  readonly currency: string;
  readonly from: Date;
  readonly until: Date;
  readonly simulated: Cost;
  readonly real: { readonly charged_minor: number; readonly ordered_minor: number };
}

export function explain(
  { title }: LicenseKind,
  { currency, from, until, simulated, real }: Explained,
): string[] {
  const money = (amount_minor: number) => showMoney({ amount_minor, currency });
  const really = real.charged_minor + real.ordered_minor;
  const difference = simulated.amount_minor - really;
  const { ordered_minor, charged_minor, overage_minor, overage, unpriced } = simulated;
  const denied = Object.entries(simulated.denied).map(([code, count]) => `${count} × ${code}`);
  return [
    `${title}, from ${day(from)} to ${day(until)}: ${money(simulated.amount_minor)}, for ${many(simulated.launches, "launch")} and ${many(simulated.seats, "new seat")}.`,
    `Of that, ${money(ordered_minor)} for what is bought ahead, ${money(charged_minor)} for ${many(simulated.charges, "charge")} by use, and ${money(overage_minor)} for ${many(overage, "seat")} beyond what was bought.`,
    difference === 0
      ? `It really came to the same: ${money(really)}.`
      : `It really came to ${money(really)}: this plan is ${money(Math.abs(difference))} ${difference < 0 ? "cheaper" : "dearer"}.`,
    denied.length === 0
      ? "Nobody would have been denied."
      : `Launches that would have been denied: ${denied.join(", ")}.`,
    ...(unpriced > 0 ? [`For ${many(unpriced, "item")} no price was in force: they are in no sum.`] : []),
  ];
}

function day(at: Date): string {
  return at.toISOString().slice(0, 10);
}

function many(count: number, one: string): string {
  const plural = one.endsWith("ch") ? `${one}es` : `${one}s`;
  return `${count.toLocaleString("en")} ${count === 1 ? one : plural}`;
}
