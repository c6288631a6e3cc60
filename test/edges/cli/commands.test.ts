/** The commands, each as a few requests to the API of a gateway. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { createApiClient } from "../../../src/edges/cli/apiClient.ts";
import { commandEntries } from "../../../src/edges/cli/commands.ts";
import { helpFor } from "../../../src/edges/cli/help.ts";
import { runCommand } from "../../../src/edges/cli/runCommand.ts";
import { pageOfAudit } from "../../../src/store/audit.ts";
import { singleScoCourse12 } from "../../support/courses.ts";
import { ALL_ROWS, TEST_OPERATOR_KEY } from "../../support/fixtures.ts";
import { type TestGateway, testGateway } from "../../support/gateway.ts";
import { unzip } from "../../support/packages.ts";

/** An LMS that is switched off. */
const NOBODY_THERE = "http://127.0.0.1:1";

let gateway: TestGateway;
let server: Server;
let folder: string;
beforeAll(async () => {
  gateway = await testGateway({
    settings: { API_REQUESTS_PER_MINUTE: "1000000", LTI_TRUSTED_ORIGINS: NOBODY_THERE },
  });
  server = createServer(gateway.app()).listen(0, "127.0.0.1");
  folder = await mkdtemp(join(tmpdir(), "tallygate-cli-"));
});
beforeEach(() => gateway.empty());
afterAll(async () => {
  server.close();
  await gateway.context.imports.stop();
  await gateway.close();
  await rm(folder, { recursive: true });
});

interface Run {
  readonly why?: string;
  readonly out?: string;
  readonly progress?: (step: string) => void;
}

function run(name: string, options: object = {}, { why = "", out, progress = () => undefined }: Run = {}) {
  const { port } = server.address() as AddressInfo;
  const target = { url: `http://127.0.0.1:${port}`, host: "localhost:8080", key: TEST_OPERATOR_KEY };
  const api = createApiClient(target, { why, newKey: gateway.context.deps.newId });
  return runCommand({ api, progress, out }, name, { ...options });
}

async function made(name: string, options: object, more: Run = {}): Promise<Record<string, string>> {
  const result = await run(name, options, more);
  if (!("made" in result)) throw new Error(`${name} made nothing`);
  return result.made as Record<string, string>;
}

async function rows(name: string, options: object = {}): Promise<Record<string, unknown>[]> {
  const result = await run(name, options);
  if (!("rows" in result)) throw new Error(`${name} has no rows`);
  return result.rows as Record<string, unknown>[];
}

test("the whole way: from an account to a package, a launch, a tally", async () => {
  const { course_id: course } = await gateway.course();
  const { id: account } = await made("account create", { name: "Acme", currency: "EUR" });
  await made("contract create", { account, kind: "pay_per_use" });
  await made("price create", { account, kind: "pay_per_use", amount: "1250" });
  const order = { account, kind: "pay_per_use", course, term: ["seat_months=6"] };
  const { id: license } = await made("license create", order);
  const { id: delivery, key } = await made("delivery create", { account, license, format: "scorm12" });
  const out = join(folder, "package.zip");
  expect(await run("delivery download", { account, delivery }, { out })).toEqual({ file: out });
  expect((await unzip(await readFile(out))).has("imsmanifest.xml")).toBe(true);
  for (const _launch of [1, 2]) await gateway.launch({ delivery_key: key ?? "" }, { who: "ana" });
  expect(await rows("seat list", { account, license })).toMatchObject([
    { status: "confirmed", ends_at: "2026-07-05T09:00:00.000Z" },
  ]);
  expect(await rows("charge list", { account })).toMatchObject([{ shown: "12.50 EUR" }]);
  expect(await rows("launch list", { account, most: "1" })).toHaveLength(1);
  expect(await rows("lot recount")).toEqual([]);
});

test("what is done is audited, with who did it and why, in any script", async () => {
  const why = "neuer Kunde – 新規";
  const { id } = await made("account create", { name: "Acme", currency: "EUR" }, { why });
  expect(await pageOfAudit(gateway.context.db, { account_id: id }, ALL_ROWS)).toMatchObject([
    { actor: "cli", action: "account.create", why },
  ]);
  expect(await rows("audit list", { account: id })).toMatchObject([{ why }]);
});

test("a file is imported, and what comes of it is waited for", async () => {
  const file = join(folder, "course.zip");
  await writeFile(file, singleScoCourse12().zip);
  const steps = new Set<string>();
  const version = await made("course import", { file }, { progress: (step) => steps.add(step) });
  expect(version).toMatchObject({ number: 1, standard: expect.stringMatching(/^scorm/) });
  expect(steps.has("Sending")).toBe(true);
  const second = await made("course import", { file, course: version["course_id"] });
  expect(second).toMatchObject({ course_id: version["course_id"], number: 2 });
  await writeFile(file, "no zip");
  await expect(run("course import", { file })).rejects.toMatchObject({ code: "zip_expected" });
  await expect(run("course import", { file, url: "https://example.com/" })).rejects.toThrow(/^--file: /);
});

test("courses are put into bundles and lists, and taken out", async () => {
  const { account_id: account, course_id: course } = await gateway.volume([]);
  const { id: bundle } = await made("bundle create", { name: "All", bars: "pay_per_use, volume" });
  expect(await made("bundle add", { bundle, course })).toMatchObject({
    barred_kinds: ["pay_per_use", "volume"],
    course_ids: [course],
  });
  expect(await made("bundle remove", { bundle, course })).toMatchObject({ course_ids: [] });
  const { id: list } = await made("list create", { account, name: "Spring" });
  await made("list add", { account, list, course });
  const delivered = await rows("delivery create-many", { account, list, formats: "scorm12, scorm2004-4" });
  expect(delivered.map(({ outcome, format }) => [outcome, format])).toEqual([
    ["already_there", "scorm12"],
    ["made", "scorm2004-4"],
  ]);
  const out = join(folder, "packages.zip");
  await run("delivery download-many", { account, list }, { out });
  expect((await unzip(await readFile(out))).size).toBe(2);
  const [link] = await rows("delivery create-many", { account, list, formats: "lti" });
  expect(link).toMatchObject({
    format: "lti",
    launch_url: expect.stringMatching(/\/lti\/links\/[\w-]{22}$/),
  });
  await made("list delete", { account, list });
  expect(await rows("list list", { account })).toEqual([]);
});

test("the links of a license go into a Common Cartridge, which makes those that are missing", async () => {
  const { account_id: account, license_id: license } = await gateway.volume([1]);
  const out = join(folder, "links.imscc");
  await run("cartridge download", { account, license }, { out });
  const files = [...(await unzip(await readFile(out))).keys()];
  expect(files).toEqual([expect.stringMatching(/^links\/[\w-]+\.xml$/), "imsmanifest.xml"]);
  await run("cartridge download", { account, license, version: "1.1" }, { out });
  expect([...(await unzip(await readFile(out))).keys()]).toEqual(files);
});

test("secrets of LTI 1.1 are made, shown once, listed and ended", async () => {
  const license = await gateway.payPerUse();
  const { account_id: account, delivery_id: delivery } = await gateway.deliverAgain(license, "lti");
  const of = { account, delivery };
  const first = await made("lti11-secret create", of);
  expect(first).toMatchObject({
    secret: expect.any(String),
    launch_url: expect.stringContaining("/lti/links/"),
  });
  const second = await made("lti11-secret create", { ...of, days: "0" });
  expect(second["consumer_key"]).toBe(first["consumer_key"]);
  const listed = await rows("lti11-secret list", of);
  expect(listed.map(({ id, ends_at }) => [id, ends_at])).toEqual([
    [second.id, null],
    [first.id, "2026-01-05T09:00:00.000Z"],
  ]);
  expect(JSON.stringify(listed)).not.toContain(second["secret"]);
  expect(await made("lti11-secret end", { ...of, secret: second.id })).toMatchObject({
    ends_at: "2026-01-05T09:00:00.000Z",
  });
});

test("a license is paused, changed, ended, and says how it is used", async () => {
  const { account_id: account, license_id: license } = await gateway.payPerUse();
  const of = { account, license };
  expect(await made("license pause", of)).toMatchObject({ state: "paused" });
  expect(await made("license unpause", of)).toMatchObject({ state: "running" });
  expect(await made("license change", { ...of, term: ["seat_months=3"] })).toMatchObject({
    terms: { seat_months: 3 },
  });
  expect(await made("license retake", { ...of, retake: "on" })).toMatchObject({
    retake: true,
    retake_starts_over: null,
  });
  expect(await made("license usage", of)).toMatchObject({ seats: { pending: 0, confirmed: 0 } });
  expect(await made("license end", { ...of, at: "2026-06-01T00:00:00Z" })).toMatchObject({
    ends_at: "2026-06-01T00:00:00.000Z",
  });
  expect(await made("license change", { ...of, ends: "none" })).toMatchObject({ ends_at: null });
});

test("a key is made for somebody, and is good until it is revoked", async () => {
  const { id: user } = await made("user create", { name: "Vera", email: "v@example.com", role: "owner" });
  const { id: key, key: text } = await made("key create", { user, name: "Laptop" });
  expect(text).toMatch(/^tg_/);
  expect(await rows("key list")).toMatchObject([{ id: key, revoked_at: null }]);
  expect((await made("key revoke", { key }))["revoked_at"]).toBe("2026-01-05T09:00:00.000Z");
});

test("origins, alarms and the vendor's people are in reach too", async () => {
  const { account_id: account, connection_id: connection } = await gateway.account();
  const origin = "https://lms.example.com";
  const decided = { account, connection, origin, decision: "confirmed" };
  expect(await rows("origin decide", decided)).toMatchObject([{ origin, status: "confirmed" }]);
  expect(await rows("origin list", { account, connection })).toMatchObject([{ origin }]);
  const strict = await made("connection change", { account, connection, "origins-mode": "confirmed" });
  expect(strict).toMatchObject({ origins_mode: "confirmed", allowed_origins: [origin] });
  expect(await rows("alarm list", { account, open: "on" })).toEqual([]);
  const { id: user } = await made("user create", { name: "Sue", email: "sue@example.com", role: "support" });
  expect(await made("user change", { user, role: "owner" })).toMatchObject({ role: "owner", name: "Sue" });
  const { id: bundle } = await made("bundle create", { name: "All", bars: "volume" });
  expect(await made("bundle change", { bundle, bars: "" })).toMatchObject({ barred_kinds: [], name: "All" });
});

test("prices are set with their tiers; what is bought is quoted, ordered, looked up and taken back", async () => {
  const { account_id: account } = await gateway.account();
  const { course_id: course } = await gateway.course();
  const tier = ["50=10", "100=12.5%", "200=20.05"];
  expect(await made("price create", { account, kind: "volume", course, amount: "1000", tier })).toMatchObject(
    {
      tiers: [
        { from_quantity: 50, discount_basis_points: 1000 },
        { from_quantity: 100, discount_basis_points: 1250 },
        { from_quantity: 200, discount_basis_points: 2005 },
      ],
    },
  );
  await made("price create", { account, kind: "subscription", amount: "900", "term-months": "1" });
  expect(await rows("price list", { account, course })).toHaveLength(1);
  const line = [
    `kind=volume,course=${course},quantity=100`,
    "kind=subscription,quantity=2,term_length=monthly",
  ];
  expect(await made("order quote", { account, line })).toMatchObject({ amount_minor: 89_300 });
  const order = (await made("order create", { account, line })) as unknown as {
    id: string;
    lines: { id: string; license_id: string }[];
  };
  const [first] = order.lines;
  const taken = { account, order: order.id, corrects: first?.id, quantity: "10" };
  expect(await made("order correct", taken)).toMatchObject({ amount_minor: -8750 });
  expect(await rows("order list", { account, license: first?.license_id })).toMatchObject([
    { number: 2, reason: "correction", lines: 1, shown: "-87.50 EUR" },
    { number: 1, reason: "purchase", lines: 2, shown: "893.00 EUR" },
  ]);
  expect(await made("order show", { account, order: order.id })).toMatchObject({ number: 1 });
});

test("lists go on over pages, as far as is asked", async () => {
  for (let count = 0; count < 3; count++) await gateway.account();
  expect(await rows("account list", { most: "2" })).toHaveLength(2);
  const many = await gateway.payPerUse();
  await gateway.context.db.query(
    `insert into learner (account_id, id, created_at)
     select $1, gen_random_uuid(), '2026-01-01' from generate_series(1, 450)`,
    [many.account_id],
  );
  expect(await rows("learner list", { account: many.account_id, most: "all" })).toHaveLength(450);
});

describe("words that make no command are refused, naming the option", () => {
  test.each(["account destroy", "constructor", "__proto__", ""])("%j", async (name) => {
    await expect(run(name)).rejects.toThrow(`command: found ${JSON.stringify(name)}; see --help.`);
  });

  test.each([
    ["account create", { currency: "EUR" }, "--name: "],
    ["account create", { name: "Acme", currency: "EUR", retake: "yes" }, "--retake: expected on or off"],
    ["account create", { name: "Acme", currency: "EUR", colour: "red" }, "--colour: not an option"],
    ["connection create", { account: "acme", name: "LMS" }, "--account: expected an id"],
    ["license create", { account: "x", kind: "volume", term: ["a"] }, "--term.0: expected name=number"],
    ["order create", { account: "x", line: ["quantity"] }, "--line.0: expected name=value"],
    [
      "price create",
      { account: "x", kind: "volume", amount: "1", tier: ["10"] },
      "--tier.0: expected quantity=percent",
    ],
    ["launch list", { account: "019b8d62-7a80-7000-8000-000000000000", most: "-1" }, "--most: "],
    ...["-5", "", " ", "0x10", "1e3", "12.50", 12.5, -5, true, null].map(
      (amount) => ["price create", { account: "x", kind: "pay_per_use", amount }, "--amount: "] as const,
    ),
  ])("%s with %j", async (name, options, named) => {
    await expect(run(name, options)).rejects.toThrow(named);
  });
});

test("what the gateway refuses is told in its own words", async () => {
  const nobody = "019b8d62-7a80-7000-8000-000000000000";
  await expect(run("connection create", { account: nobody, name: "LMS" })).rejects.toMatchObject({
    status: 404,
    message: `account: found none with the id ${nobody}.`,
  });
  await expect(run("account create", { name: "A", currency: "euro" })).rejects.toMatchObject({
    status: 400,
    message: expect.stringMatching(/^currency: /),
  });
});

test("usage, counted and recounted, and what another plan would have cost", async () => {
  const license = await gateway.payPerUse();
  for (const who of ["ana", "ana", "ben"]) await gateway.launch(license, { who });
  gateway.clock.advance({ seconds: 1 });
  const { account_id: account, license_id } = license;
  const months = { from: "2026-01", to: "2026-01" };
  expect(await made("license usage", { account, license: license_id, ...months })).toMatchObject({
    months: [{ month: "2026-01", started: 2, pending: 1, confirmed: 1 }],
  });
  expect(await rows("account usage", { account, ...months })).toMatchObject([
    { kind: "pay_per_use", seats: { pending: 1, confirmed: 1 } },
  ]);
  expect(await rows("usage recount")).toEqual([]);
  const plan = {
    kind: "mauc",
    term: [],
    buy: ["1@2026-01-05T09:00:00Z"],
    price: "300",
    "overage-price": "400",
  };
  expect(await made("plan simulate", { account, license: [license_id], ...plan })).toMatchObject({
    simulated: { ordered_minor: 300, overage_minor: 400, seats: 2 },
    real: { charged_minor: 500 },
  });
});

test("every command says in a sentence what it does", () => {
  for (const [name, { summary }] of commandEntries())
    expect([name, summary]).toEqual([
      expect.stringMatching(/^[a-z0-9-]+ [a-z-]+$/),
      expect.stringMatching(/^[A-Z][^.]+$/),
    ]);
});

describe("help", () => {
  test("names every command, and one noun's alone where that is asked for", () => {
    for (const [name] of commandEntries()) expect(helpFor("")).toContain(`  ${name} `);
    expect(helpFor("license")).toContain("license pause");
    expect(helpFor("license")).not.toContain("delivery revoke");
  });

  test("of one command says what its options mean, and which are needed", () => {
    const help = helpFor("account create");
    expect(help).toMatch(/--name .*\(needed\)/);
    expect(help).toMatch(/--retake +on: a learner whose seat has ended may take another$/m);
    expect(help).not.toContain("license pause");
  });
});

test("webhooks, recipients and rules of alerts are set up, looked at and taken away", async () => {
  const { account_id: account, license_id: license } = await gateway.volume([]);
  const url = "https://hooks.example.com/tallygate";
  const { id: webhook, secret } = await made("webhook create", { account, url, types: "license.overage" });
  expect(secret).toMatch(/^whsec_/);
  expect((await made("webhook rotate-secret", { account, webhook, hours: "1" }))["secret"]).not.toBe(secret);
  await made("webhook test", { account, webhook });
  await made("webhook change", { account, webhook, enabled: "off" });
  expect(await rows("webhook list", { account })).toMatchObject([{ url, enabled: false }]);
  expect(await rows("webhook messages", { account, webhook, status: "sent" })).toEqual([]);
  const span = { from: "2026-01-01T00:00:00Z", until: "2026-02-01T00:00:00Z" };
  expect(await made("webhook replay", { account, webhook, ...span })).toEqual({ messages: 0 });
  await made("webhook remove", { account, webhook });
  expect(await rows("webhook list", { account })).toEqual([]);
  const address = "ann@example.com";
  const { id: recipient } = await made("alert-recipient create", { account, address, language: "fr" });
  await made("alert-recipient change", { account, recipient, types: "license.ending,payment.failed" });
  expect(await rows("alert-recipient list", { account })).toMatchObject([
    { address, language: "fr", alert_types: ["license.ending", "payment.failed"] },
  ]);
  await made("alert-recipient remove", { account, recipient });
  await made("alert-rules change", { account, license, percents: "50,90", overage: "off" });
  expect(await made("alert-rules show", { account, license })).toMatchObject({
    in_force: { threshold_percents: [50, 90], overage: false, ending_days: [60, 30, 7] },
  });
  expect(await rows("alert list", { account })).toEqual([]);
  expect(await rows("event list", { account })).toMatchObject([{ type: "webhook.test" }]);
});

test("an LMS is registered by hand or by a link, its deployments assigned, and what is wrong with it is said", async () => {
  const { account_id: account, connection_id: connection } = await gateway.account();
  const values = await made("lti values", {});
  expect(values).toMatchObject({ jwks_url: "http://localhost:8080/lti/jwks" });
  const lms = {
    name: "Moodle",
    issuer: NOBODY_THERE,
    authorization_url: `${NOBODY_THERE}/auth`,
    token_url: `${NOBODY_THERE}/token`,
    jwks_url: `${NOBODY_THERE}/jwks`,
  };
  const { id: registration } = await made("lti register", { account, ...lms, client_id: "1" });
  await made("lti change", { account, registration, connection: "none", product: "moodle" });
  expect(await rows("lti list", { account })).toMatchObject([{ connection_id: null, product: "moodle" }]);
  const of = { account, registration };
  const { id: deployment } = await made("lti-deployment add", { ...of, name: "7", connection });
  await made("lti-deployment assign", { ...of, deployment, connection });
  expect(await rows("lti-deployment list", { ...of, assigned: "on" })).toHaveLength(1);
  await made("lti-deployment remove", { ...of, deployment });
  const check = await run("lti check", of);
  expect(check).toMatchObject({ is_bad: true });
  expect(JSON.stringify(check)).toContain("it can't be reached (ECONNREFUSED)");
  expect(await made("lti end", of)).toMatchObject({ ended_at: expect.any(String) });
  const { id: shared } = await made("lti register", { ...lms, client_id: "1" });
  const assigned = { registration: shared, name: "8", connection, for_account: account };
  expect(await made("lti-deployment add", assigned)).toMatchObject({ account_id: account });
  expect(await made("lti show", { registration: shared })).toMatchObject({ account_id: null });
  const { id: link, url } = await made("lti-link create", { account });
  expect(url).toMatch(/\/lti\/register\/[\w-]{43}$/);
  await made("lti-link withdraw", { account, link });
  expect(await rows("lti-link list", { account })).toMatchObject([{ withdrawn_at: expect.any(String) }]);
  await made("lti-keys rotate", {});
  expect(await rows("lti-keys list")).toMatchObject([{ status: "coming" }, { status: "signing" }]);
});
