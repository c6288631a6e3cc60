/** The load driver of launches over LTI. */
import { serveDriver } from "../serve.ts";
import { runLtiPlan } from "./slices.ts";

serveDriver(runLtiPlan);
