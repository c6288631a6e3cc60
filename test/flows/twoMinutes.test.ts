import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { type TestGateway, testGateway } from "../support/gateway.ts";

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await testGateway();
});
beforeEach(() => gateway.empty());
afterAll(() => gateway.close());

describe("the two-minute rule, by the gateway's clock (RULES §3.1)", () => {
  test("119.999 s and one launch make no charge, 120 s do", async () => {
    const license = await gateway.payPerUse();
    const visit = await gateway.launch(license);
    gateway.clock.advance({ seconds: 119.999 });
    await visit.keep();
    expect(await gateway.charges(license)).toEqual([]);
    gateway.clock.advance({ seconds: 0.001 });
    await visit.keep();
    expect(await gateway.charges(license)).toMatchObject([{ amount_minor: 500, rule: "open_time" }]);
  });
});
