/** The load driver of single requests. */
import { runPlan } from "./closedLoop.ts";
import { serveDriver } from "./serve.ts";

serveDriver(runPlan);
