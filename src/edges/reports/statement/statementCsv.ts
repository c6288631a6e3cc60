/** A statement's lines as a report: for whoever adds them up again. */
import { kindOf } from "../../../core/licensing/kinds/index.ts";
import { decimalOf } from "../../../core/money.ts";
import type { StatementLine, StatementView } from "../../../core/statement.ts";
import { type Column, type Report, reportOf } from "../../../flows/reports/report.ts";
import { evidencePath } from "./words.ts";

/** @param address Of the account's statements, with a slash at its end. */
export function statementReport(
  statement: StatementView,
  pages: AsyncIterable<readonly StatementLine[]>,
  address: string,
): Report {
  const { currency } = statement;
  const ofCharge = (line: StatementLine) => (line.type === "order" ? null : line);
  const columns: readonly Column<StatementLine>[] = [
    ["Line", (line) => line.position],
    ["Type", (line) => line.type],
    ["Made (UTC)", (line) => line.made_at],
    ["License", (line) => line.license_short_id],
    ["License kind", (line) => kindOf(line.kind).title],
    ["For", (line) => line.title ?? "Whole catalog"],
    ["Order", (line) => (line.type === "order" ? line.order_number : null)],
    ["Quantity", (line) => line.quantity],
    ["Unit price", (line) => decimalOf(line.unit_amount_minor, currency)],
    ["Discount %", (line) => (line.type === "order" ? line.discount_basis_points / 100 : null)],
    [
      "Part of the term",
      (line) => (line.type === "order" ? line.portion.numerator / line.portion.denominator : null),
    ],
    ["Amount", (line) => decimalOf(line.amount_minor, currency)],
    ["Currency", () => currency],
    ["Settled", (line) => (line.type === "order" ? "when it was made" : "with this statement")],
    ["Reason", (line) => ofCharge(line)?.reason ?? null],
    ["Rule", (line) => ofCharge(line)?.rule ?? null],
    ["Internal learner ID", (line) => ofCharge(line)?.learner_id ?? null],
    ["Launch ID", (line) => ofCharge(line)?.launch_id ?? null],
    ["Seat ID", (line) => ofCharge(line)?.seat_id ?? null],
    ["Price ID", (line) => line.price_id],
    ["Charge or order line ID", (line) => line.id],
    ["Corrects charge", (line) => ofCharge(line)?.corrects_charge_id ?? null],
    ["Place in the ledger", (line) => ofCharge(line)?.sequence ?? null],
    ["Hash", (line) => ofCharge(line)?.hash ?? null],
    ["Evidence", (line) => `${address}${evidencePath(statement, line)}`],
  ];
  return reportOf(`statement ${statement.number}`, columns, pages);
}
