/** Order history: who bought what, when, at which price (RULES §5). A row for each line, as it was written down. */
import { decimalOf } from "../../core/money.ts";
import type { Role } from "../../core/permissions.ts";
import { type LineWithLots, listOrderLines, type Order, pageOfOrders } from "../../store/orders.ts";
import type { LicenseLabel } from "../../store/reports/licenses.ts";
import type { Context } from "../context.ts";
import type { ReportPeriod } from "./consumption.ts";
import { LICENSE, shownLabels } from "./labels.ts";
import { type Column, pagesById, type Report, reportOf } from "./report.ts";

interface OrderedLine {
  readonly order: Order;
  readonly line: LineWithLots;
  readonly license: LicenseLabel;
}

const COLUMNS: readonly Column<OrderedLine>[] = [
  ["Order", ({ order }) => order.number],
  ["Ordered (UTC)", ({ order }) => order.ordered_at],
  ["Ordered by", ({ order }) => order.ordered_by],
  ["Reason", ({ order }) => order.reason],
  ["Self-service", ({ order }) => (order.self_service ? "yes" : "no")],
  ["Line", ({ line }) => line.position],
  ...LICENSE,
  ["Quantity", ({ line }) => line.quantity],
  ["Starts (UTC)", ({ line }) => line.starts_at],
  ["Ends (UTC)", ({ line }) => line.ends_at],
  ["Unit price", ({ line }) => decimalOf(line.unit_amount_minor, line.currency)],
  ["Tier from quantity", ({ line }) => line.tier_from_quantity],
  ["Discount %", ({ line }) => line.discount_basis_points / 100],
  ["Part of the term", ({ line }) => line.portion_numerator / line.portion_denominator],
  ["Amount", ({ line }) => decimalOf(line.amount_minor, line.currency)],
  ["Currency", ({ line }) => line.currency],
  ["Price ID", ({ line }) => line.price_id],
  ["Order ID", ({ order }) => order.id],
  ["Order line ID", ({ line }) => line.id],
  ["Corrects order line", ({ line }) => line.corrects_line_id],
];

/** Newest first. */
export function ordersReport(context: Context, account_id: string, role: Role, period: ReportPeriod): Report {
  return reportOf("orders", COLUMNS, lines(context, account_id, role, period));
}

async function* lines(
  context: Context,
  account_id: string,
  role: Role,
  { from, until }: ReportPeriod,
): AsyncGenerator<readonly OrderedLine[]> {
  const { db } = context;
  const labels = await shownLabels(context, account_id, role);
  const filter = { from: from ?? undefined, until: until ?? undefined };
  const read = (after: string | null, most: number) => pageOfOrders(db, account_id, filter, { after, most });
  for await (const page of pagesById(read)) {
    const orders = new Map(page.map((order) => [order.id, order]));
    const found = await listOrderLines(db, account_id, [...orders.keys()]);
    yield found.flatMap((line) => {
      const [order, license] = [orders.get(line.order_id), labels.get(line.license_id)];
      return order && license ? [{ order, line, license }] : [];
    });
  }
}
