/** The bench's end of the load driver (`bench/driver`). */
import type { FromDriver, Measured, Plan, ToDriver } from "../driver/plan.ts";
import { nextMessage, startScript } from "./processes.ts";

export interface LoadDriver {
  /** @param onBegun Called when the warm-up is over. */
  run(plan: Plan, onBegun: () => void): Promise<Measured>;
  end(): Promise<void>;
}

export async function startLoadDriver(log: string): Promise<LoadDriver> {
  const driver = startScript("driver/main.ts", {}, log);
  await nextMessage<FromDriver>(driver.child);
  return {
    run: async (plan, onBegun) => {
      driver.child.send({ type: "run", plan } satisfies ToDriver);
      for (;;) {
        const message = await nextMessage<FromDriver>(driver.child);
        if (message.type === "begun") onBegun();
        else if (message.type === "failed") throw new Error(`The load driver failed: ${message.error}`);
        else if (message.type === "finished") return message.measured;
      }
    },
    end: driver.end,
  };
}
