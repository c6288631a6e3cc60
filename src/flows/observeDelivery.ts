/** Reads what was decided and tallied under one delivery, as it stands in one moment. */
import { Fault } from "../core/faults.ts";
import {
  type AttemptObservation,
  type ChargeObservation,
  findObservedDelivery,
  type LaunchObservation,
  type ObservedDelivery,
  observeAttempts,
  observeCharges,
  observeLaunches,
  observeSeats,
  type SeatObservation,
} from "../store/observations.ts";
import type { Context } from "./context.ts";

export interface DeliveryObservation {
  readonly at: Date;
  readonly delivery: ObservedDelivery;
  readonly launches: readonly LaunchObservation[];
  readonly seats: readonly SeatObservation[];
  readonly charges: readonly ChargeObservation[];
  readonly attempts: readonly AttemptObservation[];
}

const MOST_ROWS = 20;

/** @throws Fault `not_found`. */
export async function observeDelivery(context: Context, deliveryId: string): Promise<DeliveryObservation> {
  const delivery = await requireObservedDelivery(context, deliveryId);
  return {
    at: context.deps.clock.now(),
    delivery,
    launches: await observeLaunches(context.db, delivery, MOST_ROWS),
    seats: await observeSeats(context.db, delivery, MOST_ROWS),
    charges: await observeCharges(context.db, delivery, MOST_ROWS),
    attempts: await observeAttempts(context.db, delivery, MOST_ROWS),
  };
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** @throws Fault `not_found`. */
export async function requireObservedDelivery(
  context: Context,
  deliveryId: string,
): Promise<ObservedDelivery> {
  const delivery = UUID.test(deliveryId) ? await findObservedDelivery(context.db, deliveryId) : undefined;
  if (!delivery) throw new Fault("not_found", `delivery: found none with the id ${deliveryId}.`);
  return delivery;
}
