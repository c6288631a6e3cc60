/** The practice LMS and the practice platform, for trying things out on one machine: a part of the table of settings. */
import { isThisMachine, onOrOff, origin, setting, wholeNumber } from "./settingValues.ts";

/** After the port of the practice LMS; where that is any free one, where it would be by default. */
const USUAL_PORT = 8082;

export const PRACTICE_SETTINGS = {
  PRACTICE_LMS: setting({
    ...onOrOff,
    fallback: (earlier) => earlier["NODE_ENV"] !== "production" && isThisMachine(String(earlier["HOST"])),
    fallbackShown: "`on` where HOST is this machine alone and NODE_ENV is not `production`, else `off`",
    meaning:
      "The practice LMS: a page that plays an LMS, for trying packages out. It has no sign-in and shows learners of every account. Refused in production.",
  }),
  PRACTICE_PORT: setting({
    ...wholeNumber(0, 65_535),
    fallback: (earlier) => (earlier["PORT"] === 0 ? 0 : Number(earlier["PORT"]) + 1),
    fallbackShown: "PORT + 1",
    meaning: "The port of the practice LMS: an origin of its own, as a customer's LMS is.",
  }),
  PRACTICE_PLATFORM: setting({
    ...onOrOff,
    fallback: (earlier) => earlier["PRACTICE_LMS"] === true && earlier["NODE_ENV"] !== "production",
    fallbackShown: "as PRACTICE_LMS",
    meaning:
      "The practice platform: a page that plays an LMS which speaks LTI 1.3 and 1.1. It has no sign-in. Refused in production.",
  }),
  PRACTICE_PLATFORM_PORT: setting({
    ...wholeNumber(1, 65_535),
    fallback: (earlier) =>
      earlier["PRACTICE_PORT"] === 0 ? USUAL_PORT : Number(earlier["PRACTICE_PORT"]) + 1,
    fallbackShown: "PRACTICE_PORT + 1",
    meaning: "The port of the practice platform.",
  }),
  PRACTICE_PLATFORM_ORIGIN: setting({
    ...origin,
    fallback: (earlier) => `http://localhost:${earlier["PRACTICE_PLATFORM_PORT"]}`,
    fallbackShown: "`http://localhost:<PRACTICE_PLATFORM_PORT>`",
    meaning:
      "The practice platform's issuer, where a proxy stands in front of it. While it is on, the gateway may ask it as those in LTI_TRUSTED_ORIGINS.",
  }),
};
