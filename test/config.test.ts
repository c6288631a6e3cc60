import { readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import { ConfigError, doubtsAbout, readConfig, SETTINGS, settingsPage } from "../src/config.ts";

const SECRET = "0123456789abcdef0123456789abcdef";

function errorOf(environment: Record<string, string>): string {
  try {
    readConfig(environment);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return "";
}

describe("settings", () => {
  test("need none to be given", () => {
    expect(readConfig({})).toMatchObject({
      PORT: 8080,
      APP_ORIGIN: "http://localhost:8080",
      CONTENT_ORIGIN: "http://127.0.0.1:8080",
      DATABASE_URL: "",
      PRACTICE_LMS: true,
      PRACTICE_PORT: 8081,
    });
  });

  test("that are empty are as if not given", () => {
    expect(readConfig({ PORT: "", NODE_ENV: "" })).toEqual(readConfig({}));
  });

  test("in production have no practice LMS", () => {
    expect(readConfig({ NODE_ENV: "production" }).PRACTICE_LMS).toBe(false);
  });

  test("in production raise a doubt where an origin is not https, for no LMS could frame it", () => {
    const origins = { APP_ORIGIN: "https://a.example", CONTENT_ORIGIN: "http://b.example" };
    expect(doubtsAbout(readConfig({ ...origins }))).toEqual([]);
    expect(doubtsAbout(readConfig({ NODE_ENV: "production", ...origins }))).toEqual([
      "CONTENT_ORIGIN is http://b.example: pages of an LMS are https and frame nothing else.",
    ]);
  });

  test("that let others than this machine in have no practice LMS unless it is asked for", () => {
    expect(readConfig({ HOST: "0.0.0.0" }).PRACTICE_LMS).toBe(false);
    expect(readConfig({ HOST: "::1" }).PRACTICE_LMS).toBe(true);
    expect(readConfig({ HOST: "0.0.0.0", PRACTICE_LMS: "on" }).PRACTICE_LMS).toBe(true);
  });

  test.each([
    ["NODE_ENV", "staging"],
    ["PORT", "80a"],
    ["PORT", "-1"],
    ["PORT", "65536"],
    ["PORT", "8080.5"],
    ["HOST", "localhost"],
    ["APP_ORIGIN", "https://play.example.com/path"],
    ["APP_ORIGIN", "ftp://play.example.com"],
    ["APP_ORIGIN", "https://*.example.com"],
    ["CONTENT_ORIGIN", "play.example.com"],
    ["CONTENT_ORIGIN", "https://a.*.example.com"],
    ["CONTENT_ORIGIN", "https://a*.example.com"],
    ["CONTENT_ORIGIN", "https://*.*.example.com"],
    ["CONTENT_ORIGIN", "https://*.127.0.0.1"],
    ["FORMER_CONTENT_ORIGINS", "https://a.example.com, https://b.example.com"],
    ["CONTENT_ADDRESS_HOURS", "0"],
    ["S3_BUCKET", "My Bucket"],
    ["S3_ENDPOINT", "storage.example.com"],
    ["S3_PREFIX", "/courses/"],
    ["DATABASE_CONNECTIONS", "0"],
    ["LOG_LEVEL", "loud"],
    ["BEAT_SECONDS", "150"],
    ["LAUNCHES_PER_MINUTE", "0"],
    ["LAUNCHES_PER_MINUTE_AND_ADDRESS", "many"],
    ["TRUSTED_PROXIES", "11"],
    ["MAIL_FROM", "Ann <ann@example.com>"],
    ["WEBHOOK_TRUSTED_ORIGINS", "hooks.internal"],
    ["PRACTICE_LMS", "yes"],
    ["PRACTICE_PORT", "x"],
    ["STOP_SECONDS", "0"],
  ] as const)("%s=%s is refused: its name, what was found, what is expected", (name, value) => {
    expect(errorOf({ [name]: value })).toBe(
      `${name}: found ${JSON.stringify(value)}, expected ${SETTINGS[name].expected}`,
    );
  });

  test.each([
    ["DATABASE_URL", "mysql://user:hunter2@host/name"],
    ["TOKEN_SECRET", "hunter2"],
    ["S3_SECRET_ACCESS_KEY", "hunter2 "],
    ["SMTP_URL", "mail.example.com hunter2"],
  ] as const)("%s is refused without showing what it holds", (name, value) => {
    const message = errorOf({ [name]: value });
    expect(message).toBe(`${name}: found a value, expected ${SETTINGS[name].expected}`);
    expect(message).not.toContain("hunter2");
  });

  test("of the content origin may hold a place for the account, and name former ones", () => {
    expect(
      readConfig({
        CONTENT_ORIGIN: "https://*.play.example.com:8443/",
        FORMER_CONTENT_ORIGINS: "https://play.example.com  https://*.old.example.com",
      }),
    ).toMatchObject({
      CONTENT_ORIGIN: "https://*.play.example.com:8443",
      FORMER_CONTENT_ORIGINS: ["https://play.example.com", "https://*.old.example.com"],
    });
  });

  test("that are wrong are all named at once, a line each", () => {
    expect(errorOf({ PORT: "x", LOG_LEVEL: "loud" }).split("\n")).toHaveLength(2);
  });

  test.each([
    ["TOKEN_SECRET", { DATABASE_URL: "postgres://user:hunter2@host/name" }],
    ["CONTENT_ORIGIN", { APP_ORIGIN: "https://a.example", CONTENT_ORIGIN: "https://a.example" }],
    ["CONTENT_ORIGIN", { APP_ORIGIN: "https://a.example", CONTENT_ORIGIN: "https://a.example:444" }],
    ["CONTENT_ORIGIN", { APP_ORIGIN: "https://a.b.example", CONTENT_ORIGIN: "https://*.b.example" }],
    [
      "FORMER_CONTENT_ORIGINS",
      { APP_ORIGIN: "https://a.example", FORMER_CONTENT_ORIGINS: "https://a.example" },
    ],
    ["S3_SECRET_ACCESS_KEY", { S3_ACCESS_KEY_ID: "hunter2" }],
    ["MAIL_FROM", { SMTP_URL: "smtp://user:hunter2@mail.example" }],
    ["PRACTICE_LMS", { NODE_ENV: "production", PRACTICE_LMS: "on" }],
  ])("that contradict one another are refused at %s", (name, environment) => {
    const message = errorOf(environment);
    expect(message).toMatch(new RegExp(`^${name}: found .+, expected .+$`));
    expect(message).not.toContain("hunter2");
  });

  test("for Postgres go with a secret of their own", () => {
    const environment = { DATABASE_URL: "postgres://host/name", TOKEN_SECRET: SECRET };
    expect(readConfig(environment)).toMatchObject(environment);
  });
});

test("docs/settings.md is what the table of settings makes of itself", () => {
  expect(readFileSync(new URL("../docs/settings.md", import.meta.url), "utf8")).toBe(settingsPage());
});
