/** What bounds what others may ask and do (docs/security.md): a part of the table of settings. */
import { origin, setting, wholeNumber } from "./settingValues.ts";

export const HARDENING_SETTINGS = {
  KEEPS_PER_MINUTE: setting({
    ...wholeNumber(10, 1_000_000),
    fallback: 600,
    meaning: "The most beats and saves a minute of one launch; more are told to come later, and do.",
  }),
  KEEPS_PER_MINUTE_AND_ADDRESS: setting({
    ...wholeNumber(10, 10_000_000),
    fallback: 100_000,
    meaning:
      "The most beats and saves a minute from one network address, per process: an open course of a quiet learner makes two.",
  }),
  CONTENT_REQUESTS_PER_MINUTE_AND_ADDRESS: setting({
    ...wholeNumber(10, 100_000_000),
    fallback: 600_000,
    meaning: "The most files of courses a minute to one network address, per process.",
  }),
  API_REQUESTS_PER_MINUTE: setting({
    ...wholeNumber(1, 1_000_000),
    fallback: 1200,
    meaning: "The most requests a minute by one API key.",
  }),
  API_FAILED_KEYS_PER_MINUTE: setting({
    ...wholeNumber(1, 1_000_000),
    fallback: 30,
    meaning:
      "The most API keys a minute from one network address that are none; it is not listened to for the rest of the minute then.",
  }),
  GROWTH_WATCH_SECONDS: setting({
    ...wholeNumber(5, 86_400),
    fallback: 300,
    meaning: "How often it is looked at how deliveries grow.",
  }),
  ALARM_NEW_LEARNERS: setting({
    ...wholeNumber(1, 1_000_000),
    fallback: 50,
    meaning:
      "So many new learners of a delivery in a day, or new ids of an unusual shape, are never odd if fewer.",
  }),
  ALARM_GROWTH_FACTOR: setting({
    ...wholeNumber(2, 1000),
    fallback: 3,
    meaning:
      "An alarm is raised at so many times the new learners of the busiest day of the four weeks before.",
  }),
  ALARM_ORIGINS: setting({
    ...wholeNumber(1, 200),
    fallback: 3,
    meaning: "An alarm is raised where a delivery is launched from more origins than this.",
  }),
  OUTGOING_TRUSTED_ORIGINS: setting<readonly string[]>({
    expected: "origins such as `http://files.internal:9000`, with spaces between them",
    parse: (text: string) => {
      const origins = text.trim().split(/\s+/).map(origin.parse);
      return origins.every((one) => one !== undefined) ? origins : undefined;
    },
    fallback: [],
    fallbackShown: "–",
    meaning:
      "Where courses may be fetched from besides https on the public internet: your own file server, say. Who may import courses can read what is there.",
  }),
  HEADERS_SECONDS: setting({
    ...wholeNumber(1, 300),
    fallback: 10,
    meaning: "How long a client may take to send the headers of a request.",
  }),
  STALL_SECONDS: setting({
    ...wholeNumber(1, 300),
    fallback: 30,
    meaning:
      "How long a client may send or read more slowly than SLOWEST_BYTES_PER_SECOND before its connection is cut.",
  }),
  SLOWEST_BYTES_PER_SECOND: setting({
    ...wholeNumber(1, 1_000_000),
    fallback: 1024,
    meaning:
      "The slowest pace of a body or an answer. What is slow but moves may take as long as it needs: uploads, videos.",
  }),
  KEEP_ALIVE_SECONDS: setting({
    ...wholeNumber(1, 3600),
    fallback: 65,
    meaning:
      "How long a connection stays open between two requests: longer than a proxy in front waits (often 60 s) and than two beats.",
  }),
  MOST_CONNECTIONS: setting({
    ...wholeNumber(1, 1_000_000),
    fallback: 10_000,
    meaning: "The most connections that one process has open; more are closed at once.",
  }),
};
