/** Of every route. */
import { ACCOUNT_NOUNS } from "./accountNouns.ts";
import { ALERTS } from "./alerts.ts";
import type { Expectations } from "./expectation.ts";
import { GRADES } from "./grades.ts";
import { GROWTH } from "./growth.ts";
import { KINDS } from "./kinds.ts";
import { LTI } from "./lti.ts";
import { LTI11 } from "./lti11.ts";
import { MONEY } from "./money.ts";
import { ORDERS } from "./orders.ts";
import { REPORTS } from "./reports.ts";
import { VENDOR_NOUNS } from "./vendorNouns.ts";

export const EXPECTATIONS: Expectations = {
  ...ACCOUNT_NOUNS,
  ...ALERTS,
  ...GRADES,
  ...GROWTH,
  ...KINDS,
  ...LTI11,
  ...LTI,
  ...MONEY,
  ...ORDERS,
  ...REPORTS,
  ...VENDOR_NOUNS,
};
