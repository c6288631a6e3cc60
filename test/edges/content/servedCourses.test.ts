/** From the import of a course to a learner's browser, over a bucket; and with a host for each account. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import request from "supertest";
import type { LaunchAnswer } from "../../../src/core/bridge.ts";
import { downloadPackage, revoke } from "../../../src/flows/deliveries.ts";
import { importCourse } from "../../../src/flows/importCourse.ts";
import { singleScoCourse12 } from "../../support/courses.ts";
import { BY, type TestLicense } from "../../support/fixtures.ts";
import { type TestGateway, testGateway } from "../../support/gateway.ts";
import { contentOf, unzip } from "../../support/packages.ts";
import { launchBody } from "../../support/playRequests.ts";
import { expectProblem } from "../../support/problems.ts";
import { type S3StandIn, startS3StandIn } from "../../support/s3StandIn.ts";
import { temporaryFolder } from "../../support/zips.ts";

const APP_HOST = "localhost:8080";
const FORMER_HOST = "play.example.com";
const hostOf = (accountId: string) => `${accountId}.play.example.com`;

const folder = temporaryFolder();
let service: S3StandIn;
let gateway: TestGateway;
let license: TestLicense;
let others: TestLicense;
beforeAll(async () => {
  service = await startS3StandIn();
  gateway = await testGateway({
    settings: {
      CONTENT_ORIGIN: "https://*.play.example.com",
      FORMER_CONTENT_ORIGINS: "https://play.example.com",
      LAUNCHES_PER_MINUTE: "1000000",
      S3_BUCKET: service.bucket,
      S3_ENDPOINT: service.endpoint,
      S3_REGION: service.key.region,
      S3_ACCESS_KEY_ID: service.key.id,
      S3_SECRET_ACCESS_KEY: service.key.secret,
    },
  });
  const { course_id } = await importThere();
  license = await gateway.payPerUse({ course_id });
  others = await gateway.payPerUse({ course_id });
});
afterAll(async () => {
  await gateway.close();
  await service.stop();
});

async function importThere() {
  const path = join(folder, "course.zip");
  await writeFile(path, singleScoCourse12().zip);
  const source = { type: "file", path, file_name: "course.zip" } as const;
  return importCourse(gateway.context, BY, { source, course_id: null, title: null });
}

const get = (host: string, path: string) => request(gateway.app()).get(path).set("Host", host);

async function launch(host: string, { delivery_key }: TestLicense): Promise<LaunchAnswer> {
  const path = `/play/${delivery_key}/launch`;
  const nonce = gateway.context.deps.newSecret(16);
  const answer = await request(gateway.app())
    .post(path)
    .set("Host", host)
    .send({ ...launchBody(), nonce });
  expect(answer.status).toBe(200);
  return answer.body as LaunchAnswer;
}

/** Where the launched course begins, on its host. */
async function firstPageOf(host: string, of: TestLicense): Promise<string> {
  const answer = await launch(host, of);
  if (answer.outcome !== "allowed") throw new Error(`denied: ${answer.code}`);
  const { content_base, structure } = answer.course;
  return new URL(structure.items[0]?.resource?.href ?? "", `http://x${content_base}`).pathname;
}

describe("a course in a bucket", () => {
  test("is launched and served from there", async () => {
    expect(service.keys("versions/")).toHaveLength(1);
    const host = hostOf(license.account_id);
    const path = await firstPageOf(host, license);
    const answer = await get(host, path).set("Sec-Fetch-Dest", "iframe");
    expect([answer.status, answer.headers["content-type"]]).toEqual([200, "text/html"]);
    expect(answer.text).toContain("/c/shim.js?");
    const part = await get(host, path).set("Range", "bytes=0-8");
    expect([part.status, part.text]).toEqual([206, "<!doctype"]);
  });

  test("can't be served while the bucket is away, and the launch still can be opened", async () => {
    const host = hostOf(license.account_id);
    const path = await firstPageOf(host, license);
    service.trouble = () => ({ fail: 500 });
    try {
      expectProblem(await get(host, path), 503, "content_unavailable");
      expect((await launch(host, license)).outcome).toBe("allowed");
    } finally {
      service.trouble = null;
    }
    expect((await get(host, path)).status).toBe(200);
  });

  test("is refused while its import can't be stored, and leaves nothing", async () => {
    const before = service.keys();
    service.trouble = ({ operation }) => (operation === "PutObject" ? { fail: 500 } : undefined);
    try {
      await expect(importThere()).rejects.toMatchObject({ code: "content_unavailable" });
    } finally {
      service.trouble = null;
    }
    expect(service.keys()).toEqual(before);
  });
});

describe("a host for each account", () => {
  test("stands in the account's packages", async () => {
    for (const sold of [license, others]) {
      const { bytes } = await downloadPackage(gateway.context, sold.account_id, sold.delivery_id);
      const settings = contentOf(await unzip(bytes), "tallygate.js");
      expect(settings).toContain(`https://${hostOf(sold.account_id)}`);
      expect(settings).not.toContain("*");
    }
  });

  test("has the player, and opens the account's deliveries alone", async () => {
    const own = hostOf(license.account_id);
    expect((await get(own, `/play/${license.delivery_key}`)).status).toBe(200);
    expect((await launch(own, license)).outcome).toBe("allowed");
    expect(await launch(own, others)).toMatchObject({ outcome: "denied", code: "launch_invalid" });
  });

  test("serves the account's courses alone", async () => {
    const own = hostOf(license.account_id);
    const path = await firstPageOf(own, license);
    expect((await get(own, path)).status).toBe(200);
    expect((await get(hostOf(others.account_id), path)).status).toBe(404);
  });

  test("is one of an account: any other below the domain is refused, and the app's has no courses", async () => {
    const path = await firstPageOf(hostOf(license.account_id), license);
    for (const host of ["www.play.example.com", "*.play.example.com", `x.${hostOf(license.account_id)}`])
      expectProblem(await get(host, path), 421, "host_unknown");
    expect((await get(APP_HOST, path)).status).toBe(404);
  });

  test("leaves packages working that were built for the one host of before", async () => {
    for (const sold of [license, others]) {
      const path = await firstPageOf(FORMER_HOST, sold);
      expect((await get(FORMER_HOST, path)).status).toBe(200);
    }
  });
});

test("a revoked delivery's course opens no more, for as long as an address of it could hold", async () => {
  const host = hostOf(others.account_id);
  const path = await firstPageOf(host, others);
  await revoke(gateway.context, BY, others.account_id, others.delivery_id);
  const expiry = gateway.context.contentTickets.read(path.split("/")[2] ?? "")?.expires_at.getTime() ?? 0;
  for (const [at, status] of [
    [gateway.clock.now().getTime(), 403],
    [expiry - 1, 403],
    [expiry, 410],
  ] as const) {
    gateway.clock.set(new Date(at).toISOString());
    expect((await get(host, path)).status).toBe(status);
  }
});
