/** What starts the gateway in a container agrees with its settings; no engine is at hand to find out otherwise. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { parse } from "yaml";
import { readDockerfile, readIgnored } from "../../scripts/dockerfile.mjs";
import { readConfig, SETTINGS } from "../../src/config.ts";

const textOf = (name: string) => readFileSync(join(import.meta.dirname, "../..", name), "utf8");
const settings = new Set(Object.keys(SETTINGS));

interface Service {
  readonly image?: string;
  readonly env_file?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly healthcheck?: object;
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly volumes?: readonly string[];
  readonly networks?: readonly string[];
  readonly ports?: readonly string[];
}

interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly networks: Readonly<Record<string, { readonly internal?: boolean } | null>>;
  readonly volumes: Readonly<Record<string, null>>;
}

const compose = parse(textOf("compose.yaml"), { merge: true, strict: true }) as Compose;
const services = Object.entries(compose.services);
const gateways = services.filter(([, { image }]) => image === "tallygate");

/** NAME=value lines. */
const example = Object.fromEntries(
  textOf(".env.example")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => line.split("=", 2) as [string, string]),
);

const FILLED_IN: Record<string, string> = {
  POSTGRES_PASSWORD: "5".repeat(64),
  REDIS_PASSWORD: "6".repeat(64),
  TOKEN_SECRET: "7".repeat(64),
  METRICS_TOKEN: "8".repeat(64),
  APP_ORIGIN: "https://gateway.example.com",
  CONTENT_ORIGIN: "https://play.example.com",
};

/** As compose does it: `${NAME:?message}` and `${NAME}`; `$$` is a dollar. */
function filledIn(text: string): string {
  return text.replace(/\$\{(\w+)(?::\?[^}]*)?\}/g, (_, name: string) => FILLED_IN[name] ?? `<${name}>`);
}

describe("compose.yaml", () => {
  test("has two gateways, Postgres 15 or newer and Redis, each image of one major version", () => {
    expect(gateways).toHaveLength(2);
    const images = services.map(([, { image }]) => image).filter((image) => image !== "tallygate");
    expect(images).toEqual([
      expect.stringMatching(/^postgres:(1[5-9]|2\d)$/),
      expect.stringMatching(/^redis:\d+$/),
    ]);
  });

  test("sets nothing for a gateway that is not a setting, and what it sets is accepted", () => {
    const docker = Object.assign({}, ...dockerfileOf("ENV")) as Record<string, string>;
    for (const [, { environment = {}, env_file }] of gateways) {
      expect(env_file).toBe(".env");
      expect(Object.keys(environment).filter((name) => !settings.has(name))).toEqual([]);
      const values = Object.entries(environment).map(([name, value]) => [name, filledIn(String(value))]);
      const config = readConfig({ ...docker, ...example, ...FILLED_IN, ...Object.fromEntries(values) });
      expect(config).toMatchObject({
        NODE_ENV: "production",
        DATABASE_URL: `postgres://tallygate:${FILLED_IN["POSTGRES_PASSWORD"]}@postgres:5432/tallygate`,
        METRICS_PORT: 9464,
      });
    }
  });

  test("has no password of its own: each must be set, and the example sets none", () => {
    const asked = [...textOf("compose.yaml").matchAll(/\$\{(\w+)/g)].map(([, name = ""]) => name);
    expect([...new Set(asked)].filter((name) => !(name in FILLED_IN))).toEqual([]);
    for (const name of asked) {
      expect(textOf("compose.yaml")).toContain(`\${${name}:?set it in .env}`);
      expect([name, example[name]]).toEqual([name, ""]);
    }
    const compositionOnly = ["POSTGRES_PASSWORD", "REDIS_PASSWORD"];
    expect(Object.keys(example).filter((name) => !settings.has(name))).toEqual(compositionOnly);
  });

  test("waits for Postgres to be healthy, and names nothing that it does not have", () => {
    for (const [, { depends_on = {} }] of gateways)
      expect(depends_on).toMatchObject({ postgres: { condition: "service_healthy" } });
    for (const [name, service] of services) {
      for (const [other, { condition }] of Object.entries(service.depends_on ?? {}))
        if (condition === "service_healthy") expect(compose.services[other]?.healthcheck).toBeDefined();
      for (const network of service.networks ?? [])
        expect([name, network in compose.networks]).toEqual([name, true]);
      for (const volume of service.volumes ?? [])
        expect([name, (volume.split(":")[0] ?? "") in compose.volumes]).toEqual([name, true]);
    }
  });

  test("lets nobody reach Postgres and Redis, and the gateways only from this machine", () => {
    expect(compose.networks["inside"]).toEqual({ internal: true });
    for (const [name, { ports = [], networks }] of services) {
      for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/);
      if (name === "postgres" || name === "redis")
        expect({ ports, networks }).toEqual({ ports: [], networks: ["inside"] });
    }
    const published = services.flatMap(([, { ports = [] }]) => ports.map((port) => port.split(":")[1]));
    expect(new Set(published).size).toBe(published.length);
  });
});

const instructions = readDockerfile(textOf("Dockerfile"));
const dockerfileOf = (wanted: string) =>
  instructions.filter(({ instruction }) => instruction === wanted).map(({ value }) => value);

describe("the Dockerfile", () => {
  test("sets settings only", () => {
    const names = dockerfileOf("ENV").flatMap((value) => Object.keys(value as object));
    expect(names.filter((name) => !settings.has(name))).toEqual([]);
    expect(names).toContain("DATA_FOLDER");
  });

  test("builds on one major version of Node.js, which the package allows, and runs as another user than root", () => {
    const images = dockerfileOf("FROM").map((value) => (value as { image: string }).image);
    expect(new Set(images)).toEqual(new Set(["node:20-bookworm-slim"]));
    expect(dockerfileOf("USER")).toEqual(["node"]);
    expect(instructions.findIndex(({ instruction }) => instruction === "USER")).toBeGreaterThan(
      instructions.findLastIndex(({ instruction }) => instruction === "RUN"),
    );
  });

  test("does not take along what is secret, made here, or not needed", () => {
    const isIgnored = readIgnored(textOf(".dockerignore"));
    for (const path of [
      ".env",
      ".git/config",
      "data/operator-key",
      "backups",
      "node_modules/pg",
      "dist",
      "test",
    ])
      expect([path, isIgnored(path)]).toEqual([path, true]);
    for (const path of ["src/main.ts", "package.json", ".npmrc", "packages-templates"])
      expect([path, isIgnored(path)]).toEqual([path, false]);
  });

  test("asks for the health of the port that it was told", () => {
    expect(dockerfileOf("HEALTHCHECK")).toEqual([
      expect.objectContaining({ command: expect.stringContaining("process.env.PORT + '/healthz'") }),
    ]);
  });
});
