/** What arrives is hostile: what is wrong is named, what is unknown refused, and nothing fails. */
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { type ApiClient, apiClient } from "../../support/apiClient.ts";
import { accountKey } from "../../support/apiKeys.ts";
import { TEST_OPERATOR_KEY } from "../../support/fixtures.ts";
import { type TestGateway, testGateway } from "../../support/gateway.ts";
import { expectProblem } from "../../support/problems.ts";

let gateway: TestGateway;
let api: ApiClient;
beforeAll(async () => {
  gateway = await testGateway();
  api = await apiClient(gateway.app());
});
beforeEach(() => gateway.empty());
afterAll(() => gateway.close());

const operator = () => api.as(TEST_OPERATOR_KEY);
const acme = { name: "Acme", currency: "EUR" };
const JSON_TYPE = "application/json";

describe("bodies", () => {
  test.each<[string, unknown, string]>([
    ["a field that is missing", { name: "Acme" }, "currency: "],
    ["a field that is not known", { ...acme, colour: "red" }, "colour: not a field of this body."],
    ["a list where text is due", { ...acme, name: ["Acme"] }, "name: expected text."],
    ["an object where text is due", { ...acme, name: { a: 1 } }, "name: expected text."],
    ["a number where text is due", { ...acme, name: 1 }, "name: expected text."],
    ["text of spaces", { ...acme, name: "   " }, "name: expected text that is not empty."],
    ["text that is too long", { ...acme, name: "x".repeat(201) }, "name: expected at most 200 characters."],
    ["NUL", { ...acme, name: "A\u0000B" }, "name: expected text without NUL"],
    ["half a character", { ...acme, name: "A\ud800" }, "name: expected text without NUL or half characters."],
    ["NUL in a name", { ...acme, "\u0000": 1 }, "body: expected names without NUL"],
    ["a list", [acme], "body: "],
    ["what is nested without end", nested(1000), "expected no more than 16 levels"],
  ])("%s is named", async (_what, body, detail) => {
    const answer = await operator().post("/accounts", body);
    expectProblem(answer, 400, "body_invalid");
    expect(answer.body.detail).toContain(detail);
  });

  test.each([
    ["no JSON", "{"],
    ["JSON that is no object", '"text"'],
    ["a prototype", '{"__proto__":{"name":"x"},"name":"Acme","currency":"EUR"}'],
  ])("%s is refused", async (_what, text) => {
    expectProblem(await operator().send("post", "/accounts", JSON_TYPE, text), 400, "body_invalid");
  });

  test.each([
    "text/plain",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "application/xml",
  ])("the type %s is refused", async (type) => {
    const answer = await operator().send("post", "/accounts", type, JSON.stringify(acme));
    expectProblem(answer, 415, "content_type_unsupported");
  });

  test("JSON in UTF-8 may say so; in an encoding that nobody knows it is refused", async () => {
    const body = JSON.stringify({ ...acme, name: "Bäcker" });
    const utf8 = await operator().send("post", "/accounts", "application/json; charset=utf-8", body);
    expect([utf8.status, utf8.body.name]).toEqual([201, "Bäcker"]);
    const other = await operator().send("post", "/accounts", "application/json; charset=klingon", body);
    expectProblem(other, 415, "content_type_unsupported");
  });

  test("more than 100 kB is too much, also where it is packed", async () => {
    const large = JSON.stringify({ ...acme, name: "x".repeat(200_000) });
    expectProblem(await operator().send("post", "/accounts", JSON_TYPE, large), 413, "body_too_large");
    const packed = await operator().send("post", "/accounts", JSON_TYPE, gzipSync(large), {
      "Content-Encoding": "gzip",
    });
    expectProblem(packed, 413, "body_too_large");
  });

  test("where none is due, an empty object is none, and anything else is refused", async () => {
    const { course_id } = await gateway.course();
    expect((await operator().post(`/courses/${course_id}/retire`)).status).toBe(200);
    expect((await operator().post(`/courses/${course_id}/retire`, {})).status).toBe(200);
    expectProblem(await operator().post(`/courses/${course_id}/retire`, { now: true }), 400, "body_invalid");
  });

  test("a name with characters beyond the first plane comes back as it went", async () => {
    const made = await operator().post("/accounts", { ...acme, name: "🦉 株式会社" });
    expect((await operator().get(`/accounts/${made.body.id}`)).body.name).toBe("🦉 株式会社");
  });
});

function nested(levels: number): unknown {
  let value: unknown = { ...acme };
  for (let level = 0; level < levels; level++) value = { a: value };
  return value;
}

describe("queries", () => {
  test.each([
    ["unknown=1", "unknown: not a field of this query."],
    ["limit=0", "limit: expected a whole number from 1 to 200."],
    ["limit=201", "limit: "],
    ["limit=1.5", "limit: "],
    ["limit=5&limit=6", "limit: "],
    ["limit[]=5", "limit[]: not a field"],
    ["closed=maybe", "closed: expected true or false."],
    ["name=%00", "name: expected text without NUL"],
    ["cursor=x&cursor=y", "cursor: "],
  ])("?%s is named", async (query, detail) => {
    const answer = await operator().get(`/accounts?${query}`);
    expectProblem(answer, 400, "body_invalid");
    expect(answer.body.detail).toContain(detail);
  });

  test("broken percent-encoding is refused", async () => {
    expectProblem(await operator().get("/accounts/%E0%A4%A"), 400, "body_invalid");
  });
});

describe("addresses", () => {
  test.each([
    "nonsense",
    "1",
    "00000000-0000-0000-0000-00000000000g",
    "019b8d62-7a80-7a6a-b440-aafbc824f8b4",
  ])("there is no account %s", async (id) => {
    expectProblem(await operator().get(`/accounts/${id}`), 404, "not_found");
  });

  test("an id is the same in capitals", async () => {
    const { account_id } = await gateway.account();
    const { text } = await accountKey(gateway.context, account_id, "viewer");
    expect((await api.as(text).get(`/accounts/${account_id.toUpperCase()}`)).body.id).toBe(account_id);
  });

  test("where nothing is: 404; where something is, but not for the method: 405, naming those that are", async () => {
    expectProblem(await operator().get("/nothing"), 404, "not_found");
    expectProblem(await operator().get("/accounts/"), 404, "not_found");
    const answer = await operator().delete("/accounts");
    expectProblem(answer, 405, "method_not_allowed");
    expect(answer.headers["allow"]).toBe("GET, HEAD, POST");
  });

  test("HEAD is GET without the body", async () => {
    const { account_id } = await gateway.account();
    const got = await operator().get(`/accounts/${account_id}`);
    const head = await operator().head(`/accounts/${account_id}`);
    expect([head.status, head.text, head.headers["etag"], head.headers["content-length"]]).toEqual([
      200,
      undefined,
      got.headers["etag"],
      got.headers["content-length"],
    ]);
  });
});

describe("headers", () => {
  test.each(["%", "x".repeat(1001), "%00"])("Audit-Reason: %p is refused by name", async (reason) => {
    const answer = await operator().post("/accounts", acme, { "Audit-Reason": reason });
    expectProblem(answer, 400, "body_invalid");
    expect(answer.body.detail).toContain("Audit-Reason");
  });

  test("no answer is kept by caches that others share", async () => {
    const { account_id } = await gateway.account();
    const list = await operator().get("/accounts");
    const one = await operator().get(`/accounts/${account_id}`);
    expect([list.headers["cache-control"], one.headers["cache-control"]]).toEqual([
      "no-store",
      "private, no-cache",
    ]);
  });
});

describe("what was read", () => {
  test("is not sent again while it is the same", async () => {
    const { account_id } = await gateway.account();
    const path = `/accounts/${account_id}`;
    const { etag } = (await operator().get(path)).headers;
    const same = await operator().get(path, { "If-None-Match": etag ?? "" });
    expect([same.status, same.text]).toEqual([304, ""]);
    await operator().patch(path, { name: "Other" });
    expect((await operator().get(path, { "If-None-Match": etag ?? "" })).status).toBe(200);
  });

  test("is what gets changed, or nothing", async () => {
    const { account_id } = await gateway.account();
    const path = `/accounts/${account_id}`;
    const { etag = "" } = (await operator().get(path)).headers;
    const first = await operator().patch(path, { name: "First" }, { "If-Match": etag });
    expect(first.body.name).toBe("First");
    const second = await operator().patch(path, { name: "Second" }, { "If-Match": etag });
    expectProblem(second, 412, "changed_meanwhile");
    expect((await operator().get(path)).body.name).toBe("First");
    const again = await operator().patch(
      path,
      { name: "Second" },
      { "If-Match": `"x", ${first.headers["etag"]}` },
    );
    expect(again.status).toBe(200);
    expect((await operator().patch(path, { name: "Third" }, { "If-Match": "*" })).status).toBe(200);
    expectProblem(
      await operator().patch(path, { name: "No" }, { "If-Match": "nonsense" }),
      412,
      "changed_meanwhile",
    );
  });
});

describe("lists", () => {
  const names = async (query: string) => {
    const { body } = await operator().get(`/accounts?${query}`);
    return {
      names: (body.items as { name: string }[]).map(({ name }) => name),
      cursor: body.next_cursor as string | null,
    };
  };
  const make = async (...wanted: readonly string[]) => {
    for (const name of wanted) {
      gateway.clock.advance({ seconds: 1 });
      await operator().post("/accounts", { ...acme, name });
    }
  };

  test("come newest first, a page at a time, whatever is added meanwhile", async () => {
    await make("a", "b", "c", "d", "e");
    const first = await names("limit=2");
    expect(first.names).toEqual(["e", "d"]);
    await make("f");
    const second = await names(`limit=2&cursor=${first.cursor}`);
    expect(second.names).toEqual(["c", "b"]);
    expect(await names(`limit=2&cursor=${second.cursor}`)).toEqual({ names: ["a"], cursor: null });
  });

  test("are filtered; a page that is full to the last row is the last", async () => {
    await make("Bakery", "Brewery", "bakers");
    expect(await names("name=BAKE&limit=2")).toEqual({ names: ["bakers", "Bakery"], cursor: null });
  });

  test("go on by their own cursor only", async () => {
    await make("a", "b", "c");
    const { cursor } = await names("limit=1");
    const id = Buffer.from(cursor ?? "", "base64url").subarray(0, 16);
    const forged = Buffer.concat([id, Buffer.alloc(8)]).toString("base64url");
    for (const query of [
      "cursor=nonsense",
      "cursor=",
      `cursor=${forged}`,
      `cursor=${cursor}&name=a`,
      `cursor=${cursor}x`,
    ]) {
      const answer = await operator().get(`/accounts?${query}`);
      expectProblem(answer, 400, "body_invalid");
      expect(answer.body.detail).toMatch(/^cursor: /);
    }
    expectProblem(await operator().get(`/bundles?cursor=${cursor}`), 400, "body_invalid");
  });
});
