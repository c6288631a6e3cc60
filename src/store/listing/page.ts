/**
 * Lists are read by key, newest first: a page goes on after the last row of the one before, so what is added meanwhile
 * moves nothing, and the hundredth page costs what the first does. Never by OFFSET.
 */
import type { Sql } from "../db.ts";

export interface Page {
  readonly most: number;
  /** The id of the last row of the page before; null: the first page. */
  readonly after: string | null;
}

/** `?` stands for the value. One whose value is undefined is left out: a filter that was not given. */
export type Condition = readonly [condition: string, value: unknown];

export interface Listing {
  /** `select … from …`, up to where conditions follow. `$1` is the account's id; what follows it are `parameters`. */
  readonly select: string;
  readonly account_id: string;
  readonly parameters?: readonly unknown[];
  readonly where: readonly Condition[];
  /** What is listed; ids sort by the time they were made. */
  readonly table: string;
  /** Where an index leads by this time: rows come by it, then by id. */
  readonly by?: string;
}

export interface Statement {
  readonly text: string;
  readonly parameters: readonly unknown[];
}

export function readPage<Row extends object>(sql: Sql, listing: Listing, page: Page): Promise<Row[]> {
  const { text, parameters } = pageStatement(listing, page);
  return sql.query<Row>(text, parameters);
}

/** The last parameter is the number of rows. */
export function pageStatement(listing: Listing, { most, after }: Page): Statement {
  const { table, by } = listing;
  const parameters: unknown[] = [listing.account_id, ...(listing.parameters ?? [])];
  const place = (value: unknown) => `$${parameters.push(value)}`;
  const conditions = listing.where
    .filter(([, value]) => value !== undefined)
    .map(([condition, value]) =>
      condition.includes("?") ? condition.replaceAll("?", place(value)) : condition,
    );
  const columns = [...(by ? [`${table}.${by}`] : []), `${table}.id`];
  if (after !== null) {
    const id = `${place(after)}::uuid`;
    const time = `(select ${by} from ${table} where account_id = $1 and id = ${id})`;
    conditions.push(`(${columns.join(", ")}) < (${by ? `${time}, ` : ""}${id})`);
  }
  const newestFirst = columns.map((column) => `${column} desc`).join(", ");
  const where = [`${table}.account_id = $1`, ...conditions].join(" and ");
  return {
    text: `${listing.select} where ${where} order by ${newestFirst} limit ${place(most)}`,
    parameters,
  };
}

/** A prefix as a LIKE pattern: what is special in patterns stands for itself. */
export function startsWith(prefix: string): string {
  return `${prefix.replace(/[\\%_]/g, "\\$&")}%`;
}
