/** Statements as people look at them: line by line, and each line with what proves it. */
import { Fault } from "../../core/faults.ts";
import type { StatementLine, StatementView } from "../../core/statement.ts";
import { findCharge, type ListedCharge } from "../../store/charges.ts";
import type { Sql } from "../../store/db.ts";
import { findLaunch, type ListedLaunch } from "../../store/launches.ts";
import { findListedSeat } from "../../store/listing/seats.ts";
import { findOrder, type LineWithLots, listOrderLines, type Order } from "../../store/orders.ts";
import { findPriceRow, type Price } from "../../store/prices.ts";
import { findLine, findStatement, pageOfLines } from "../../store/statements.ts";
import type { Context } from "../context.ts";
import { type SeatView, viewSeat } from "../viewSeats.ts";
import { viewStatement } from "./closePeriod.ts";

/** @throws Fault `not_found`, also for another account's statement. */
export async function requireStatement(
  sql: Sql,
  accountId: string,
  statementId: string,
): Promise<StatementView> {
  const statement = await findStatement(sql, accountId, statementId);
  if (!statement)
    throw new Fault("not_found", `statement: found none with the id ${statementId} in this account.`);
  return viewStatement(statement);
}

const LINES_AT_ONCE = 1000;

/** All lines of a statement, as they stand on it, in pages: however many there are, few are in memory at a time. */
export async function* statementLines(
  { db }: Pick<Context, "db">,
  accountId: string,
  statementId: string,
): AsyncGenerator<readonly StatementLine[]> {
  for (let after = 0; ; ) {
    const lines = await pageOfLines(db, accountId, statementId, after, LINES_AT_ONCE);
    if (lines.length > 0) yield lines;
    after = lines.at(-1)?.position ?? after;
    if (lines.length < LINES_AT_ONCE) return;
  }
}

/** What a line rests on; null where it is not of that sort. */
export interface Evidence {
  readonly line: StatementLine;
  readonly charge: ListedCharge | null;
  /** That the correction is of. */
  readonly corrected: ListedCharge | null;
  readonly launch: ListedLaunch | null;
  readonly seat: SeatView | null;
  readonly price: Price | null;
  readonly order: Order | null;
  readonly order_line: LineWithLots | null;
}

/** @param lineId Of the charge or the order's line. @throws Fault `not_found`. */
export async function openEvidence(
  context: Context,
  accountId: string,
  statementId: string,
  lineId: string,
): Promise<Evidence> {
  const { db } = context;
  const line = await findLine(db, accountId, statementId, lineId);
  if (!line) throw new Fault("not_found", `line: found none with the id ${lineId} on this statement.`);
  const price = line.price_id === null ? null : ((await findPriceRow(db, accountId, line.price_id)) ?? null);
  return { ...NO_EVIDENCE, line, price, ...(await restOf(context, accountId, line)) };
}

const NO_EVIDENCE = {
  charge: null,
  corrected: null,
  launch: null,
  seat: null,
  order: null,
  order_line: null,
} as const;

async function restOf(
  { db, deps }: Context,
  accountId: string,
  line: StatementLine,
): Promise<Partial<Evidence>> {
  if (line.type === "order") {
    const lines = await listOrderLines(db, accountId, [line.order_id]);
    return {
      order: (await findOrder(db, accountId, line.order_id)) ?? null,
      order_line: lines.find(({ id }) => id === line.id) ?? null,
    };
  }
  const { launch_id, seat_id, corrects_charge_id } = line;
  const seat = seat_id === null ? undefined : await findListedSeat(db, accountId, seat_id);
  return {
    charge: (await findCharge(db, accountId, line.id)) ?? null,
    corrected:
      corrects_charge_id === null ? null : ((await findCharge(db, accountId, corrects_charge_id)) ?? null),
    launch: launch_id === null ? null : ((await findLaunch(db, accountId, launch_id)) ?? null),
    seat: seat ? viewSeat(seat, deps.clock.now()) : null,
  };
}
