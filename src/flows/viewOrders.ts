/** The order history: what was ordered, line by line (RULES §5). */
import { Fault } from "../core/faults.ts";
import type { Sql } from "../store/db.ts";
import type { Page } from "../store/listing/page.ts";
import { findOrder, listOrderLines, type Order, type OrderFilter, pageOfOrders } from "../store/orders.ts";
import type { OrderWithLines } from "./orders.ts";

export async function listOrders(
  sql: Sql,
  accountId: string,
  filter: OrderFilter,
  page: Page,
): Promise<OrderWithLines[]> {
  return withLines(sql, accountId, await pageOfOrders(sql, accountId, filter, page));
}

/** @throws Fault `not_found`, also for another account's order. */
export async function requireOrder(sql: Sql, accountId: string, orderId: string): Promise<OrderWithLines> {
  const order = await findOrder(sql, accountId, orderId);
  const [whole] = order ? await withLines(sql, accountId, [order]) : [];
  if (!whole) throw new Fault("not_found", `order: found none with the id ${orderId} in this account.`);
  return whole;
}

async function withLines(sql: Sql, accountId: string, orders: readonly Order[]): Promise<OrderWithLines[]> {
  const ids = orders.map(({ id }) => id);
  const lines = await listOrderLines(sql, accountId, ids);
  return orders.map((order) => ({ ...order, lines: lines.filter(({ order_id }) => order_id === order.id) }));
}
