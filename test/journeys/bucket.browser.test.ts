/** Courses in a bucket and a host for each account, as a browser meets them. */
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { type Browsing, browse } from "../support/chromium.ts";
import { singleScoCourse12 } from "../support/courses.ts";
import { courseFrame, type EndToEnd, startEndToEnd, untilBoth } from "../support/endToEnd.ts";
import { type S3StandIn, startS3StandIn } from "../support/s3StandIn.ts";

let service: S3StandIn;
let world: EndToEnd;
let browsing: Browsing;

beforeAll(async () => {
  service = await startS3StandIn();
  world = await startEndToEnd({
    contentHost: "*.play.localhost",
    environment: {
      S3_BUCKET: service.bucket,
      S3_ENDPOINT: service.endpoint,
      S3_REGION: service.key.region,
      S3_ACCESS_KEY_ID: service.key.id,
      S3_SECRET_ACCESS_KEY: service.key.secret,
    },
  });
  browsing = await browse();
}, 60_000);
afterAll(async () => {
  await browsing.close();
  await world.stop();
  await service.stop();
});

test("a course in a bucket is passed on its account's own host; a second learner has it at the same address", async () => {
  const { account, delivery } = await world.sell({ zip: singleScoCourse12().zip });
  const addresses: string[] = [];
  for (const learner of ["anna", "ben"]) {
    const page = await browsing.newPage();
    const opened = await world.lms.open(page, { delivery, learner });
    const course = await courseFrame(page);
    expect(new URL(course.url()).hostname).toBe(`${account}.play.localhost`);
    addresses.push(course.url());
    await course.click("#pass");
    const { observation } = await untilBoth(
      () => opened.state(),
      ({ record }) => record?.elements["cmi.core.lesson_status"] === "passed",
    );
    expect(observation?.attempts[0]?.success).toBe("passed");
    await page.close();
  }
  expect(addresses[1]).toBe(addresses[0]);
  expect(service.asked.some(({ operation }) => operation === "GetObject")).toBe(true);
  expect(browsing.errors).toEqual([]);
}, 60_000);
