/** Deliveries and the packages built for them (RULES §1, §4). */
import type { DeliveryFormat, PackageFormat } from "../core/bridge.ts";
import { contentOriginFor } from "../core/contentOrigin.ts";
import { Fault } from "../core/faults.ts";
import { kindOf } from "../core/licensing/kinds/index.ts";
import { listConnections } from "../store/accounts.ts";
import { findCourse } from "../store/courses.ts";
import type { Sql } from "../store/db.ts";
import {
  type Delivery,
  findDelivery,
  findLiveDelivery,
  insertDelivery,
  revokeDelivery,
  setLabel,
} from "../store/licenses.ts";
import { type By, writeAudit } from "./audited.ts";
import type { Context } from "./context.ts";
import { changing } from "./invalidations.ts";
import { requireLicense } from "./licenses.ts";
import { buildPackage } from "./packaging/buildPackage.ts";
import { type PackageFileName, type PackageNaming, packageFileName } from "./packaging/names.ts";

export const PACKAGE_FORMATS: readonly PackageFormat[] = ["scorm12", "scorm2004-3", "scorm2004-4"];
export const DELIVERY_FORMATS: readonly DeliveryFormat[] = [...PACKAGE_FORMATS, "lti"];

export interface DeliveryOrder {
  readonly account_id: string;
  readonly license_id: string;
  readonly format: DeliveryFormat;
  /** Null: the license's own course. */
  readonly course_id: string | null;
  /** Null: the account's first connection. */
  readonly connection_id: string | null;
  readonly label: string;
}

export interface Delivered extends Delivery {
  /** It was made before. */
  readonly already_there: boolean;
}

/**
 * Makes the delivery of a license × course × connection × format, or finds the one there is: what was handed to an LMS
 * keeps its key, so that its package is built again with the same bytes, and its link stays.
 */
export async function deliver(context: Context, by: By, order: DeliveryOrder): Promise<Delivered> {
  const at = context.deps.clock.now();
  return context.db.transaction(async (sql) => {
    const license = await requireLicense(sql, order.account_id, order.license_id, true);
    const courseId = order.course_id ?? license.course_id;
    if (!courseId) throw new Fault("body_invalid", "course_id: expected the course to deliver.");
    if (license.course_id && license.course_id !== courseId)
      throw new Fault("body_invalid", "course_id: expected the license's own course.");
    const course = await findCourse(sql, courseId);
    if (!course) throw new Fault("not_found", `course_id: found no course with the id ${courseId}.`);
    const connection_id = await chooseConnection(sql, order);
    const of = { license_id: license.id, course_id: courseId, connection_id, format: order.format };
    const existing = await findLiveDelivery(sql, order.account_id, of);
    if (existing) return { ...existing, already_there: true };
    const delivery: Delivery = {
      account_id: order.account_id,
      id: context.deps.newId(),
      key: context.deps.newSecret(16),
      ...of,
      course_title: course.title,
      label: order.label,
      created_at: at,
      revoked_at: null,
    };
    await insertDelivery(sql, delivery);
    await writeAudit(context, sql, by, at, {
      account_id: order.account_id,
      action: "delivery.create",
      subject: ["delivery", delivery.id],
      before: null,
      after: { ...of, label: order.label },
    });
    return { ...delivery, already_there: false };
  });
}

/** @throws Fault `not_found`, also for another account's. */
export async function chooseConnection(
  sql: Sql,
  order: Pick<DeliveryOrder, "account_id" | "connection_id">,
): Promise<string> {
  const connections = await listConnections(sql, order.account_id);
  const chosen = order.connection_id
    ? connections.find((connection) => connection.id === order.connection_id)
    : connections[0];
  if (!chosen) throw new Fault("not_found", "connection_id: found no such connection in this account.");
  return chosen.id;
}

/** @param unchanged Looks at the delivery before it changes, with its row locked. */
export async function labelDelivery(
  context: Context,
  by: By,
  accountId: string,
  deliveryId: string,
  label: string,
  unchanged?: (current: Delivery) => void,
): Promise<Delivery> {
  const at = context.deps.clock.now();
  return context.db.transaction(async (sql) => {
    const delivery = await requireDelivery(sql, accountId, deliveryId, true);
    unchanged?.(delivery);
    if (delivery.label === label) return delivery;
    await setLabel(sql, accountId, deliveryId, label);
    await writeAudit(context, sql, by, at, {
      account_id: accountId,
      action: "delivery.label",
      subject: ["delivery", deliveryId],
      before: { label: delivery.label },
      after: { label },
    });
    return { ...delivery, label };
  });
}

/** Closes the door for every launch through the delivery, open ones included; for good (RULES §1). */
export async function revoke(
  context: Context,
  by: By,
  accountId: string,
  deliveryId: string,
): Promise<Delivery> {
  const at = context.deps.clock.now();
  return changing(context, "stops", async (sql) => {
    const delivery = await requireDelivery(sql, accountId, deliveryId, true);
    if (delivery.revoked_at) return delivery;
    await revokeDelivery(sql, accountId, deliveryId, at);
    await writeAudit(context, sql, by, at, {
      account_id: accountId,
      action: "delivery.revoke",
      subject: ["delivery", deliveryId],
      before: { revoked_at: null },
      after: { revoked_at: at },
    });
    return { ...delivery, revoked_at: at };
  });
}

/** @throws Fault `not_found`, also for another account's delivery. */
export async function requireDelivery(
  sql: Sql,
  accountId: string,
  deliveryId: string,
  lock = false,
): Promise<Delivery> {
  const delivery = await findDelivery(sql, accountId, deliveryId, lock);
  if (!delivery)
    throw new Fault("not_found", `delivery: found none with the id ${deliveryId} in this account.`);
  return delivery;
}

export interface BuiltPackage {
  readonly name: PackageFileName;
  readonly bytes: Buffer;
}

/**
 * Builds the delivery's package: the same bytes for as long as its label and the content origin stay.
 * @throws Fault `not_found`; `delivery_without_package` where it is a link; `conflict` when it is revoked.
 */
export async function downloadPackage(
  context: Context,
  accountId: string,
  deliveryId: string,
): Promise<BuiltPackage> {
  const delivery = await requireDelivery(context.db, accountId, deliveryId);
  const { format } = delivery;
  if (format === "lti")
    throw new Fault(
      "delivery_without_package",
      "delivery: it is an LTI link, which is pasted into the LMS; its address is `lti.launch_url`.",
    );
  if (delivery.revoked_at)
    throw new Fault("conflict", "delivery: it is revoked, so its package would open nothing; make another.");
  const license = await requireLicense(context.db, accountId, delivery.license_id);
  const naming: PackageNaming = {
    format,
    courseTitle: delivery.course_title,
    licenseKind: kindOf(license.kind).title,
    label: delivery.label,
    shortId: license.short_id,
  };
  const bytes = await buildPackage({
    ...naming,
    key: delivery.key,
    contentOrigin: contentOriginFor(context.config.CONTENT_ORIGIN, accountId),
  });
  return { name: packageFileName(naming), bytes };
}
