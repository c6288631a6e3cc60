/** What bounds what others may ask and do (docs/security.md): a part of the table of settings. */
import { origin, setting, wholeNumber } from "./settingValues.ts";

const origins = (example: string) => ({
  expected: `origins ${example}, with spaces between them`,
  parse: (text: string) => {
    const found = text.trim().split(/\s+/).map(origin.parse);
    return found.every((one) => one !== undefined) ? found : undefined;
  },
  fallback: [],
  fallbackShown: "–",
});

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
  GRADE_RETRY_DAYS: setting({
    ...wholeNumber(1, 60),
    fallback: 14,
    meaning:
      "For how many days a grade that a gradebook does not take is tried again, before it is given up.",
  }),
  LTI_MEMBERS_HOURS: setting({
    ...wholeNumber(0, 24 * 30),
    fallback: 24,
    meaning:
      "How often the members of an LMS's courses are read, where the LMS offers them: names and e-mail of learners, and who left. 0: never.",
  }),
  LTI11_WINDOW_SECONDS: setting({
    ...wholeNumber(10, 3600),
    fallback: 300,
    meaning:
      "How far the time at which an LTI 1.1 launch was signed may be from now, either way: what an LMS's clock may be wrong by.",
  }),
  OUTGOING_TRUSTED_ORIGINS: setting<readonly string[]>({
    ...origins("such as `http://files.internal:9000`"),
    meaning:
      "Where courses may be fetched from besides https on the public internet: your own file server, say. Who may import courses can read what is there.",
  }),
  LTI_TRUSTED_ORIGINS: setting<readonly string[]>({
    ...origins("such as `http://lms.internal:9000`"),
    meaning:
      "Which LTI platforms are asked besides those by https on the public internet: an LMS on your own network, say. The administrators of every account can name an LMS there.",
  }),
  WEBHOOK_TRUSTED_ORIGINS: setting<readonly string[]>({
    ...origins("such as `http://hooks.internal:9000`"),
    meaning:
      "Where webhooks may be sent besides https on the public internet. The administrators of every account can send there.",
  }),
  LTI_REGISTRATION_LINK_HOURS: setting({
    ...wholeNumber(1, 720),
    fallback: 24,
    meaning: "For how long a link is good by which an LMS registers itself.",
  }),
  LTI_KEY_DAYS: setting({
    ...wholeNumber(2, 3650),
    fallback: 90,
    meaning:
      "How old the key gets that LTI platforms know the gateway by. Then another takes its place, a day after it was published.",
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
