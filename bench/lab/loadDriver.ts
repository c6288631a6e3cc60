/** The bench's end of a load driver (`bench/driver`). */
import type { FromDriver, Measured, Plan, ToDriver } from "../driver/plan.ts";
import { nextMessage, startScript } from "./processes.ts";

export interface LoadDriver<OfRun = Plan> {
  /** @param onBegun Called when the warm-up is over. */
  run(plan: OfRun, onBegun: () => void): Promise<Measured>;
  end(): Promise<void>;
}

/** @param script Of `bench/driver`. */
export async function startLoadDriver<OfRun = Plan>(
  log: string,
  script = "main.ts",
): Promise<LoadDriver<OfRun>> {
  const driver = startScript(`driver/${script}`, {}, log);
  await nextMessage<FromDriver>(driver.child);
  return {
    run: async (plan, onBegun) => {
      driver.child.send({ type: "run", plan } satisfies ToDriver<OfRun>);
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
