/** `GET …/common-cartridges`: the LTI links of a license or a list in one file, for one LMS. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import supertest from "supertest";
import { parseStringPromise } from "xml2js";
import { createConnection } from "../../../src/flows/accounts.ts";
import { createBundle } from "../../../src/flows/bundles.ts";
import { revoke } from "../../../src/flows/deliveries.ts";
import { deliverMany } from "../../../src/flows/deliverMany.ts";
import { createList } from "../../../src/flows/lists.ts";
import { BY, TEST_OPERATOR_KEY } from "../../support/fixtures.ts";
import { type TestGateway, testGateway } from "../../support/gateway.ts";
import { contentOf, unzip } from "../../support/packages.ts";
import { expectProblem } from "../../support/problems.ts";

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await testGateway();
});
beforeEach(() => gateway.empty());
afterAll(() => gateway.close());

async function download(accountId: string, query: string) {
  return supertest(gateway.app())
    .get(`/api/v1/accounts/${accountId}/common-cartridges${query}`)
    .set("Host", new URL(gateway.context.config.APP_ORIGIN).host)
    .set("Authorization", `Bearer ${TEST_OPERATOR_KEY}`)
    .buffer(true)
    .parse((response, done) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () => done(null, Buffer.concat(chunks)));
    });
}

async function shownIn(bytes: Buffer): Promise<{ folder: string; titles: string[] }> {
  const { manifest } = await parseStringPromise(contentOf(await unzip(bytes), "imsmanifest.xml"));
  const [folder] = manifest.organizations[0].organization[0].item[0].item;
  return { folder: folder.title[0], titles: folder.item.map(({ title }: { title: string[] }) => title[0]) };
}

/** A bundle of three courses, subscribed to; with links for the account's first LMS. */
async function subscribed() {
  const courses = [];
  for (const title of ["Cheese", "Apples", "Bread"]) courses.push((await gateway.course(title)).course_id);
  const contents = { name: "Food & drink", barred_kinds: [], course_ids: courses };
  const { id: bundle_id } = await createBundle(gateway.context, BY, contents);
  const license = await gateway.sell("subscription", { bundle_id, course_id: courses[0] ?? "" });
  const { account_id, license_id } = license;
  const order = { account_id, of: { license_id }, connection_ids: [], formats: ["lti"], label: "" } as const;
  const { items } = await deliverMany(gateway.context, BY, order);
  return { account_id, license_id, courses, deliveries: items.map(({ delivery }) => delivery) };
}

describe("the links of a license", () => {
  test("in a folder named by its bundle, by title, each told from its twins; the same bytes each time", async () => {
    const { account_id, license_id, deliveries } = await subscribed();
    const answer = await download(account_id, `?license_id=${license_id}`);
    expect(answer.status).toBe(200);
    expect(answer.headers["content-type"]).toBe("application/zip");
    expect(answer.headers["content-disposition"]).toMatch(/filename="Food & drink.*\.imscc"/);
    const { folder, titles } = await shownIn(answer.body);
    expect(folder).toMatch(/^Food & drink \[Subscription · \w{4}\]$/);
    expect(titles.map((title) => title.replace(/ \[.*/, ""))).toEqual(["Apples", "Bread", "Cheese"]);
    for (const title of titles) expect(title).toMatch(/ \[Subscription · \w{4}\]$/);
    const again = await download(account_id, `?license_id=${license_id}&version=1.3`);
    expect(again.body.equals(answer.body)).toBe(true);
    const older = await download(account_id, `?license_id=${license_id}&version=1.1`);
    expect(older.body.equals(answer.body)).toBe(false);
    const text = answer.body.toString("latin1");
    for (const { key } of deliveries)
      expect(text).toContain(`${gateway.context.config.APP_ORIGIN}/lti/links/${key}<`);
  });

  test("without those that are revoked, and without packages", async () => {
    const { account_id, license_id, deliveries } = await subscribed();
    await revoke(gateway.context, BY, account_id, deliveries[0]?.id ?? "");
    const { titles } = await shownIn((await download(account_id, `?license_id=${license_id}`)).body);
    expect(titles).toHaveLength(2);
  });

  test("for one LMS: links of another connection would be refused there", async () => {
    const { account_id, license_id } = await subscribed();
    const other = await createConnection(gateway.context, BY, account_id, { name: "Plant 2" });
    const query = `?license_id=${license_id}&connection_id=${other.id}`;
    expectProblem(await problem(account_id, query), 404, "not_found");
  });

  test("more than are read at once: each once, in order", async () => {
    const license = await gateway.sell("population", { quantity: 5 });
    const { account_id, license_id, connection_id } = license;
    await gateway.context.db.query(
      `with made as (insert into course (id, title, created_at)
         select gen_random_uuid(), 'Course ' || number / 3, $4 from generate_series(1, 1200) as number returning id, title)
       insert into delivery (account_id, id, key, license_id, course_id, connection_id, format, course_title, created_at)
       select $1, gen_random_uuid(), 'key-' || id, $2, id, $3, 'lti', title, $4 from made`,
      [account_id, license_id, connection_id, gateway.clock.now()],
    );
    const { body } = await download(account_id, `?license_id=${license_id}`);
    const { titles } = await shownIn(body);
    expect(titles).toHaveLength(1200);
    expect((await unzip(body)).size).toBe(1201);
  });
});

describe("the links of a list", () => {
  test("in a folder named as the list, under whichever license", async () => {
    const { account_id, courses } = await subscribed();
    const contents = { name: "Newcomers", course_ids: courses.slice(0, 2) };
    const list = await createList(gateway.context, BY, account_id, contents);
    const { folder, titles } = await shownIn((await download(account_id, `?list_id=${list.id}`)).body);
    expect(folder).toBe("Newcomers");
    expect(titles.map((title) => title.replace(/ \[.*/, ""))).toEqual(["Apples", "Cheese"]);
  });
});

async function problem(accountId: string, query: string) {
  return supertest(gateway.app())
    .get(`/api/v1/accounts/${accountId}/common-cartridges${query}`)
    .set("Host", new URL(gateway.context.config.APP_ORIGIN).host)
    .set("Authorization", `Bearer ${TEST_OPERATOR_KEY}`);
}

test("what it is of, and which version, is said or named as missing", async () => {
  const { account_id } = await gateway.account();
  const id = gateway.context.deps.newId();
  for (const [query, field] of [
    ["", "license_id"],
    [`?license_id=${id}&list_id=${id}`, "license_id"],
    [`?license_id=${id}&version=2`, "version"],
    ["?license_id=x", "license_id"],
  ]) {
    const answer = await problem(account_id, `${query}`);
    expectProblem(answer, 400, "body_invalid");
    expect(answer.body.detail).toContain(field);
  }
  expectProblem(await problem(account_id, `?license_id=${id}`), 404, "not_found");
});
