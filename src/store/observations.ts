/** What happened under one delivery, for whoever looks over the gateway's shoulder. */
import type { DeliveryFormat, PackageFormat, Rollup } from "../core/bridge.ts";
import type { DenialCode } from "../core/denials.ts";
import type { Terms } from "../core/licensing/kind.ts";
import type { Sql } from "./db.ts";

export interface ObservedDelivery {
  readonly account_id: string;
  readonly delivery_id: string;
  readonly license_id: string;
  readonly course_id: string;
  readonly course_title: string;
  readonly label: string;
  /** Names it in its package or link. */
  readonly key: string;
  readonly format: DeliveryFormat;
  readonly kind: string;
  readonly terms: Terms;
  readonly paused_at: Date | null;
}

const DELIVERY = `select delivery.account_id, delivery.id as delivery_id, delivery.license_id, delivery.course_id,
    delivery.course_title, delivery.label, delivery.format, license.kind, license.terms, license.paused_at, delivery.key
  from delivery join license on license.account_id = delivery.account_id and license.id = delivery.license_id`;

/** Of all accounts, and with a package to open: for the practice LMS, which is off in production. */
export function listLivePackages(sql: Sql): Promise<(ObservedDelivery & { format: PackageFormat })[]> {
  return sql.query(
    `${DELIVERY} where delivery.revoked_at is null and delivery.format <> 'lti' order by delivery.created_at, delivery.id`,
  );
}

/** Of all accounts, and with a link to open: for the practice platform, which is off in production. */
export function listLiveLinks(sql: Sql): Promise<ObservedDelivery[]> {
  return sql.query(
    `${DELIVERY} where delivery.revoked_at is null and delivery.format = 'lti' order by delivery.created_at, delivery.id`,
  );
}

export async function findObservedDelivery(
  sql: Sql,
  deliveryId: string,
): Promise<ObservedDelivery | undefined> {
  return (await sql.query<ObservedDelivery>(`${DELIVERY} where delivery.id = $1`, [deliveryId]))[0];
}

/** The learner as named beside what is observed; the id is the one of the learner's first identity. */
interface WithLearner {
  readonly learner_id: string | null;
  readonly learner_name: string | null;
  readonly scorm_id: string | null;
}

const LEARNER = `learner.id as learner_id, learner.name as learner_name,
    (select value from identity where identity.account_id = learner.account_id and identity.learner_id = learner.id
      order by first_seen_at, id limit 1) as scorm_id`;

export interface LaunchObservation extends WithLearner {
  readonly id: string;
  readonly seat_id: string | null;
  readonly outcome: "allowed" | "denied" | "test";
  readonly code: DenialCode | null;
  readonly count: number;
  readonly opened_at: Date;
  readonly open_seconds: number;
  readonly last_seen_at: Date;
  readonly closed_at: Date | null;
  readonly made_charge: boolean;
}

export function observeLaunches(sql: Sql, of: ObservedDelivery, most: number): Promise<LaunchObservation[]> {
  return sql.query<LaunchObservation>(
    `select launch.id, launch.seat_id, launch.outcome, launch.code, launch.count, launch.opened_at, launch.open_seconds,
       launch.last_seen_at, launch.closed_at, ${LEARNER},
       exists (select 1 from charge where charge.account_id = launch.account_id and charge.license_id = launch.license_id
         and charge.launch_id = launch.id) as made_charge
     from launch left join learner on learner.account_id = launch.account_id and learner.id = launch.learner_id
     where launch.account_id = $1 and launch.delivery_id = $2 order by launch.opened_at desc, launch.id desc limit $3`,
    [of.account_id, of.delivery_id, most],
  );
}

export interface SeatObservation extends WithLearner {
  readonly id: string;
  readonly status: "pending" | "confirmed" | "released";
  readonly launches: number;
  readonly starts_at: Date;
  readonly ends_at: Date | null;
  readonly confirmed_at: Date | null;
}

export function observeSeats(sql: Sql, of: ObservedDelivery, most: number): Promise<SeatObservation[]> {
  return sql.query<SeatObservation>(
    `select seat.id, seat.status, seat.launches, seat.starts_at, seat.ends_at, seat.confirmed_at, ${LEARNER}
     from seat join learner on learner.account_id = seat.account_id and learner.id = seat.learner_id
     where seat.account_id = $1 and seat.license_id = $2 order by seat.starts_at desc, seat.id desc limit $3`,
    [of.account_id, of.license_id, most],
  );
}

export interface ChargeObservation extends WithLearner {
  readonly id: string;
  readonly rule: string;
  readonly amount_minor: number;
  readonly currency: string;
  readonly made_at: Date;
}

export function observeCharges(sql: Sql, of: ObservedDelivery, most: number): Promise<ChargeObservation[]> {
  return sql.query<ChargeObservation>(
    `select charge.id, charge.rule, charge.amount_minor, charge.currency, charge.made_at, ${LEARNER}
     from charge left join learner on learner.account_id = charge.account_id and learner.id = charge.learner_id
     where charge.account_id = $1 and charge.license_id = $2 order by charge.made_at desc, charge.id desc limit $3`,
    [of.account_id, of.license_id, most],
  );
}

export interface AttemptObservation extends WithLearner {
  readonly id: string;
  readonly rollup: Rollup | null;
  readonly saved_at: Date | null;
}

export function observeAttempts(sql: Sql, of: ObservedDelivery, most: number): Promise<AttemptObservation[]> {
  return sql.query<AttemptObservation>(
    `select attempt.id, attempt.rollup, attempt.saved_at, ${LEARNER}
     from attempt join learner on learner.account_id = attempt.account_id and learner.id = attempt.learner_id
     where attempt.account_id = $1 and attempt.license_id = $2 and attempt.course_id = $4
     order by attempt.id desc limit $3`,
    [of.account_id, of.license_id, most, of.course_id],
  );
}
