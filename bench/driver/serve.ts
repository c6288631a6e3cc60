/** A load driver's process: what it costs stays out of the server's figures. Speaks to the bench by IPC. */
import type { FromDriver, Measured, ToDriver } from "./plan.ts";

/** @param run Measures by a plan; calls back when the warm-up is over. */
export function serveDriver<Plan>(run: (plan: Plan, onBegun: () => void) => Promise<Measured>): void {
  const tell = (message: FromDriver) => process.send?.(message);
  process.on("message", (message: ToDriver<Plan>) => {
    run(message.plan, () => tell({ type: "begun" })).then(
      (measured) => tell({ type: "finished", measured }),
      (error: unknown) => tell({ type: "failed", error: String(error) }),
    );
  });
  process.on("disconnect", () => process.exit(0));
  tell({ type: "ready" });
}
