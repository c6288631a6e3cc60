/** What the gateway signs with for platforms: made when first needed, published before it signs, and kept sealed. */
import { createPublicKey, sign, verify } from "node:crypto";
import type { RequestListener } from "node:http";
import { afterAll, beforeAll, beforeEach, expect, test } from "@jest/globals";
import request from "supertest";
import { rotateToolKey, sealToolKeysAnew } from "../../../src/flows/lti/toolKeys.ts";
import { BY } from "../../support/fixtures.ts";
import { TEST_TOKEN_SECRET, type TestGateway, testGateway } from "../../support/gateway.ts";

let gateway: TestGateway;
let app: RequestListener;
beforeAll(async () => {
  gateway = await testGateway();
});
beforeEach(async () => {
  await gateway.empty();
  app = gateway.app();
});
afterAll(() => gateway.close());

interface Published {
  readonly kid: string;
  readonly [name: string]: unknown;
}

async function published(): Promise<readonly Published[]> {
  const answer = await request(app).get("/lti/jwks").set("Host", "localhost:8080");
  expect(answer.status).toBe(200);
  expect(answer.headers).toMatchObject({
    "content-type": expect.stringMatching(/^application\/json/),
    "cache-control": "public, max-age=3600",
    "access-control-allow-origin": "*",
  });
  return (answer.body as { keys: Published[] }).keys;
}

const current = () => gateway.context.lti.toolKeys.current();

test("the first key is made once, however many ask, and is what platforms read", async () => {
  const second = gateway.secondProcess();
  const asked = [0, 1, 2, 3].map((index) => (index % 2 ? second : gateway.context).lti.toolKeys.current());
  const kids = new Set((await Promise.all(asked)).map(({ kid }) => kid));
  expect(kids.size).toBe(1);
  const keys = await published();
  expect(keys).toEqual([
    { kty: "RSA", n: expect.any(String), e: "AQAB", kid: [...kids][0], alg: "RS256", use: "sig" },
  ]);
  const { key } = await current();
  const text = Buffer.from("a message");
  const publicKey = createPublicKey({ key: keys[0] as never, format: "jwk" });
  expect(verify("sha256", text, publicKey, sign("sha256", text, key))).toBe(true);
});

test("the private half is nowhere in what is published or stored", async () => {
  const { key } = await current();
  const { d = "" } = key.export({ format: "jwk" });
  const stored = JSON.stringify(await gateway.context.db.query("select * from lti_tool_key"));
  for (const text of [stored, JSON.stringify(await published())]) {
    expect(text).not.toContain(d);
    expect(text).not.toContain("PRIVATE KEY");
  }
});

test("a new key is published a day before it signs; the one before it, a day after it last signed", async () => {
  const first = (await current()).kid;
  const { signs_from } = await rotateToolKey(gateway.context, BY, false);
  const kids = async () => (await published()).map(({ kid }) => kid);
  const [second = ""] = (await kids()).filter((kid) => kid !== first);
  expect(await kids()).toHaveLength(2);
  expect(signs_from).toEqual(new Date("2026-01-06T09:00:00Z"));
  gateway.clock.advance({ hours: 23, seconds: 3599 });
  expect((await current()).kid).toBe(first);
  gateway.clock.advance({ seconds: 1 });
  expect((await current()).kid).toBe(second);
  gateway.clock.advance({ hours: 23, seconds: 3599 });
  expect(await kids()).toContain(first);
  gateway.clock.advance({ seconds: 1 });
  expect(await kids()).toEqual([second]);
});

test("stays when the gateway's secret is changed, once it was sealed anew", async () => {
  const { kid } = await current();
  const { keys, lti } = gateway.context;
  const secret = "another secret of the tests, of 32 characters or more";
  keys.replace([secret, TEST_TOKEN_SECRET]);
  await sealToolKeysAnew(gateway.context);
  keys.replace([secret]);
  lti.toolKeys.forget();
  expect((await current()).kid).toBe(kid);
  keys.replace([TEST_TOKEN_SECRET]);
});

test("that nobody can open any more is followed by one that signs at once", async () => {
  const { kid } = await current();
  const { keys, lti } = gateway.context;
  keys.replace(["another secret of the tests, of 32 characters or more"]);
  lti.toolKeys.forget();
  const next = await current();
  expect(next.kid).not.toBe(kid);
  expect((await published()).map((key) => key.kid)).toContain(next.kid);
  keys.replace([TEST_TOKEN_SECRET]);
});
