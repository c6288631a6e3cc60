/** Deliveries through the API: one, many, their labels and revocation, and their packages alone and together. */

import { once } from "node:events";
import { createServer, get, type IncomingMessage, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import request from "supertest";
import { gatewayHere } from "../../../src/edges/practice/gatewayHere.ts";
import { type ApiClient, apiClient } from "../../support/apiClient.ts";
import { readCsv } from "../../support/csv.ts";
import { TEST_OPERATOR_KEY, type TestLicense } from "../../support/fixtures.ts";
import { type TestGateway, testGateway } from "../../support/gateway.ts";
import { contentOf, unzip } from "../../support/packages.ts";
import { expectProblem } from "../../support/problems.ts";

let gateway: TestGateway;
let app: RequestListener;
let api: ApiClient;
beforeAll(async () => {
  gateway = await testGateway({ settings: { API_REQUESTS_PER_MINUTE: "1000000" } });
  app = gateway.app();
  api = await apiClient(app);
});
beforeEach(() => gateway.empty());
afterAll(() => gateway.close());

const operator = () => api.as(TEST_OPERATOR_KEY);
const NOBODY = "019b8d62-7a80-7a6a-b440-aafbc824f8b4";

/** A file as it comes. */
function download(path: string, headers: Record<string, string> = {}) {
  return request(app)
    .get(`/api/v1${path}`)
    .set({ Host: "localhost:8080", Authorization: `Bearer ${TEST_OPERATOR_KEY}`, ...headers })
    .buffer(true)
    .parse((response, done) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () => done(null, Buffer.concat(chunks)));
    });
}

/** A bulk download from a gateway on a port, with something done at each of its reads of deliveries. */
async function bulkOf(license: TestLicense, atRead: () => Promise<void>) {
  const { db } = gateway.context;
  const watched = {
    ...db,
    query: (async (statement: string, parameters?: readonly unknown[]) => {
      if (statement.includes("connection_name")) await atRead();
      return db.query(statement, parameters);
    }) as typeof db.query,
  };
  const server = createServer(gateway.app({ ...gateway.context, db: watched })).listen(0, "127.0.0.1");
  await once(server, "listening");
  const served = once(server, "request").then(([, response]) => once(response, "close"));
  const { port } = server.address() as AddressInfo;
  const headers = { host: "localhost:8080", authorization: `Bearer ${TEST_OPERATOR_KEY}` };
  const asked = get({ port, path: `/api/v1/accounts/${license.account_id}/packages`, headers });
  return { asked, served, close: () => server.close() };
}

const actionsOf = async (account_id: string, subject: string) => {
  const { body } = await operator().get(`/accounts/${account_id}/audit?subject_id=${subject}`);
  return body.items.map(({ action }: { action: string }) => action);
};

describe("a delivery (RULES §1, §4)", () => {
  test("is made once; the same one again is the one there is", async () => {
    const { account_id, license_id, delivery_id } = await gateway.payPerUse();
    const path = `/accounts/${account_id}/deliveries`;
    const again = await operator().post(path, { license_id, format: "scorm12" });
    expect([again.status, again.body.id]).toEqual([200, delivery_id]);
    const other = await operator().post(path, { license_id, format: "scorm2004-4", label: " Plant 2 " });
    expect([other.status, other.body.label]).toEqual([201, "Plant 2"]);
    expect(other.headers["location"]).toBe(`/api/v1${path}/${other.body.id}`);
    const { body } = await operator().get(`${path}?format=scorm2004-4`);
    expect(body.items).toMatchObject([{ id: other.body.id }]);
  });

  test.each([
    [{ format: "scorm13" }, "format"],
    [{ format: "scorm12", label: "x".repeat(101) }, "label"],
    [{ format: "scorm12", license_id: "7" }, "license_id"],
    [{ format: "scorm12", connection_id: 5 }, "connection_id"],
  ])("is refused with %j, naming the field", async (wrong, field) => {
    const { account_id, license_id } = await gateway.payPerUse();
    const answer = await operator().post(`/accounts/${account_id}/deliveries`, { license_id, ...wrong });
    expectProblem(answer, 400, "body_invalid");
    expect(answer.body.detail).toMatch(new RegExp(`^${field}: `));
  });

  test("is labelled only from what was read; revoked for good; and each is audited", async () => {
    const license = await gateway.payPerUse();
    const path = `/accounts/${license.account_id}/deliveries/${license.delivery_id}`;
    const match = { "If-Match": (await operator().get(path)).headers["etag"] ?? "" };
    expect((await operator().patch(path, { label: "Berlin" }, match)).body.label).toBe("Berlin");
    expectProblem(await operator().patch(path, { label: "Bonn" }, match), 412, "changed_meanwhile");
    const visit = await gateway.launch(license);
    expect((await operator().post(`${path}/revoke`)).body.revoked_at).toBe("2026-01-05T09:00:00.000Z");
    gateway.clock.advance({ seconds: 5 });
    expect((await operator().post(`${path}/revoke`)).body.revoked_at).toBe("2026-01-05T09:00:00.000Z");
    expect((await visit.keep()).stop).toBe("delivery_revoked");
    expect(await actionsOf(license.account_id, license.delivery_id)).toEqual([
      "delivery.revoke",
      "delivery.label",
      "delivery.create",
    ]);
    expectProblem(await operator().get(`${path}/package`), 409, "conflict");
  });
});

describe("many deliveries at once", () => {
  test("of a license, for each LMS and format; what is there stays", async () => {
    const { account_id, license_id, connection_id, delivery_id } = await gateway.payPerUse();
    const { body: second } = await operator().post(`/accounts/${account_id}/connections`, { name: "Moodle" });
    const order = {
      license_id,
      connection_ids: [connection_id, second.id],
      formats: ["scorm12", "scorm2004-4"],
    };
    const made = await operator().post(`/accounts/${account_id}/deliveries/bulk`, order);
    const outcomes = made.body.items.map(
      (item: { outcome: string; delivery: { id: string } }) => item.outcome,
    );
    expect(outcomes).toEqual(["already_there", "made", "made", "made"]);
    expect(made.body.items[0].delivery.id).toBe(delivery_id);
    const again = await operator().post(`/accounts/${account_id}/deliveries/bulk`, order);
    expect(new Set(again.body.items.map(({ outcome }: { outcome: string }) => outcome))).toEqual(
      new Set(["already_there"]),
    );
    const { body: log } = await operator().get(`/accounts/${account_id}/audit?action=delivery.create`);
    expect(log.items).toHaveLength(4);
  });

  test("of a list, under each license that has not ended; courses without one are named", async () => {
    const account = await gateway.account();
    const { account_id } = account;
    const payPerUse = await gateway.payPerUse({ account });
    const volume = await gateway.volume([1], { account, course_id: payPerUse.course_id });
    const { course_id: bare } = await gateway.course();
    const { body: list } = await operator().post(`/accounts/${account_id}/lists`, {
      name: "Both",
      course_ids: [payPerUse.course_id, bare],
    });
    const deliver = (more: object) =>
      operator().post(`/accounts/${account_id}/deliveries/bulk`, {
        list_id: list.id,
        formats: ["scorm2004-3"],
        ...more,
      });
    const ofOne = await deliver({ kind: "volume" });
    expect(ofOne.body).toMatchObject({
      items: [{ outcome: "made", delivery: { license_id: volume.license_id } }],
      without_license: [bare],
    });
    const ofBoth = await deliver({});
    expect(ofBoth.body.items.map(({ outcome }: { outcome: string }) => outcome).sort()).toEqual([
      "already_there",
      "made",
    ]);
    await operator().post(`/accounts/${account_id}/licenses/${payPerUse.license_id}/end`);
    expect((await deliver({ formats: ["scorm12", "scorm2004-4"] })).body.items).toHaveLength(2);
  });

  test.each([
    [{ formats: ["scorm12"] }, 400, "license_id"],
    [{ license_id: NOBODY, list_id: NOBODY, formats: ["scorm12"] }, 400, "license_id"],
    [{ license_id: NOBODY, formats: [] }, 400, "formats"],
    [{ license_id: NOBODY, kind: "volume", formats: ["scorm12"] }, 400, "kind"],
    [{ license_id: NOBODY, formats: ["scorm12"] }, 404, "license"],
    [{ list_id: NOBODY, formats: ["scorm12"] }, 404, "list"],
  ])("with %j are refused (%d), naming the field", async (body, status, field) => {
    const { account_id } = await gateway.account();
    const answer = await operator().post(`/accounts/${account_id}/deliveries/bulk`, body);
    expect([answer.status, answer.body.detail]).toEqual([
      status,
      expect.stringMatching(new RegExp(`^${field}: `)),
    ]);
  });

  test("go to none of another account's LMSs", async () => {
    const { account_id, license_id } = await gateway.payPerUse();
    const { connection_id } = await gateway.account();
    const order = { license_id, connection_ids: [connection_id], formats: ["scorm12"] };
    const answer = await operator().post(`/accounts/${account_id}/deliveries/bulk`, order);
    expectProblem(answer, 404, "not_found");
  });
});

/** Deliveries whose packages would all be called alike. */
async function manyTwins({ delivery_id }: TestLicense, count: number): Promise<void> {
  await gateway.context.db.query(
    `with twin as (insert into course (id, title, created_at)
       select gen_random_uuid(), 'Twin', '2026-01-01' from generate_series(1, $2::integer) returning id)
     insert into delivery (account_id, id, key, license_id, course_id, connection_id, format, course_title, created_at)
     select account_id, twin.id, twin.id::text, license_id, twin.id, connection_id, format, course_title, delivery.created_at
     from delivery, twin where delivery.id = $1`,
    [delivery_id, count],
  );
}

const packageOf = ({ account_id, delivery_id }: TestLicense) =>
  `/accounts/${account_id}/deliveries/${delivery_id}/package`;

describe("a package", () => {
  test("comes under its own name, also where that is not ASCII, and once only", async () => {
    const { course_id } = await gateway.course("Schutz für Küchen");
    const license = await gateway.payPerUse({ course_id });
    const first = await download(packageOf(license));
    expect(first.headers["content-type"]).toBe("application/zip");
    const said = first.headers["content-disposition"] ?? "";
    expect(said).toMatch(
      /^attachment; filename="Schutz fur Kuchen [\x20-\x7e]*\.zip"; filename\*=UTF-8''[\w%.-]+$/,
    );
    const name = decodeURIComponent(said.split("UTF-8''")[1] ?? "");
    expect(name).toMatch(/^Schutz für Küchen \[Pay per use · \w{4}\] SCORM 1\.2\.zip$/);
    expect(contentOf(await unzip(first.body), "tallygate.js")).toContain(license.delivery_key);
    const second = await download(packageOf(license), { "If-None-Match": first.headers["etag"] ?? "" });
    expect([second.status, second.body.length]).toEqual([304, 0]);
    await operator().patch(packageOf(license).replace("/package", ""), { label: "Plant 2" });
    const third = await download(packageOf(license), { "If-None-Match": first.headers["etag"] ?? "" });
    expect(third.status).toBe(200);
  });

  test("is none of another account's", async () => {
    const { delivery_id } = await gateway.payPerUse();
    const { account_id } = await gateway.account();
    expectProblem(
      await operator().get(`/accounts/${account_id}/deliveries/${delivery_id}/package`),
      404,
      "not_found",
    );
  });
});

describe("a delivery by LTI", () => {
  test("is a link instead of a package, for 1.3 and 1.1 alike", async () => {
    const { account_id, license_id } = await gateway.payPerUse();
    const path = `/accounts/${account_id}/deliveries`;
    const { status, body } = await operator().post(path, { license_id, format: "lti", label: "Berlin" });
    expect([status, body.lti]).toEqual([
      201,
      { launch_url: `http://localhost:8080/lti/links/${body.key}`, custom: { delivery: body.key } },
    ]);
    expect((await operator().post(path, { license_id, format: "lti" })).body.id).toBe(body.id);
    const { body: listed } = await operator().get(`${path}?format=lti`);
    expect(listed.items).toEqual([body]);
    const { body: packages } = await operator().get(`${path}?format=scorm12`);
    expect(packages.items).toMatchObject([{ format: "scorm12", lti: null }]);
  });

  test("is labelled and revoked like any other, and has no package", async () => {
    const lti = await gateway.deliverAgain(await gateway.payPerUse(), "lti");
    const path = `/accounts/${lti.account_id}/deliveries/${lti.delivery_id}`;
    expectProblem(await operator().get(`${path}/package`), 409, "delivery_without_package");
    expect((await operator().patch(path, { label: "Bonn" })).body).toMatchObject({ label: "Bonn" });
    expect((await operator().post(`${path}/revoke`)).body.revoked_at).toBe("2026-01-05T09:00:00.000Z");
  });

  test("is none of the packages that the practice LMS offers", async () => {
    const license = await gateway.payPerUse();
    const lti = await gateway.deliverAgain(license, "lti");
    const practice = gatewayHere(gateway.context);
    expect((await practice.packages()).map(({ delivery_id }) => delivery_id)).toEqual([license.delivery_id]);
    await expect(practice.download(lti.delivery_id)).rejects.toMatchObject({
      code: "delivery_without_package",
    });
  });

  test("comes with many packages in a file of links that no spreadsheet takes for formulas", async () => {
    const account = await gateway.account();
    const { course_id } = await gateway.course('=HYPERLINK("evil")');
    const one = await gateway.payPerUse({ account, course_id });
    await operator().patch(`/accounts/${one.account_id}/connections/${one.connection_id}`, { name: "=LMS" });
    const links = [
      await gateway.deliverAgain(one, "lti"),
      await gateway.deliverAgain(await gateway.volume([1], { account }), "lti"),
    ].reverse();
    const all = `/accounts/${one.account_id}/packages`;
    const files = await unzip((await download(all)).body);
    expect([...files.keys()].filter((name) => !name.endsWith(".zip"))).toEqual(["LTI links.csv"]);
    expect(files.size).toBe(3);
    const rows = readCsv(contentOf(files, "LTI links.csv"));
    expect(rows.map(({ Title: _title, ...row }) => row)).toEqual(
      links.map(({ delivery_key: key, delivery_id }) => ({
        LMS: "'=LMS",
        "Launch URL": `http://localhost:8080/lti/links/${key}`,
        "Custom parameters": `delivery=${key}`,
        Delivery: delivery_id,
      })),
    );
    expect(rows[1]?.["Title"]).toMatch(/^'=HYPERLINK\("evil"\) \[Pay per use · \w{4}\]$/);
    const alone = await unzip((await download(`${all}?format=lti`)).body);
    expect([...alone.keys()]).toEqual(["LTI links.csv"]);
  });
});

describe("packages of many deliveries", () => {
  test("come as a zip of zips: each as it comes alone, in a folder of its LMS, under a name of its own", async () => {
    const account = await gateway.account();
    const { account_id } = account;
    const one = await gateway.payPerUse({ account });
    const two = await gateway.volume([1], { account });
    const { body: moodle } = await operator().post(`/accounts/${account_id}/connections`, {
      name: "Moodle: A/B",
    });
    const { body: third } = await operator().post(`/accounts/${account_id}/deliveries`, {
      license_id: one.license_id,
      connection_id: moodle.id,
      format: "scorm12",
    });
    const revoked = await gateway.deliverAgain(two, "scorm2004-3");
    await operator().post(`/accounts/${account_id}/deliveries/${revoked.delivery_id}/revoke`);
    const all = await download(`/accounts/${account_id}/packages`);
    expect(all.headers["content-disposition"]).toContain('filename="packages.zip"');
    const files = await unzip(all.body);
    const names = [...files.keys()];
    expect(names.map((name) => name.split("/")[0]).sort()).toEqual(["LMS", "LMS", "Moodle A B"]);
    for (const each of [one, two, { ...one, delivery_id: third.id as string }]) {
      const alone = await download(packageOf(each));
      expect(names.filter((name) => files.get(name)?.content.equals(alone.body))).toHaveLength(1);
    }
    const some = await unzip(
      (await download(`/accounts/${account_id}/packages?license_id=${two.license_id}`)).body,
    );
    expect(some.size).toBe(1);
    const byIds = `ids=${one.delivery_id},${third.id}`;
    expect((await unzip((await download(`/accounts/${account_id}/packages?${byIds}`)).body)).size).toBe(2);
  });

  test("of courses, labels and kinds alike are numbered", async () => {
    const license = await gateway.payPerUse();
    await manyTwins(license, 3);
    const files = await unzip((await download(`/accounts/${license.account_id}/packages`)).body);
    expect([...files.keys()].map((name) => /( \(\d\))?\.zip$/.exec(name)?.[1] ?? "").sort()).toEqual([
      "",
      " (2)",
      " (3)",
      " (4)",
    ]);
  });

  test("are built for nobody who has gone", async () => {
    const license = await gateway.payPerUse();
    await manyTwins(license, 1000);
    let reads = 0;
    const { asked, close, served } = await bulkOf(license, async () => void reads++);
    const [answer] = (await once(asked, "response")) as [IncomingMessage];
    await once(answer, "data");
    answer.destroy();
    await served;
    const readSoFar = reads;
    await sleep(600);
    // What was under way may still have come to its next page.
    expect([reads - readSoFar <= 1, readSoFar < 9]).toEqual([true, true]);
    expect(gateway.logged.filter(({ level }) => level === "error")).toEqual([]);
    close();
  });

  test("are no trouble of ours for who leaves before the first byte", async () => {
    const license = await gateway.payPerUse();
    const { asked, close, served } = await bulkOf(license, async () => {
      asked.destroy();
      await served;
    });
    asked.on("error", () => undefined);
    await served;
    await sleep(50);
    expect(gateway.logged.filter(({ level }) => level !== "debug")).toEqual([]);
    close();
  });

  test("that break in the middle are cut off, so that nobody takes half for whole, and the log says why", async () => {
    const license = await gateway.payPerUse();
    await manyTwins(license, 150);
    let reads = 0;
    const { asked, close } = await bulkOf(license, async () => {
      if (++reads > 1) throw new Error("the table is damaged");
    });
    const [answer] = (await once(asked, "response")) as [IncomingMessage];
    answer.resume();
    await expect(once(answer, "end")).rejects.toThrow("aborted");
    expect(gateway.logged.filter(({ level }) => level === "error")).toMatchObject([
      { message: "A request failed" },
    ]);
    close();
  });

  test("are nothing where none matches, and none of another account's", async () => {
    const { delivery_id } = await gateway.payPerUse();
    const { account_id } = await gateway.account();
    for (const query of ["", `?ids=${delivery_id}`])
      expectProblem(await operator().get(`/accounts/${account_id}/packages${query}`), 404, "not_found");
    const wrong = await operator().get(`/accounts/${account_id}/packages?ids=a,b`);
    expectProblem(wrong, 400, "body_invalid");
    expect(wrong.body.detail).toMatch(/^ids/);
  });
});
