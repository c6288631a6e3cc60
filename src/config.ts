/** One table of settings, read from the environment and checked at start. `docs/settings.md` is made from it. */
import { availableParallelism } from "node:os";
import { resolve } from "node:path";
import { HARDENING_SETTINGS } from "./hardeningSettings.ts";
import { MAIL_SETTINGS } from "./mailSettings.ts";
import { PAYMENT_SETTINGS } from "./paymentSettings.ts";
import { PRACTICE_SETTINGS } from "./practiceSettings.ts";
import {
  headerList,
  ipAddress,
  isThisMachine,
  oneOf,
  onOrOff,
  origin,
  originOfContent,
  type Setting,
  setting,
  text,
  wholeNumber,
} from "./settingValues.ts";

const MOST_PROCESSES = 64;
const processCount = wholeNumber(1, MOST_PROCESSES);

export const SETTINGS = {
  NODE_ENV: setting({
    ...oneOf("development", "production", "test"),
    fallback: "development",
    meaning:
      "`production` switches the practice LMS off and refuses settings that are fit for trying out only.",
  }),
  PORT: setting({
    ...wholeNumber(0, 65_535),
    fallback: 8080,
    meaning: "The port that the gateway listens on; 0 takes a free one.",
  }),
  HOST: setting({
    ...ipAddress,
    fallback: "127.0.0.1",
    meaning: "The address that the gateway listens on.",
  }),
  APP_ORIGIN: setting({
    ...origin,
    fallback: (earlier) => `http://localhost:${earlier["PORT"]}`,
    fallbackShown: "`http://localhost:<PORT>`",
    meaning: "The public origin of the console, the API and LTI.",
  }),
  CONTENT_ORIGIN: setting({
    ...originOfContent,
    fallback: (earlier) => `http://127.0.0.1:${earlier["PORT"]}`,
    fallbackShown: "`http://127.0.0.1:<PORT>`",
    meaning:
      "The public origin of the player and the courses. Another host than APP_ORIGIN: course code is other people's code. With a `*`, each account has a host of its own, named by its id.",
  }),
  FORMER_CONTENT_ORIGINS: setting<readonly string[]>({
    expected: "origins as for CONTENT_ORIGIN, with spaces between them",
    parse: (text: string) => {
      const origins = text.trim().split(/\s+/).map(originOfContent.parse);
      return origins.every((one) => one !== undefined) ? origins : undefined;
    },
    fallback: [],
    fallbackShown: "–",
    meaning:
      "What CONTENT_ORIGIN was when packages were built that are still in use: they go on working there.",
  }),
  DATA_FOLDER: setting({
    expected: "a folder that can be written to",
    parse: (value: string) => resolve(value),
    fallback: () => resolve("data"),
    fallbackShown: "`data` where the gateway was started",
    meaning:
      "Holds the embedded store where DATABASE_URL is unset, and the courses where S3_BUCKET is unset.",
  }),
  S3_BUCKET: setting<string>({
    ...text("the name of a bucket", /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/),
    fallback: "",
    meaning: "Where the courses lie instead of in DATA_FOLDER, at Amazon S3 or a service like it.",
  }),
  S3_REGION: setting({
    ...text("a region such as `eu-central-1`", /^[a-z0-9-]{1,60}$/),
    fallback: "us-east-1",
    meaning: "The region of the bucket.",
  }),
  S3_ENDPOINT: setting<string>({
    ...origin,
    expected: "an origin such as `https://storage.example.com`, without a path",
    fallback: "",
    meaning: "Of a service other than Amazon's. It must know conditional writes (`If-None-Match: *`).",
  }),
  S3_PREFIX: setting<string>({
    ...text("letters, digits and `/._-`, such as `tallygate/`", /^[A-Za-z0-9_-][\w./-]{0,200}$/),
    fallback: "",
    meaning: "What every key in the bucket begins with, where others use it too.",
  }),
  S3_FORCE_PATH_STYLE: setting({
    ...onOrOff,
    fallback: (earlier) => earlier["S3_ENDPOINT"] !== "",
    fallbackShown: "`on` where S3_ENDPOINT is set, else `off`",
    meaning: "The bucket's name stands in the path and not in the host.",
  }),
  S3_ACCESS_KEY_ID: setting<string>({
    ...text("the id of an access key", /^\S{3,200}$/),
    fallback: "",
    secret: true,
    meaning:
      "With S3_SECRET_ACCESS_KEY. Unset: found as Amazon's own tools do (environment, profile, the machine's role).",
  }),
  S3_SECRET_ACCESS_KEY: setting<string>({
    ...text("the secret of the access key", /^\S{3,400}$/),
    fallback: "",
    secret: true,
    meaning: "Of S3_ACCESS_KEY_ID.",
  }),
  DATABASE_URL: setting<string>({
    ...text("a URL such as `postgres://user:password@host:5432/name`", /^postgres(ql)?:\/\/./),
    fallback: "",
    secret: true,
    meaning: "Postgres 15 or newer. Unset: the embedded store in DATA_FOLDER.",
  }),
  DATABASE_CONNECTIONS: setting({
    ...wholeNumber(1, 500),
    fallback: 10,
    meaning:
      "The most connections to Postgres that each process holds, half of them for launches alone; beside them one for notices.",
  }),
  DATABASE_PREPARED: setting({
    ...onOrOff,
    fallback: true,
    meaning:
      "Whether the statements of launches are prepared once per connection. `off` behind a pooler that hands the statements of one session to several connections.",
  }),
  PROCESSES: setting({
    expected: `a whole number from 1 to ${MOST_PROCESSES}, or \`auto\` for one per core`,
    parse: (value: string) => (value === "auto" ? availableParallelism() : processCount.parse(value)),
    fallback: 1,
    meaning:
      "How many processes answer requests; one more starts them and replaces those that end. The embedded store is held by one.",
  }),
  REDIS_URL: setting<string>({
    ...text("a URL such as `redis://user:password@host:6379/0` or `rediss://…`", /^rediss?:\/\/./),
    fallback: "",
    secret: true,
    meaning:
      "Redis 6.2 or newer, where the processes count together how often somebody asks. Unset, or away: each counts for itself. Nothing is lost with it.",
  }),
  TOKEN_SECRET: setting<string>({
    ...text("at least 32 characters", /^.{32,}$/s),
    fallback: "",
    fallbackShown: "made at the first start and kept in DATA_FOLDER (embedded store only)",
    secret: true,
    meaning:
      "What launch tokens and content addresses are signed with. The same on every process; required with DATABASE_URL.",
  }),
  TOKEN_SECRET_NEXT: setting<string>({
    ...text("at least 32 characters", /^.{32,}$/s),
    fallback: "",
    secret: true,
    meaning:
      "Accepted beside TOKEN_SECRET, whose place it is to take (docs/security.md, “Changing secrets”).",
  }),
  TOKEN_SECRET_PREVIOUS: setting<string>({
    ...text("at least 32 characters", /^.{32,}$/s),
    fallback: "",
    secret: true,
    meaning: "Accepted beside TOKEN_SECRET, which took its place. Not needed any more after 12 hours.",
  }),
  CONTENT_ADDRESS_HOURS: setting({
    ...wholeNumber(1, 24 * 30),
    fallback: 24,
    meaning:
      "How long the launches of a delivery share one address of the course's files; it opens them for 12 hours more. Longer means more hits in a CDN, shorter that an address that was passed on is of use for less long.",
  }),
  CONTENT_CACHE_SECONDS: setting({
    ...wholeNumber(0, 24 * 60 * 60 * 31),
    fallback: 12 * 60 * 60,
    meaning:
      "How long a CDN or another shared cache may keep a course's files, web pages excepted; never longer than their address holds. 0: none may, only the learner's own browser.",
  }),
  LOG_LEVEL: setting({
    ...oneOf("error", "warn", "info", "debug"),
    fallback: "info",
    meaning: "The least severe level that is logged.",
  }),
  BEAT_SECONDS: setting({
    ...wholeNumber(5, 120),
    fallback: 30,
    meaning:
      "How often an open course says that it is open. Under 150 s, the longest gap that still counts as open time (RULES §2).",
  }),
  LAUNCHES_PER_MINUTE: setting({
    ...wholeNumber(1, 1_000_000),
    fallback: 30,
    meaning:
      "The most launches a minute of one id under one delivery; more are denied as `too_many_launches`.",
  }),
  LAUNCHES_PER_MINUTE_AND_ADDRESS: setting({
    ...wholeNumber(1, 1_000_000),
    fallback: 3000,
    meaning:
      "The most launches a minute from one network address. A whole company can share one, so it is generous.",
  }),
  TRUSTED_PROXIES: setting({
    ...wholeNumber(0, 10),
    fallback: 0,
    meaning: "How many reverse proxies stand in front and set `X-Forwarded-For`.",
  }),
  ...HARDENING_SETTINGS,
  ...MAIL_SETTINGS,
  ...PAYMENT_SETTINGS,
  METRICS_PORT: setting<number | "off">({
    expected: "a port from 0 to 65535, or `off`",
    parse: (text: string) => (text === "off" ? "off" : wholeNumber(0, 65_535).parse(text)),
    fallback: "off",
    meaning: "Serves `/metrics` for Prometheus on a port of its own; 0 takes a free one.",
  }),
  METRICS_HOST: setting({
    ...ipAddress,
    fallback: "127.0.0.1",
    meaning: "The address that METRICS_PORT listens on. Other than this machine's own needs METRICS_TOKEN.",
  }),
  METRICS_TOKEN: setting<string>({
    ...text("at least 16 letters, digits, `-` or `_`", /^[\w-]{16,}$/),
    fallback: "",
    secret: true,
    meaning: "What Prometheus sends as `Authorization: Bearer …`. Unset: none is asked for.",
  }),
  OTEL_EXPORTER_OTLP_ENDPOINT: setting<string>({
    ...text("a URL such as `http://collector:4318`", /^https?:\/\/[^\s]+$/),
    fallback: "",
    meaning: "Where traces are sent, as OTLP over HTTP. Unset: none are made.",
  }),
  OTEL_EXPORTER_OTLP_HEADERS: setting<Readonly<Record<string, string>>>({
    ...headerList,
    fallback: {},
    fallbackShown: "–",
    secret: true,
    meaning: "Sent along with traces, such as a key of the collector's.",
  }),
  OTEL_SERVICE_NAME: setting<string>({
    ...text("a name such as `tallygate`", /^\S{1,100}$/),
    fallback: "tallygate",
    meaning: "What the traces call this gateway.",
  }),
  OTEL_TRACES_SAMPLER_ARG: setting({
    expected: "a number from 0 to 1",
    parse: (text: string) => (/^(0(\.\d{1,6})?|1(\.0{1,6})?)$/.test(text) ? Number(text) : undefined),
    fallback: 1,
    meaning: "The share of requests that are traced.",
  }),
  ...PRACTICE_SETTINGS,
  STOP_NOTICE_SECONDS: setting({
    ...wholeNumber(0, 300),
    fallback: (earlier) => (earlier["NODE_ENV"] === "production" ? 5 : 0),
    fallbackShown: "0, in production 5",
    meaning:
      "On SIGTERM, how long the gateway still takes requests while `/readyz` says that it is stopping, so that a load balancer turns to others first.",
  }),
  STOP_SECONDS: setting({
    ...wholeNumber(1, 300),
    fallback: 20,
    meaning: "After the notice, how long requests under way may take to finish.",
  }),
} satisfies Record<
  string,
  Setting<never> | Setting<string> | Setting<number> | Setting<boolean | undefined> | object
>;

type SettingValue<Definition> = Definition extends Setting<infer Value> ? Exclude<Value, undefined> : never;
export type Config = { readonly [Name in keyof typeof SETTINGS]: SettingValue<(typeof SETTINGS)[Name]> };

/** All that is wrong with the settings, one line each. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

/**
 * @throws ConfigError naming each wrong variable, what was found (not for secrets) and what is expected.
 */
export function readConfig(environment: Readonly<Record<string, string | undefined>>): Config {
  const values: Record<string, unknown> = {};
  const wrong: string[] = [];
  for (const [name, definition] of Object.entries(SETTINGS) as [string, Setting<unknown>][]) {
    const found = environment[name];
    const value = found ? definition.parse(found) : fallbackOf(definition, values);
    if (value === undefined)
      wrong.push(
        `${name}: found ${definition.secret ? "a value" : JSON.stringify(found)}, expected ${definition.expected}`,
      );
    values[name] = value;
  }
  if (wrong.length === 0) wrong.push(...contradictions(values as unknown as Config));
  if (wrong.length > 0) throw new ConfigError(wrong.join("\n"));
  return values as unknown as Config;
}

function fallbackOf(definition: Setting<unknown>, earlier: Readonly<Record<string, unknown>>): unknown {
  return typeof definition.fallback === "function" ? definition.fallback(earlier) : definition.fallback;
}

function contradictions(config: Config): string[] {
  const wrong: string[] = [];
  if (config.DATABASE_URL && !config.TOKEN_SECRET)
    wrong.push("TOKEN_SECRET: found nothing, expected at least 32 characters where DATABASE_URL is set");
  if (!config.DATABASE_URL && config.PROCESSES > 1)
    wrong.push(
      `PROCESSES: found ${config.PROCESSES}, expected 1 on the embedded store (set DATABASE_URL for several)`,
    );
  if (!config.TOKEN_SECRET && (config.TOKEN_SECRET_NEXT || config.TOKEN_SECRET_PREVIOUS))
    wrong.push(
      "TOKEN_SECRET: found nothing, expected the secret that signs, beside the next or previous one",
    );
  if (!config.SMTP_URL !== !config.MAIL_FROM)
    wrong.push(
      "MAIL_FROM: found one of mail server and sender, expected both SMTP_URL and MAIL_FROM or neither",
    );
  if (!config.S3_ACCESS_KEY_ID !== !config.S3_SECRET_ACCESS_KEY)
    wrong.push("S3_SECRET_ACCESS_KEY: found one of id and secret of an access key, expected both or neither");
  for (const name of ["STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET"] as const)
    if (config.PAYMENTS === "stripe" && !config[name])
      wrong.push(`${name}: found nothing, expected one where PAYMENTS is \`stripe\``);
  for (const name of ["CONTENT_ORIGIN", "FORMER_CONTENT_ORIGINS"] as const)
    if ([config[name]].flat().some((one) => isHostOf(config.APP_ORIGIN, one)))
      wrong.push(`${name}: found the host of APP_ORIGIN, expected another host`);
  for (const name of ["PRACTICE_LMS", "PRACTICE_PLATFORM"] as const)
    if (config.NODE_ENV === "production" && config[name])
      wrong.push(`${name}: found \`on\`, expected \`off\` in production`);
  if (config.METRICS_PORT !== "off" && !isThisMachine(config.METRICS_HOST) && !config.METRICS_TOKEN)
    wrong.push("METRICS_TOKEN: found nothing, expected one where METRICS_HOST is not this machine alone");
  return wrong;
}

/** Not the port: cookies are the same on every port of a host. */
function isHostOf(appOrigin: string, contentOrigin: string): boolean {
  const [app, content] = [new URL(appOrigin).hostname, new URL(contentOrigin).hostname];
  return content.startsWith("*") ? app.endsWith(content.slice(1)) : app === content;
}

/** What is allowed, and in production hardly meant: to be logged at start. */
export function doubtsAbout(config: Config): string[] {
  const origins = ["APP_ORIGIN", "CONTENT_ORIGIN"] as const;
  return config.NODE_ENV !== "production"
    ? []
    : origins
        .filter((name) => !config[name].startsWith("https://"))
        .map((name) => `${name} is ${config[name]}: pages of an LMS are https and frame nothing else.`);
}

/** The settings page, in Markdown. */
export function settingsPage(): string {
  const rows = (Object.entries(SETTINGS) as [string, Setting<unknown>][]).map(([name, definition]) => {
    const fallback =
      definition.fallbackShown ?? (definition.fallback === "" ? "–" : `\`${definition.fallback}\``);
    return `| \`${name}\` | ${definition.expected}${definition.secret ? " (secret)" : ""} | ${fallback} | ${definition.meaning} |`;
  });
  return `# Settings

All settings are environment variables, checked at start. This page is made from \`src/config.ts\` by
\`npm run settings-page\`; a test fails when it is out of date.

| name | value | default | meaning |
|---|---|---|---|
${rows.join("\n")}
`;
}
