/**
 * What the practice LMS asks of the gateway, for the side of its page that a real LMS has not. What a package gets from the
 * LMS, it gets as from any LMS.
 */
import type { Readable } from "node:stream";
import type { Observation, PracticePackage } from "./observation.ts";

export interface PracticeGateway {
  packages(): Promise<readonly PracticePackage[]>;
  /** The package's zip. Throws the fault `not_found` where there is no such delivery. */
  download(deliveryId: string): Promise<Readable>;
  /** Throws the fault `not_found` where there is no such delivery. */
  observe(deliveryId: string): Promise<Observation>;
  /** Pauses the delivery's license, or takes the pause off it. */
  pause(deliveryId: string, paused: boolean): Promise<void>;
}
