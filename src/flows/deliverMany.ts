/** Many deliveries at once: of a license's courses, or of a list, for several LMSs and formats (RULES §1, §7). */
import type { DeliveryFormat } from "../core/bridge.ts";
import { Fault } from "../core/faults.ts";
import { listConnections } from "../store/accounts.ts";
import type { Sql } from "../store/db.ts";
import {
  type Deliverable,
  insertDeliveries,
  listDeliverablesOfLicense,
  listDeliverablesOfList,
  lockDeliveriesOf,
} from "../store/deliverable.ts";
import type { Delivery } from "../store/licenses.ts";
import { type By, writeAudits } from "./audited.ts";
import type { Context } from "./context.ts";
import { requireLicense } from "./licenses.ts";
import { requireList } from "./lists.ts";

export interface ManyOrder {
  readonly account_id: string;
  /** Of which courses: those of a license, or those of a list under every license that includes them. */
  readonly of:
    | { readonly license_id: string }
    | {
        readonly list_id: string;
        /** Of licenses of this kind only; null: of any. */ readonly kind: string | null;
      };
  /** None: the account's first connection. */
  readonly connection_ids: readonly string[];
  readonly formats: readonly DeliveryFormat[];
  readonly label: string;
}

export interface ManyDelivered {
  readonly items: readonly { readonly outcome: "made" | "already_there"; readonly delivery: Delivery }[];
  /** Courses of the list that no license includes. */
  readonly without_license: readonly string[];
}

/** Of one order: what still fits one transaction well. */
const MOST_AT_ONCE = 10_000;

export async function deliverMany(context: Context, by: By, order: ManyOrder): Promise<ManyDelivered> {
  const at = context.deps.clock.now();
  return context.db.transaction(async (sql) => {
    const { deliverables, without_license } = await choose(sql, order, at);
    const places = await choosePlaces(sql, order);
    const count = deliverables.length * places.length;
    if (count > MOST_AT_ONCE)
      throw new Fault(
        "body_invalid",
        `formats: found ${count} deliveries, expected at most ${MOST_AT_ONCE}.`,
      );
    const licenseIds = [...new Set(deliverables.map(({ license_id }) => license_id))];
    const there = new Map(
      (await lockDeliveriesOf(sql, order.account_id, licenseIds)).map((one) => [placeOf(one), one]),
    );
    const items = deliverables.flatMap((of) =>
      places.map((place) => {
        const existing = there.get(placeOf({ ...of, ...place }));
        return existing
          ? ({ outcome: "already_there", delivery: existing } as const)
          : ({ outcome: "made", delivery: newDelivery(context, order, { ...of, ...place }, at) } as const);
      }),
    );
    await record(
      context,
      sql,
      by,
      items.flatMap(({ outcome, delivery }) => (outcome === "made" ? [delivery] : [])),
      at,
    );
    return { items, without_license };
  });
}

async function choose(sql: Sql, { account_id, of }: ManyOrder, at: Date) {
  if ("license_id" in of) {
    await requireLicense(sql, account_id, of.license_id);
    return {
      deliverables: await listDeliverablesOfLicense(sql, account_id, of.license_id),
      without_license: [],
    };
  }
  const { course_ids } = await requireList(sql, account_id, of.list_id);
  const deliverables = await listDeliverablesOfList(sql, account_id, of.list_id, of.kind, at);
  const licensed = new Set(deliverables.map(({ course_id }) => course_id));
  return { deliverables, without_license: course_ids.filter((id) => !licensed.has(id)) };
}

type Place = Pick<Delivery, "connection_id" | "format">;

async function choosePlaces(sql: Sql, { account_id, connection_ids, formats }: ManyOrder): Promise<Place[]> {
  const connections = await listConnections(sql, account_id);
  const known = connections.map(({ id }) => id);
  const unknown = connection_ids.find((id) => !known.includes(id));
  if (unknown !== undefined)
    throw new Fault("not_found", `connection_ids: found no connection ${unknown} in this account.`);
  const chosen = connection_ids.length > 0 ? [...new Set(connection_ids)] : known.slice(0, 1);
  return chosen.flatMap((connection_id) =>
    [...new Set(formats)].map((format) => ({ connection_id, format })),
  );
}

function placeOf(of: Deliverable & Place): string {
  return [of.license_id, of.course_id, of.connection_id, of.format].join(" ");
}

function newDelivery(context: Context, order: ManyOrder, of: Deliverable & Place, at: Date): Delivery {
  return {
    account_id: order.account_id,
    id: context.deps.newId(),
    key: context.deps.newSecret(16),
    ...of,
    label: order.label,
    created_at: at,
    revoked_at: null,
  };
}

async function record(
  context: Context,
  sql: Sql,
  by: By,
  made: readonly Delivery[],
  at: Date,
): Promise<void> {
  await insertDeliveries(sql, made);
  await writeAudits(
    context,
    sql,
    by,
    at,
    made.map(({ account_id, id, license_id, course_id, connection_id, format, label }) => ({
      account_id,
      action: "delivery.create",
      subject: ["delivery", id],
      before: null,
      after: { license_id, course_id, connection_id, format, label },
    })),
  );
}
