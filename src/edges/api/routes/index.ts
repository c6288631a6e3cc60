/** Everything that the API can do: one file a noun. */
import type { Route } from "../route.ts";
import { ATTEMPT_ROUTES } from "./attempts.ts";
import { CONNECTION_ROUTES } from "./connections.ts";
import { DELIVERY_ROUTES } from "./deliveries.ts";
import { LAUNCH_ROUTES } from "./launches.ts";
import { LEARNER_ROUTES } from "./learners.ts";
import { LIBRARY_ROUTES } from "./library.ts";
import { LICENSE_ROUTES } from "./licenses.ts";
import { LIST_ROUTES } from "./lists.ts";
import { LOT_ROUTES } from "./lots.ts";
import { ME_ROUTES } from "./me.ts";
import { PACKAGE_ROUTES } from "./packages.ts";
import { SEAT_ROUTES } from "./seats.ts";

export const ROUTES: readonly Route[] = [
  ...ME_ROUTES,
  ...CONNECTION_ROUTES,
  ...LIST_ROUTES,
  ...LICENSE_ROUTES,
  ...LIBRARY_ROUTES,
  ...LOT_ROUTES,
  ...DELIVERY_ROUTES,
  ...PACKAGE_ROUTES,
  ...LEARNER_ROUTES,
  ...SEAT_ROUTES,
  ...ATTEMPT_ROUTES,
  ...LAUNCH_ROUTES,
];
