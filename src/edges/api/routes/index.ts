/** Everything that the API can do: one file a noun. */
import type { Route } from "../route.ts";
import { ACCOUNT_ROUTES } from "./accounts.ts";
import { ACTIVITY_ROUTES } from "./activities.ts";
import { ALARM_ROUTES } from "./alarms.ts";
import { ALERT_ROUTES } from "./alerts.ts";
import { API_KEY_ROUTES } from "./apiKeys.ts";
import { ASSIGNMENT_ROUTES } from "./assignments.ts";
import { ATTEMPT_ROUTES } from "./attempts.ts";
import { AUDIT_ROUTES } from "./audit.ts";
import { BILLING_ROUTES } from "./billing.ts";
import { BUNDLE_ROUTES } from "./bundles.ts";
import { CHARGE_ROUTES } from "./charges.ts";
import { COMMON_CARTRIDGE_ROUTES } from "./commonCartridges.ts";
import { CONNECTION_ROUTES } from "./connections.ts";
import { CONTRACT_ROUTES } from "./contracts.ts";
import { COURSE_ROUTES } from "./courses.ts";
import { DELIVERY_ROUTES } from "./deliveries.ts";
import { GRADE_TARGET_ROUTES } from "./gradeTargets.ts";
import { IMPORT_ROUTES } from "./imports.ts";
import { LAUNCH_ROUTES } from "./launches.ts";
import { LEARNER_ROUTES } from "./learners.ts";
import { LIBRARY_ROUTES } from "./library.ts";
import { LICENSE_ROUTES } from "./licenses.ts";
import { LIST_ROUTES } from "./lists.ts";
import { LOT_ROUTES } from "./lots.ts";
import { LTI11_SECRET_ROUTES } from "./lti11Secrets.ts";
import { LTI_CONTEXT_ROUTES } from "./ltiContexts.ts";
import { LTI_KEY_ROUTES } from "./ltiKeys.ts";
import { LTI_LINK_ROUTES } from "./ltiLinks.ts";
import { LTI_REGISTRATION_ROUTES } from "./ltiRegistrations.ts";
import { SHARED_LTI_REGISTRATION_ROUTES } from "./ltiSharedRegistrations.ts";
import { ME_ROUTES } from "./me.ts";
import { ORDER_ROUTES } from "./orders.ts";
import { ORIGIN_ROUTES } from "./origins.ts";
import { OVERAGE_ROUTES } from "./overageReviews.ts";
import { PACKAGE_ROUTES } from "./packages.ts";
import { PAYMENT_METHOD_ROUTES } from "./paymentMethods.ts";
import { PRICE_ROUTES } from "./prices.ts";
import { REPORT_ROUTES } from "./reports.ts";
import { SEAT_ROUTES } from "./seats.ts";
import { SIMULATION_ROUTES } from "./simulations.ts";
import { STATEMENT_FILE_ROUTES } from "./statementFiles.ts";
import { STATEMENT_ROUTES } from "./statements.ts";
import { TOKEN_SECRET_ROUTES } from "./tokenSecret.ts";
import { USAGE_ROUTES } from "./usage.ts";
import { VENDOR_USER_ROUTES } from "./vendorUsers.ts";
import { WEBHOOK_ROUTES } from "./webhooks.ts";

/** In the order of the document. Where a fixed path and one with an id could both be meant, the fixed one stands first. */
export const ROUTES: readonly Route[] = [
  ...ME_ROUTES,
  ...ACCOUNT_ROUTES,
  ...CONNECTION_ROUTES,
  ...ORIGIN_ROUTES,
  ...CONTRACT_ROUTES,
  ...PRICE_ROUTES,
  ...IMPORT_ROUTES,
  ...COURSE_ROUTES,
  ...BUNDLE_ROUTES,
  ...LIST_ROUTES,
  ...LICENSE_ROUTES,
  ...USAGE_ROUTES,
  ...SIMULATION_ROUTES,
  ...LIBRARY_ROUTES,
  ...ORDER_ROUTES,
  ...LOT_ROUTES,
  ...ASSIGNMENT_ROUTES,
  ...DELIVERY_ROUTES,
  ...LTI11_SECRET_ROUTES,
  ...PACKAGE_ROUTES,
  ...COMMON_CARTRIDGE_ROUTES,
  ...LTI_LINK_ROUTES,
  ...LTI_REGISTRATION_ROUTES,
  ...SHARED_LTI_REGISTRATION_ROUTES,
  ...LTI_KEY_ROUTES,
  ...ALARM_ROUTES,
  ...LEARNER_ROUTES,
  ...SEAT_ROUTES,
  ...OVERAGE_ROUTES,
  ...CHARGE_ROUTES,
  ...BILLING_ROUTES,
  ...STATEMENT_FILE_ROUTES,
  ...STATEMENT_ROUTES,
  ...ACTIVITY_ROUTES,
  ...ATTEMPT_ROUTES,
  ...GRADE_TARGET_ROUTES,
  ...LTI_CONTEXT_ROUTES,
  ...LAUNCH_ROUTES,
  ...PAYMENT_METHOD_ROUTES,
  ...REPORT_ROUTES,
  ...ALERT_ROUTES,
  ...WEBHOOK_ROUTES,
  ...AUDIT_ROUTES,
  ...API_KEY_ROUTES,
  ...VENDOR_USER_ROUTES,
  ...TOKEN_SECRET_ROUTES,
];
