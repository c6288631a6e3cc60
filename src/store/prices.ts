/** Prices: rows valid from an instant, never changed (RULES §5). */
import type { Tier } from "../core/licensing/pricing.ts";
import type { Sql } from "./db.ts";
import { type Page, readPage } from "./listing/page.ts";

export const PRICED = ["unit", "overage"] as const;

/** `unit`: each that is bought or used; `overage`: each beyond what was bought. */
export type Priced = (typeof PRICED)[number];

export interface Price {
  readonly account_id: string;
  readonly id: string;
  readonly kind: string;
  /** With neither a course nor a bundle: of any that has no price of its own. */
  readonly course_id: string | null;
  readonly bundle_id: string | null;
  readonly covers: Priced;
  /** Null: of terms of any length. */
  readonly term_months: number | null;
  readonly amount_minor: number;
  readonly currency: string;
  readonly tiers: readonly Tier[];
  readonly valid_from: Date;
}

const PRICE =
  "account_id, id, kind, course_id, bundle_id, covers, term_months, amount_minor, currency, tiers, valid_from";

export async function insertPrice(sql: Sql, price: Price): Promise<void> {
  await sql.query(
    `insert into price (${PRICE}) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10::jsonb, $11)`,
    [
      price.account_id,
      price.id,
      price.kind,
      price.course_id,
      price.bundle_id,
      price.covers,
      price.term_months,
      price.amount_minor,
      price.currency,
      JSON.stringify(price.tiers),
      price.valid_from,
    ],
  );
}

export async function findPriceRow(sql: Sql, accountId: string, id: string): Promise<Price | undefined> {
  const where = "where account_id = $1 and id = $2";
  return (await sql.query<Price>(`select ${PRICE} from price ${where}`, [accountId, id]))[0];
}

export interface PriceFilter {
  readonly kind?: string | undefined;
  readonly course_id?: string | undefined;
  readonly bundle_id?: string | undefined;
  readonly covers?: Priced | undefined;
}

export function pageOfPrices(sql: Sql, accountId: string, filter: PriceFilter, page: Page): Promise<Price[]> {
  return readPage<Price>(
    sql,
    {
      select: `select ${PRICE} from price`,
      account_id: accountId,
      where: [
        ["kind = ?", filter.kind],
        ["course_id = ?", filter.course_id],
        ["bundle_id = ?", filter.bundle_id],
        ["covers = ?", filter.covers],
      ],
      table: "price",
    },
    page,
  );
}

export interface SoughtPrice {
  readonly kind: string;
  readonly course_id: string | null;
  readonly bundle_id?: string | null;
  /** `unit`, if not given. */
  readonly covers?: Priced;
  /** Of what is sold by terms. */
  readonly term_months?: number | null;
}

/**
 * The price in force `at`: the course's own before the bundle's before the account's general one; of each, that of the term's
 * length before that of any; of each, the latest.
 */
export async function findPrice(
  sql: Sql,
  accountId: string,
  { kind, course_id, bundle_id = null, covers = "unit", term_months = null }: SoughtPrice,
  at: Date,
): Promise<Price | undefined> {
  return (
    await sql.query<Price>(
      `select ${PRICE} from price
       where account_id = $1 and kind = $2 and covers = $3 and valid_from <= $4
         and (course_id is null or course_id = $5) and (bundle_id is null or bundle_id = $6)
         and (term_months is null or term_months = $7)
       order by course_id is null, bundle_id is null, term_months is null, valid_from desc, id desc limit 1`,
      [accountId, kind, covers, at, course_id, bundle_id, term_months],
    )
  )[0];
}
