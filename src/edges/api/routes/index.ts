/** Everything that the API can do: one file a noun. */
import type { Route } from "../route.ts";
import { ACCOUNT_ROUTES } from "./accounts.ts";
import { ALARM_ROUTES } from "./alarms.ts";
import { API_KEY_ROUTES } from "./apiKeys.ts";
import { ATTEMPT_ROUTES } from "./attempts.ts";
import { AUDIT_ROUTES } from "./audit.ts";
import { BUNDLE_ROUTES } from "./bundles.ts";
import { CONNECTION_ROUTES } from "./connections.ts";
import { CONTRACT_ROUTES } from "./contracts.ts";
import { COURSE_ROUTES } from "./courses.ts";
import { DELIVERY_ROUTES } from "./deliveries.ts";
import { IMPORT_ROUTES } from "./imports.ts";
import { LAUNCH_ROUTES } from "./launches.ts";
import { LEARNER_ROUTES } from "./learners.ts";
import { LIBRARY_ROUTES } from "./library.ts";
import { LICENSE_ROUTES } from "./licenses.ts";
import { LIST_ROUTES } from "./lists.ts";
import { LOT_ROUTES } from "./lots.ts";
import { ME_ROUTES } from "./me.ts";
import { ORIGIN_ROUTES } from "./origins.ts";
import { PACKAGE_ROUTES } from "./packages.ts";
import { SEAT_ROUTES } from "./seats.ts";
import { TOKEN_SECRET_ROUTES } from "./tokenSecret.ts";
import { VENDOR_USER_ROUTES } from "./vendorUsers.ts";

/** In the order of the document. Where a fixed path and one with an id could both be meant, the fixed one stands first. */
export const ROUTES: readonly Route[] = [
  ...ME_ROUTES,
  ...ACCOUNT_ROUTES,
  ...CONNECTION_ROUTES,
  ...ORIGIN_ROUTES,
  ...CONTRACT_ROUTES,
  ...IMPORT_ROUTES,
  ...COURSE_ROUTES,
  ...BUNDLE_ROUTES,
  ...LIST_ROUTES,
  ...LICENSE_ROUTES,
  ...LIBRARY_ROUTES,
  ...LOT_ROUTES,
  ...DELIVERY_ROUTES,
  ...PACKAGE_ROUTES,
  ...ALARM_ROUTES,
  ...LEARNER_ROUTES,
  ...SEAT_ROUTES,
  ...ATTEMPT_ROUTES,
  ...LAUNCH_ROUTES,
  ...AUDIT_ROUTES,
  ...API_KEY_ROUTES,
  ...VENDOR_USER_ROUTES,
  ...TOKEN_SECRET_ROUTES,
];
