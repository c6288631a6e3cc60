/** A statement in words and figures: what its page, its PDF and its CSV have in common. */
import { kindOf } from "../../../core/licensing/kinds/index.ts";
import { decimalOf, digitsOf } from "../../../core/money.ts";
import type { OrderLine, StatementLine, StatementState, StatementView } from "../../../core/statement.ts";

export interface Figure {
  readonly label: string;
  readonly amount: string;
  /** What it all comes to. */
  readonly isSum?: boolean;
}

/** `1,234.50`, by the currency's own digits. */
export function amountIn(currency: string): (amountMinor: number) => string {
  const digits = digitsOf(currency);
  const format = new Intl.NumberFormat("en", {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
  return (amountMinor) => format.format(decimalOf(amountMinor, currency));
}

/** How the running charges came to what is to be paid (RULES §5). */
export function settlementOf(statement: StatementView): readonly Figure[] {
  const amount = amountIn(statement.currency);
  const { charged_minor, corrected_minor, deposit_drawn_minor, deposit_credited_minor } = statement;
  const shown = (label: string, minor: number) => (minor === 0 ? [] : [{ label, amount: amount(minor) }]);
  return [
    { label: "Charges", amount: amount(charged_minor) },
    ...shown("Credits", corrected_minor),
    ...shown("Paid from the deposit", -deposit_drawn_minor),
    ...shown("Credited to the deposit", deposit_credited_minor),
    { label: `To pay (${statement.currency})`, amount: amount(statement.due_minor), isSum: true },
  ];
}

/** What stands beside it: settled already, and what is left. */
export function besideOf(statement: StatementView): readonly Figure[] {
  const amount = amountIn(statement.currency);
  return [
    { label: "Orders, settled when they were made", amount: amount(statement.ordered_minor) },
    { label: "Deposit before", amount: amount(statement.deposit_before_minor) },
    { label: "Deposit after", amount: amount(statement.deposit_after_minor) },
  ];
}

export const STATE_WORDS: Readonly<Record<StatementState, string>> = {
  settled: "Settled: nothing is left to pay.",
  unpaid: "Payment has not been asked for yet.",
  pending: "Payment is under way.",
  failed: "The last payment failed.",
  paid: "Paid.",
};

export interface LineWords {
  readonly title: string;
  readonly details: string;
}

export function wordsOf(line: StatementLine, currency: string): LineWords {
  const what = line.title ?? "Whole catalog";
  const license = `License ${line.license_short_id}, ${kindOf(line.kind).title.toLowerCase()}`;
  if (line.type === "order") {
    const each = amountIn(currency)(line.unit_amount_minor);
    return {
      title: `Order ${line.order_number}: ${what}`,
      details: [`${license}; ${line.quantity} at ${each}`, ...reductionsOf(line)].join(", "),
    };
  }
  const title = line.type === "correction" ? `Credit: ${what}` : what;
  return { title, details: `${license}; ${ruleWords(line.rule)}` };
}

/** Why the amount is not quantity times price. */
function reductionsOf({ discount_basis_points, portion }: OrderLine): string[] {
  const discount = discount_basis_points > 0 ? [`less ${discount_basis_points / 100} %`] : [];
  const isWhole = portion.numerator === portion.denominator;
  return isWhole ? discount : [...discount, `for ${portion.numerator}/${portion.denominator} of the term`];
}

const RULE_WORDS: Readonly<Record<string, string>> = {
  at_once: "charged when it began",
  credited: "credited",
  launches: "launched again",
  open_time: "open for long enough",
};

/** A rule that has no words yet is shown as it is stored. */
export function ruleWords(rule: string): string {
  return RULE_WORDS[rule] ?? rule.replaceAll("_", " ");
}

export function dayOf(at: Date): string {
  return at.toISOString().slice(0, 10);
}

export function timeOf(at: Date): string {
  return at.toISOString().slice(11, 16);
}

export function minuteOf(at: Date): string {
  return `${dayOf(at)} ${timeOf(at)}`;
}

/** The last day that is included. */
export function lastDayOf({ period_ends_at }: StatementView): string {
  return dayOf(new Date(period_ends_at.getTime() - 1));
}

/** Where what a line rests on can be read: below the statement's own address. */
export function evidencePath(statement: StatementView, line: StatementLine): string {
  return `${statement.id}/lines/${line.id}`;
}
