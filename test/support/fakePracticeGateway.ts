/** A gateway with deliveries in memory, for tests of the practice LMS alone: it shows what it is told to show. */
import { Readable } from "node:stream";
import { Fault } from "../../src/core/faults.ts";
import type { Observation, PracticePackage } from "../../src/edges/practice/observation.ts";
import type { PracticeGateway } from "../../src/edges/practice/practiceGateway.ts";

export interface FakeDelivery {
  readonly offered: PracticePackage;
  zip: Buffer;
  observation: Observation;
}

export class FakePracticeGateway implements PracticeGateway {
  readonly deliveries = new Map<string, FakeDelivery>();
  /** Set to make every question fail, as when the gateway is down. */
  down = false;

  add(offered: PracticePackage, zip: Buffer, observed: Partial<Observation> = {}): FakeDelivery {
    const observation: Observation = {
      now: "2026-03-01T10:00:00.000Z",
      paused: false,
      launches: [],
      seats: [],
      charges: [],
      attempts: [],
      ...observed,
    };
    const delivery = { offered, zip, observation };
    this.deliveries.set(offered.delivery_id, delivery);
    return delivery;
  }

  async packages(): Promise<PracticePackage[]> {
    this.#mustBeUp();
    return [...this.deliveries.values()].map(({ offered }) => offered);
  }

  async download(deliveryId: string): Promise<Readable> {
    return Readable.from([this.#find(deliveryId).zip]);
  }

  async observe(deliveryId: string): Promise<Observation> {
    return this.#find(deliveryId).observation;
  }

  async pause(deliveryId: string, paused: boolean): Promise<void> {
    const delivery = this.#find(deliveryId);
    delivery.observation = { ...delivery.observation, paused };
  }

  #find(deliveryId: string): FakeDelivery {
    this.#mustBeUp();
    const delivery = this.deliveries.get(deliveryId);
    if (delivery === undefined) throw new Fault("not_found", `There is no delivery ${deliveryId}`);
    return delivery;
  }

  #mustBeUp(): void {
    if (this.down) throw new Error("connection refused");
  }
}
