/** The gateway that runs in this process, as the practice LMS looks over its shoulder. */
import { Readable } from "node:stream";
import { kindOf } from "../../core/licensing/kinds/index.ts";
import { addSeconds } from "../../core/time.ts";
import { pauseLicense } from "../../flows/changeLicense.ts";
import type { Context } from "../../flows/context.ts";
import { downloadPackage } from "../../flows/deliveries.ts";
import type { Presences } from "../../flows/launch/presences.ts";
import {
  type DeliveryObservation,
  observeDelivery,
  requireObservedDelivery,
} from "../../flows/observeDelivery.ts";
import { type LaunchObservation, listLivePackages, type SeatObservation } from "../../store/observations.ts";
import type { Observation, ObservedLearner, ObservedSeat } from "./observation.ts";
import type { PracticeGateway } from "./practiceGateway.ts";

const BY = { actor: "practice-lms", why: "Tried out in the practice LMS" };

export function gatewayHere(context: Context): PracticeGateway {
  return {
    packages: async () =>
      (await listLivePackages(context.db)).map((delivery) => ({
        delivery_id: delivery.delivery_id,
        title: delivery.course_title,
        label: delivery.label,
        format: delivery.format,
        license_kind: kindOf(delivery.kind).title,
      })),
    download: async (deliveryId) => {
      const { account_id } = await requireObservedDelivery(context, deliveryId);
      return Readable.from([(await downloadPackage(context, account_id, deliveryId)).bytes]);
    },
    observe: async (deliveryId) =>
      observationOf(await observeDelivery(context, deliveryId), context.presences),
    pause: async (deliveryId, paused) => {
      const { account_id, license_id } = await requireObservedDelivery(context, deliveryId);
      await pauseLicense(context, BY, account_id, license_id, paused);
    },
  };
}

function observationOf(observed: DeliveryObservation, presences: Presences): Observation {
  const seen = {
    ...observed,
    launches: observed.launches.map((launch) => asOfNow(launch, presences, observed.at)),
  };
  return {
    now: seen.at.toISOString(),
    paused: seen.delivery.paused_at !== null,
    launches: seen.launches.map((launch) => ({
      launch_id: launch.id,
      learner: learnerOf(launch),
      launched_at: launch.opened_at.toISOString(),
      outcome: launch.outcome === "denied" ? "denied" : "allowed",
      code: launch.code,
      count: launch.count,
      open_seconds: launch.open_seconds,
      closed_at: launch.closed_at?.toISOString() ?? null,
      confirmed_seat: launch.made_charge,
    })),
    seats: seen.seats.map((seat) => seatOf(seat, seen)),
    charges: seen.charges.map((charge) => ({
      charge_id: charge.id,
      learner: learnerOf(charge),
      charged_at: charge.made_at.toISOString(),
      amount: charge.amount_minor,
      currency: charge.currency,
      why: WHY[charge.rule] ?? charge.rule,
    })),
    attempts: seen.attempts.map((attempt) => ({
      attempt_id: attempt.id,
      learner: someone(attempt),
      completion: attempt.rollup?.completion ?? "not attempted",
      success: attempt.rollup?.success ?? "unknown",
      score_scaled: attempt.rollup?.score.scaled ?? null,
      saved_at: attempt.saved_at?.toISOString() ?? null,
    })),
  };
}

/**
 * A launch as it stands now: its open time by the last beat, not by the last save. One that closed without a word, as when
 * its browser was killed, ended when it was last heard of.
 */
function asOfNow(launch: LaunchObservation, presences: Presences, at: Date): LaunchObservation {
  const beaten = presences.openTimeOf(launch.id)?.open_seconds ?? 0;
  const open = launch.closed_at === null && presences.isFresh(launch.id, launch.last_seen_at, at);
  return {
    ...launch,
    open_seconds: Math.max(launch.open_seconds, beaten),
    closed_at: open ? null : (launch.closed_at ?? launch.last_seen_at),
  };
}

/** The rules of a confirmation (RULES §3.1), in words. */
const WHY: Readonly<Record<string, string>> = {
  launches: "The learner launched the course again",
  open_time: "The course was open for two minutes",
  at_once: "The seat was taken",
};

type Named = {
  readonly learner_id: string | null;
  readonly learner_name: string | null;
  readonly scorm_id: string | null;
};

function learnerOf(row: Named): ObservedLearner | null {
  return row.learner_id === null ? null : someone(row);
}

function someone(row: Named): ObservedLearner {
  return { learner_id: row.learner_id ?? "", name: row.learner_name ?? "", scorm_id: row.scorm_id ?? "" };
}

function seatOf(seat: SeatObservation, seen: DeliveryObservation): ObservedSeat {
  const pending = seat.status === "pending" ? pendingOf(seat, seen) : undefined;
  return {
    seat_id: seat.id,
    learner: someone(seat),
    state: seat.status,
    started_at: seat.starts_at.toISOString(),
    confirmed_at: seat.confirmed_at?.toISOString() ?? null,
    ends_at: seat.ends_at?.toISOString() ?? null,
    ...(pending ? { pending } : {}),
  };
}

/** Why a seat is pending, and what would charge it. Open time between two saves is not written down: an estimate. */
function pendingOf(
  seat: SeatObservation,
  { at, delivery, launches }: DeliveryObservation,
): ObservedSeat["pending"] {
  const { safeguard } = kindOf(delivery.kind).rules(delivery.terms);
  if (!safeguard) return undefined;
  const ofSeat = launches.filter((launch) => launch.seat_id === seat.id);
  const open = ofSeat.find((launch) => launch.closed_at === null);
  const openNow = open ? (at.getTime() - open.opened_at.getTime()) / 1000 : 0;
  const longest = Math.max(openNow, ...ofSeat.map((launch) => launch.open_seconds));
  return {
    launches: seat.launches,
    launches_needed: safeguard.charge_after_launches,
    open_seconds: Math.min(Math.floor(longest), safeguard.charge_after_seconds),
    open_seconds_needed: safeguard.charge_after_seconds,
    confirms_at: open ? addSeconds(open.opened_at, safeguard.charge_after_seconds).toISOString() : null,
  };
}
