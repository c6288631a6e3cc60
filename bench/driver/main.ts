/** The load driver's process: what it costs stays out of the server's figures. Speaks to the bench by IPC. */
import { runPlan } from "./closedLoop.ts";
import type { FromDriver, ToDriver } from "./plan.ts";

const tell = (message: FromDriver) => process.send?.(message);

process.on("message", (message: ToDriver) => {
  runPlan(message.plan, () => tell({ type: "begun" })).then(
    (measured) => tell({ type: "finished", measured }),
    (error: unknown) => tell({ type: "failed", error: String(error) }),
  );
});
process.on("disconnect", () => process.exit(0));
tell({ type: "ready" });
