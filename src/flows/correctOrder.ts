/** Takes back a part of what was ordered, by an order of its own: what stands in the history stays (RULES §5, DESIGN §9). */
import { Fault } from "../core/faults.ts";
import { creditFor } from "../core/licensing/pricing.ts";
import type { Sql } from "../store/db.ts";
import {
  countTakenBack,
  insertOrder,
  insertOrderLine,
  type LineWithLots,
  nextOrderNumber,
  shrinkLots,
} from "../store/orders.ts";
import { requireAccount } from "./accounts.ts";
import { type By, writeAudit } from "./audited.ts";
import type { Context } from "./context.ts";
import { type OrderWithLines, orderChange } from "./orders.ts";
import { requireOrder } from "./viewOrders.ts";

export interface Correction {
  readonly account_id: string;
  readonly order_id: string;
  readonly line_id: string;
  /** How many are taken back: of those that nobody took. */
  readonly quantity: number;
}

export async function correctOrder(context: Context, by: By, wanted: Correction): Promise<OrderWithLines> {
  const at = context.deps.clock.now();
  const { account_id, quantity } = wanted;
  return context.db.transaction(async (sql) => {
    await requireAccount(sql, account_id, true);
    const line = await requireLine(sql, wanted);
    const before = await countTakenBack(sql, account_id, line.id);
    const most = line.quantity - before;
    if (quantity > most)
      throw new Fault("conflict", `quantity: found ${quantity}, expected at most the ${most} that are left.`);
    if (!(await shrinkLots(sql, account_id, line.lot_ids, quantity)))
      throw new Fault("conflict", "quantity: found more than nobody took; who has a seat keeps it.");
    const amount_minor = 0 - creditFor(line, before, quantity);
    const order = {
      account_id,
      id: context.deps.newId(),
      number: await nextOrderNumber(sql, account_id),
      reason: "correction",
      ordered_at: at,
      ordered_by: by.actor,
      self_service: false,
      amount_minor,
      currency: line.currency,
    } as const;
    const corrected = {
      id: context.deps.newId(),
      order_id: order.id,
      position: 1,
      quantity: -quantity,
      amount_minor,
      corrects_line_id: line.id,
      lot_ids: [],
    };
    const lines: LineWithLots[] = [{ ...line, ...corrected }];
    await insertOrder(sql, order);
    for (const one of lines) await insertOrderLine(sql, one);
    await writeAudit(context, sql, by, at, orderChange(order, lines));
    return { ...order, lines };
  });
}

async function requireLine(sql: Sql, { account_id, order_id, line_id }: Correction): Promise<LineWithLots> {
  const { lines } = await requireOrder(sql, account_id, order_id);
  const line = lines.find(({ id }) => id === line_id);
  if (!line) throw new Fault("not_found", `line_id: found no line with the id ${line_id} in this order.`);
  if (line.corrects_line_id)
    throw new Fault("conflict", "line_id: expected a line that bought something; this one takes back.");
  return line;
}
