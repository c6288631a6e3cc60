/** How much a key may ask, and what becomes of an address that tries keys out (docs/security.md "Limits"). */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import express, { type Express } from "express";
import request from "supertest";
import { apiRouter } from "../../../src/edges/api/apiRouter.ts";
import { problems, requestIds } from "../../../src/edges/http/problems.ts";
import { createApiKey } from "../../../src/flows/apiKeys.ts";
import { BY, TEST_OPERATOR_KEY } from "../../support/fixtures.ts";
import { type TestGateway, testGateway } from "../../support/gateway.ts";
import { expectProblem } from "../../support/problems.ts";

const [OF_KEY, FAILED] = [5, 3];

let gateway: TestGateway;
let app: Express;
let accountId: string;
beforeAll(async () => {
  gateway = await testGateway({
    settings: { API_REQUESTS_PER_MINUTE: String(OF_KEY), API_FAILED_KEYS_PER_MINUTE: String(FAILED) },
  });
});
beforeEach(async () => {
  await gateway.empty();
  accountId = (await gateway.payPerUse()).account_id;
  app = express();
  app.set("trust proxy", 1);
  app.use(requestIds(gateway.context.deps));
  app.use("/api", apiRouter(gateway.context, TEST_OPERATOR_KEY));
  app.use(problems(gateway.context.deps.log));
});
afterAll(() => gateway.close());

async function newKey(): Promise<string> {
  const owner = { type: "account", account_id: accountId, role: "viewer" } as const;
  const wanted = { owner, name: "a program", expires_at: null };
  return (await createApiKey(gateway.context, BY, { role: "owner" }, wanted)).text;
}

const ask = (key: string, address = "198.51.100.7") =>
  request(app).get("/api/v1/me").set("Authorization", `Bearer ${key}`).set("X-Forwarded-For", address);

const unknownKey = (index: number) => `tg_${index.toString(16).padStart(12, "0")}_${"x".repeat(43)}`;

async function tryKeysOut(times: number, address?: string): Promise<number[]> {
  const statuses: number[] = [];
  for (let index = 0; index < times; index++) statuses.push((await ask(unknownKey(index), address)).status);
  return statuses;
}

describe("a key", () => {
  test("is told how much it has left, and one too many when to come again", async () => {
    const key = await newKey();
    for (let left = OF_KEY - 1; left >= 0; left--) {
      const answer = await ask(key);
      expect(answer.status).toBe(200);
      expect(answer.get("RateLimit")).toMatch(new RegExp(`^"api_of_key";r=${left};t=\\d+$`));
      expect(answer.get("RateLimit-Policy")).toBe(`"api_of_key";q=${OF_KEY};w=60`);
    }
    const refused = await ask(key);
    expectProblem(refused, 429, "too_many_requests");
    expect(Number(refused.get("Retry-After"))).toBeGreaterThan(0);
    expect(Number(refused.get("Retry-After"))).toBeLessThanOrEqual(60);
  });

  test("has a limit of its own, from whatever addresses it is used", async () => {
    const [one, other] = [await newKey(), await newKey()];
    for (let index = 0; index <= OF_KEY; index++) await ask(one, `198.51.100.${index}`);
    expect((await ask(one, "198.51.100.99")).status).toBe(429);
    expect((await ask(other)).status).toBe(200);
  });

  test("of the operator, on this machine, has none", async () => {
    for (let index = 0; index < OF_KEY * 2; index++)
      expect((await ask(TEST_OPERATOR_KEY)).get("RateLimit")).toBeUndefined();
  });
});

describe("an address that tries keys out", () => {
  test("is not listened to for the rest of the minute, not even with a key that is one", async () => {
    expect(await tryKeysOut(FAILED + 3)).toEqual([401, 401, 401, 401, 429, 429]);
    const refused = await ask(await newKey());
    expectProblem(refused, 429, "too_many_requests");
    gateway.clock.advance({ seconds: Number(refused.get("Retry-After")) });
    expect((await ask(await newKey())).status).toBe(200);
  });

  test("is one subscriber, who has 2⁶⁴ addresses in version 6", async () => {
    const addresses = ["2a02:1:2:3::1", "2a02:1:2:3::2", "2a02:1:2:3:4::", "2a02:1:2:3:ffff::"];
    for (const address of addresses) expect(await tryKeysOut(1, address)).toEqual([401]);
    expect(await tryKeysOut(1, "2a02:1:2:3:ffff:ffff::1")).toEqual([429]);
    expect(await tryKeysOut(1, "2a02:1:2:4::1")).toEqual([401]);
  });

  test("is not who sends no key at all, or one that may not do a thing", async () => {
    for (let index = 0; index < FAILED * 3; index++)
      expect((await request(app).get("/api/v1/me")).status).toBe(401);
    expect((await ask(await newKey())).status).toBe(200);
  });
});
