/**
 * What an account's own people read: their account without its pilots (RULES §3.6). Whatever a statement names, it finds without
 * what belongs to a pilot, so that no list, report or sum has to think of pilots, those that are still to be written included.
 */
import type { Sql } from "./db.ts";
import { nameOf } from "./observedDb.ts";

/** Each row of these is of one license. */
const OF_A_LICENSE = [
  "lot",
  "delivery",
  "seat",
  "attempt",
  "launch",
  "activity",
  "usage_month",
  "usage_change",
  "overage_review",
];
/** Those of them that have ids, by what people call them. */
const NAMED = ["lot", "delivery", "seat", "attempt", "launch", "activity", "overage_review"] as const;
/** Those that are so by another, which they name. */
const NAMED_BY = [
  ["alarm", "delivery", "delivery_id"],
  ["overage_dispute", "overage_review", "review_id"],
  ["grade_target", "attempt", "attempt_id"],
] as const;

const isOf = (table: string, license: string) =>
  `${license}.account_id = ${table}.account_id and ${license}.id = ${table}.license_id`;

const withoutOwn = (table: string) =>
  `select * from ${table} where not exists (select from pilot_license where ${isOf(table, "pilot_license")})`;

/** Of a delivery, a seat …: whether `id` is a pilot's. */
const isPilots = (table: string, id: string) =>
  `exists (select from ${table} join pilot_license on ${isOf(table, "pilot_license")} where ${table}.id = ${id})`;

const without = (table: string, by: string, column: string) =>
  `select * from ${table} where not ${isPilots(by, `${table}.${column}`)}`;

/** A pilot is ordered by itself. */
const ORDERED = (order: string) =>
  `exists (select from order_line join pilot_license on ${isOf("order_line", "pilot_license")}
     where order_line.account_id = ${order}.account_id and order_line.order_id = ${order}.id)`;

/** Entries about a pilot, and what entries about learners say of its seats. */
const SEATS_MOVED = `(select jsonb_object_agg(key, case when key in ('freed_seats', 'taken_seats')
    then (select coalesce(jsonb_agg(moved order by place), '[]') from jsonb_array_elements(value) with ordinality as each (moved, place)
      where not exists (select from pilot_license where pilot_license.id::text = moved ->> 'license_id'))
    else value end) from jsonb_each(after))`;
const AUDIT = `select id, account_id, at, actor, api_key_id, action, subject_type, subject_id, before,
    case when subject_type = 'learner' and after is not null then ${SEATS_MOVED} else after end as after, why
  from audit where not case subject_type
    when 'license' then exists (select from pilot_license where pilot_license.id = subject_id::uuid)
    ${NAMED.map((table) => `when '${table}' then ${isPilots(table, "subject_id::uuid")}`).join("\n    ")}
    ${NAMED_BY.map(([table, by, column]) => `when '${table}' then exists (select from ${table} where ${table}.id = subject_id::uuid and ${isPilots(by, `${table}.${column}`)})`).join("\n    ")}
    when 'order' then exists (select from purchase_order where purchase_order.id = subject_id::uuid and ${ORDERED("purchase_order")})
    else false end`;

/** People who were seen in pilots and nowhere else. Asked of few: of an account without a pilot, nothing more is read. */
const ofPilotsAlone = (account: string, learner: string) => {
  const ofLearner = (table: string) =>
    `${table}.account_id = ${account} and ${table}.learner_id = ${learner}`;
  const inPilots = (table: string) =>
    `exists (select from ${table} join pilot_license on ${isOf(table, "pilot_license")} where ${ofLearner(table)})`;
  const elsewhere = (table: string) => `exists (${withoutOwn(table)} and ${ofLearner(table)})`;
  return `case when not exists (select from pilot_license where pilot_license.account_id = ${account}) then false
    when ${elsewhere("launch")} or ${elsewhere("activity")} or ${elsewhere("assignment")} then false
    else ${inPilots("launch")} or ${inPilots("activity")} end`;
};

const FIGURES = ["started", "pending", "confirmed", "released", "charges", "charged_minor"];
/** Summed up over all licenses of the kind, so that those of pilots are taken off again. */
const USAGE_OF_KINDS = `select account_id, kind, month, ${FIGURES.join(", ")} from usage_kind_month
  union all
  select usage_month.account_id, license.kind, month, ${FIGURES.map((figure) => `-${figure}`).join(", ")}
  from usage_month join license on ${isOf("usage_month", "license")} where license.pilot`;

/** In this order: what is read to make one is the table itself as long as it has not had its turn. */
const VIEWS: readonly (readonly [table: string, select: string])[] = [
  ["audit", AUDIT],
  ["usage_kind_month", USAGE_OF_KINDS],
  ["learner", `select * from learner where not ${ofPilotsAlone("learner.account_id", "learner.id")}`],
  [
    "identity",
    `select * from identity where not ${ofPilotsAlone("identity.account_id", "identity.learner_id")}`,
  ],
  ...NAMED_BY.map(([table, by, column]) => [table, without(table, by, column)] as const),
  ["delivery_origin", without("delivery_origin", "delivery", "delivery_id")],
  ["delivery_day", without("delivery_day", "delivery", "delivery_id")],
  ["purchase_order", `select * from purchase_order where not ${ORDERED("purchase_order")}`],
  ["order_line", withoutOwn("order_line")],
  ...OF_A_LICENSE.map((table) => [table, withoutOwn(table)] as const),
  ["license", "select * from license where not pilot"],
];

const PILOTS = ["pilot_license", "select account_id, id from license where pilot"] as const;

/** Tables that are written, or whose rows are locked, are themselves. */
const READS = /^\s*(select|with)\b/i;
const CHANGES = /\b(for (no key )?(update|share)|insert into|delete from|update \w+ set)\b/i;

/** @returns The statement, over the account as it is without pilots. */
export function withoutPilots(statement: string): string {
  const views = VIEWS.filter(([table]) => new RegExp(`\\b${table}\\b`).test(statement));
  if (views.length === 0 || !READS.test(statement) || CHANGES.test(statement)) return statement;
  const named = [PILOTS, ...views];
  const written = named.map(([table, select]) => `${table} as not materialized (${select})`).join(",\n");
  const rest = statement.replace(/^\s*with\b/i, ",");
  // Measured and traced by what it is without this.
  return `/* ${nameOf(statement)} */ with ${written}${rest === statement ? `\n${statement}` : rest}`;
}

export async function hasPilots(sql: Sql, accountId: string): Promise<boolean> {
  const [found] = await sql.query("select from license where account_id = $1 and pilot limit 1", [accountId]);
  return found !== undefined;
}

/** For reading alone: what changes an account has to see all of it. */
export function hidingPilots(sql: Sql): Sql {
  return { query: (statement, parameters) => sql.query<never>(withoutPilots(statement), parameters) };
}

export interface PilotThing {
  /** What it is: a license, a delivery … */
  readonly noun: string;
  readonly id: string;
}

/** The first of `ids` that is a pilot, or something of one. */
export async function findOfPilots(
  sql: Sql,
  accountId: string,
  ids: readonly string[],
): Promise<PilotThing | undefined> {
  if (ids.length === 0) return undefined;
  const [name, select] = PILOTS;
  const things = [
    ["license", "exists (select from pilot_license where pilot_license.id = license.id)"],
    ...NAMED.map((table) => [table, isPilots(table, `${table}.id`)]),
    ...NAMED_BY.map(([table, by, column]) => [table, isPilots(by, `${table}.${column}`)]),
    ["learner", ofPilotsAlone("learner.account_id", "learner.id")],
  ].map(
    ([table, condition]) =>
      `select '${table}' as noun, id from ${table} where account_id = $1 and id = any($2::uuid[]) and ${condition}`,
  );
  const [first] = await sql.query<PilotThing>(
    `with ${name} as not materialized (${select} and account_id = $1) ${things.join("\nunion all ")} limit 1`,
    [accountId, ids],
  );
  return first;
}
