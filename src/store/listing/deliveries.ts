/** Deliveries as they are listed, and with what their packages are named by. */
import type { Sql } from "../db.ts";
import type { Delivery } from "../licenses.ts";
import { type Condition, type Page, readPage } from "./page.ts";

const DELIVERY = `delivery.account_id, delivery.id, delivery.key, delivery.license_id, delivery.course_id,
  delivery.connection_id, delivery.format, delivery.course_title, delivery.label, delivery.created_at, delivery.revoked_at`;

export interface DeliveryFilter {
  readonly ids?: readonly string[] | undefined;
  readonly license_id?: string | undefined;
  readonly course_id?: string | undefined;
  readonly connection_id?: string | undefined;
  readonly list_id?: string | undefined;
  readonly format?: string | undefined;
  readonly revoked?: boolean | undefined;
}

export function pageOfDeliveries(
  sql: Sql,
  accountId: string,
  filter: DeliveryFilter,
  page: Page,
): Promise<Delivery[]> {
  return readPage<Delivery>(
    sql,
    {
      select: `select ${DELIVERY} from delivery`,
      account_id: accountId,
      where: conditions(filter),
      table: "delivery",
    },
    page,
  );
}

/** A delivery with what its package is called by. */
export interface PackagedDelivery extends Delivery {
  readonly kind: string;
  readonly short_id: string;
  readonly connection_name: string;
}

export function pageOfPackagedDeliveries(
  sql: Sql,
  accountId: string,
  filter: DeliveryFilter,
  page: Page,
): Promise<PackagedDelivery[]> {
  return readPage<PackagedDelivery>(
    sql,
    {
      select: `select ${DELIVERY}, license.kind, license.short_id, connection.name as connection_name from delivery
        join license on license.account_id = delivery.account_id and license.id = delivery.license_id
        join connection on connection.account_id = delivery.account_id and connection.id = delivery.connection_id`,
      account_id: accountId,
      where: conditions(filter),
      table: "delivery",
    },
    page,
  );
}

function conditions(filter: DeliveryFilter): readonly Condition[] {
  return [
    ["delivery.id = any(?::uuid[])", filter.ids],
    ["delivery.license_id = ?", filter.license_id],
    ["delivery.course_id = ?", filter.course_id],
    ["delivery.connection_id = ?", filter.connection_id],
    [
      "delivery.course_id in (select course_id from list_course where account_id = $1 and list_id = ?)",
      filter.list_id,
    ],
    ["delivery.format = ?", filter.format],
    ["(delivery.revoked_at is not null) = ?", filter.revoked],
  ];
}
