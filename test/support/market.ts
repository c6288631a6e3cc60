/**
 * A vendor and one of its customers in a running gateway, for journeys that retell the source articles: what they ask goes
 * through the API, and learners come through the play door.
 *
 *     const market = openMarket();               // registers beforeAll, beforeEach and afterAll
 *
 *     const course = await market.course("Fire safety");
 *     await market.price("volume", 1000);
 *     const license = await market.buy({ kind: "volume", course_id: course, quantity: 10 });
 *     const door = await market.deliver(license);
 *     expect(await market.launch(door, "ana")).toBe("allowed");
 *     expect(await market.usage(license)).toMatchObject({ used: 1, remaining: 9 });
 */
import type { RequestListener } from "node:http";
import { afterAll, beforeAll, beforeEach, expect } from "@jest/globals";
import request, { type Response } from "supertest";
import type { KeepAnswer, LaunchAllowed, LaunchAnswer } from "../../src/core/bridge.ts";
import { type ApiCaller, type ApiClient, apiClient } from "./apiClient.ts";
import { accountKey } from "./apiKeys.ts";
import { type CsvRow, readCsv } from "./csv.ts";
import { TEST_OPERATOR_KEY } from "./fixtures.ts";
import { type TestGateway, testGateway } from "./gateway.ts";
import { type LaunchWish, launchRequest } from "./learner.ts";
import { expectProblem } from "./problems.ts";

const CONTENT_HOST = "127.0.0.1:8080";

// What the API answered, as far as a journey looks at it; that it fits the document is checked elsewhere, on every answer.
// biome-ignore lint/suspicious/noExplicitAny: bodies of many nouns
export type Answered = any;

export interface Market {
  readonly gateway: TestGateway;
  readonly vendor: ApiCaller;
  /** Of the customer's people. */
  readonly admin: ApiCaller;
  readonly viewer: ApiCaller;
  readonly account_id: string;
  /** Below the customer's account. */
  place(path: string): string;
  /** All that is listed there, the oldest first. */
  list(noun: string, query?: string): Promise<Answered[]>;
  report(path: string): Promise<CsvRow[]>;
  course(title?: string): Promise<string>;
  bundle(course_ids: readonly string[], more?: object): Promise<string>;
  price(kind: string, amount_minor: number, more?: object): Promise<Answered>;
  /** @returns What was answered, once it is what a success answers. */
  done(answer: Response | Promise<Response>): Promise<Answered>;
  refused(answer: Response | Promise<Response>, status: number, code: string): Promise<string>;
  /** An order of the vendor's, of one line. @returns The license. */
  buy(line: object): Promise<string>;
  /** Into the pay-per-use library, by an administrator, under a contract and at 5.00 EUR a seat. @returns The license. */
  payPerUse(course_id?: string): Promise<string>;
  /** By an administrator. @returns The door that the package leads to. */
  deliver(license_id: string, course_id?: string): Promise<string>;
  /** @returns `allowed`, or why not. */
  launch(door: string, who: string, wish?: LaunchWish): Promise<string>;
  /** A launch that stays open. @throws where it was denied. */
  open(door: string, who: string, wish?: LaunchWish): Promise<LaunchAllowed>;
  /** The course is open for so long, with a beat whenever one is due. */
  stayOpen(opened: LaunchAllowed, seconds: number): Promise<void>;
  /** How much of what was bought is used, in all. */
  usage(license_id: string): Promise<Answered>;
  /** Of what runs now. */
  now(license_id: string): Promise<Answered>;
  /** Of the period that ended last. */
  close(): Promise<Answered>;
}

/** @param more Settings of the gateway, asked for when it starts. */
export function openMarket(more: () => Readonly<Record<string, string>> = () => ({})): Market {
  let gateway: TestGateway;
  let api: ApiClient;
  let app: RequestListener;
  let people: Pick<Market, "vendor" | "admin" | "viewer" | "account_id">;
  beforeAll(async () => {
    const settings = { API_REQUESTS_PER_MINUTE: "1000000", LAUNCHES_PER_MINUTE: "1000000", ...more() };
    gateway = await testGateway({ settings });
    api = await apiClient(gateway.app());
  });
  beforeEach(async () => {
    await gateway.empty();
    app = gateway.app();
    const vendor = api.as(TEST_OPERATOR_KEY);
    const made = await vendor.post("/accounts", { name: "Acme", currency: "EUR" });
    const account_id: string = made.body.id;
    const as = async (role: "admin" | "viewer") =>
      api.as((await accountKey(gateway.context, account_id, role)).text);
    people = { vendor, account_id, admin: await as("admin"), viewer: await as("viewer") };
  });
  afterAll(() => gateway.close());

  const post = async (path: string, body: object): Promise<Answered> => {
    const answer = await request(app).post(path).set("Host", CONTENT_HOST).send(body);
    expect(answer.status).toBe(200);
    return answer.body;
  };
  const arrive = (door: string, who: string, wish?: LaunchWish): Promise<LaunchAnswer> =>
    post(`/play/${door}/launch`, launchRequest(who, wish));

  const usageOf = (license_id: string) =>
    market.done(market.admin.get(market.place(`licenses/${license_id}/usage`)));

  const market: Market = {
    get gateway() {
      return gateway;
    },
    get vendor() {
      return people.vendor;
    },
    get admin() {
      return people.admin;
    },
    get viewer() {
      return people.viewer;
    },
    get account_id() {
      return people.account_id;
    },
    place: (path) => `/accounts/${people.account_id}/${path}`,
    list: async (noun, query = "") => {
      const { items } = await market.done(market.admin.get(market.place(`${noun}?limit=200&${query}`)));
      return items.reverse();
    },
    report: async (path) => {
      const answer = await market.admin.get(market.place(`reports/${path}`));
      expect(answer.status).toBe(200);
      return readCsv(answer.text);
    },
    course: async (title) => (await gateway.course(title)).course_id,
    bundle: async (course_ids, more = {}) =>
      (await market.done(market.vendor.post("/bundles", { name: "Bundle", course_ids, ...more }))).id,
    price: (kind, amount_minor, more = {}) =>
      market.done(market.vendor.post(market.place("prices"), { kind, amount_minor, ...more })),
    done: async (answer) => {
      const { status, body } = await answer;
      if (status >= 300) throw new Error(`${status} ${JSON.stringify(body)}`);
      return body;
    },
    refused: async (answer, status, code) => {
      const problem = await answer;
      expectProblem(problem, status, code);
      return problem.body.detail;
    },
    buy: async (line) => {
      const order = await market.done(market.vendor.post(market.place("orders"), { lines: [line] }));
      return order.lines[0].license_id;
    },
    payPerUse: async (course_id) => {
      const { vendor, admin, place, done } = market;
      await done(vendor.post(place("contracts"), { kind: "pay_per_use" }));
      await market.price("pay_per_use", 500);
      const wanted = { course_id: course_id ?? (await market.course()) };
      return (await done(admin.post(place("library"), wanted))).items[0].license_id;
    },
    deliver: async (license_id, course_id) => {
      const wanted = { license_id, format: "scorm12", ...(course_id ? { course_id } : {}) };
      return (await market.done(market.admin.post(market.place("deliveries"), wanted))).key;
    },
    launch: async (door, who, wish) => {
      const answer = await arrive(door, who, wish);
      return answer.outcome === "allowed" ? answer.outcome : answer.code;
    },
    open: async (door, who, wish) => {
      const answer = await arrive(door, who, wish);
      if (answer.outcome === "denied") throw new Error(`${who} was denied: ${answer.code}`);
      return answer;
    },
    stayOpen: async ({ token, beat }, seconds) => {
      let newest = token;
      for (let left = seconds; left > 0; left -= beat.every_seconds) {
        gateway.clock.advance({ seconds: Math.min(left, beat.every_seconds) });
        const kept: KeepAnswer = await post("/play/keep", { token: newest });
        newest = kept.token;
      }
    },
    usage: async (license_id) => (await usageOf(license_id)).bought,
    now: async (license_id) => (await usageOf(license_id)).now,
    close: () => market.done(market.vendor.post(market.place("statements"), {})),
  };
  return market;
}
