/** The practice LMS's server: packages in, hostile ones out, records that outlive a restart, and the gateway beside them. */
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import type { Express } from "express";
import request from "supertest";
import { createPracticeServer, type PracticeOptions } from "../../../src/edges/practice/practiceServer.ts";
import { FakePracticeGateway } from "../../support/fakePracticeGateway.ts";
import { practiceDeps } from "../../support/practiceDeps.ts";
import { scorm12Zip, scorm2004Zip } from "../../support/scoPackages.ts";
import { temporaryFolder, type ZipPart, zipBytes } from "../../support/zips.ts";

const folder = temporaryFolder();
const CLIENT = join(import.meta.dirname, "../../../src/edges/practice/client");
let servers = 0;

function start(overrides: Partial<PracticeOptions> = {}): {
  app: Express;
  gateway: FakePracticeGateway;
  dataFolder: string;
} {
  const gateway = new FakePracticeGateway();
  const dataFolder = join(folder, `server-${++servers}`);
  const options = { dataFolder, clientFolder: CLIENT, gateway, deps: practiceDeps(), ...overrides };
  return { app: createPracticeServer(options), gateway, dataFolder };
}

const upload = (app: Express, zip: Buffer) =>
  request(app).post("/api/packages").type("application/zip").send(zip);

describe("a package that is uploaded", () => {
  test("is unpacked, described by its manifest and served", async () => {
    const { app } = start();
    const added = await upload(
      app,
      scorm12Zip({
        parameters: "?from=lms",
        item: "<adlcp:masteryscore>80</adlcp:masteryscore><adlcp:datafromlms>level=2</adlcp:datafromlms>",
      }),
    ).expect(201);
    expect(added.body).toEqual({
      package_id: expect.stringMatching(/^zip-[0-9a-f]{16}$/),
      delivery_id: null,
      title: "Sample 1.2",
      standard: "scorm12",
      items: [
        {
          item_id: "item-1",
          title: "Lesson",
          href: "course/index.html?from=lms",
          mastery_score: "80",
          launch_data: "level=2",
          completion_set_by_content: false,
          objective_set_by_content: false,
        },
      ],
    });
    const page = await request(app)
      .get(`/packages/${added.body.package_id}/course/index.html?from=lms`)
      .expect(200);
    expect(page.type).toBe("text/html");
    expect(page.text).toContain("Sample course");
  });

  test("of SCORM 2004 tells its edition, base, thresholds and delivery controls", async () => {
    const { app } = start();
    const item = `<adlcp:completionThreshold completedByMeasure="true" minProgressMeasure="0.8"/>
      <imsss:sequencing><imsss:objectives><imsss:primaryObjective satisfiedByMeasure="true"><imsss:minNormalizedMeasure>0.7</imsss:minNormalizedMeasure></imsss:primaryObjective></imsss:objectives>
      <imsss:deliveryControls completionSetByContent="true" objectiveSetByContent="true"/></imsss:sequencing>`;
    const added = await upload(app, scorm2004Zip({ item, edition: "3rd" })).expect(201);
    expect(added.body).toMatchObject({ standard: "scorm2004-3" });
    expect(added.body.items).toMatchObject([
      {
        href: "course/index.html",
        completion_threshold: "0.8",
        scaled_passing_score: "0.7",
        completion_set_by_content: true,
        objective_set_by_content: true,
      },
    ]);
  });

  test("is there again after a restart, and the same zip is the same package", async () => {
    const { app, dataFolder } = start();
    const first = await upload(app, scorm12Zip());
    const { app: restarted } = start({ dataFolder });
    const list = await request(restarted).get("/api/packages").expect(200);
    expect(list.body.uploaded).toEqual([first.body]);
    const again = await upload(restarted, scorm12Zip());
    expect(again.body).toEqual(first.body);
  });

  const manifest: ZipPart = { name: "imsmanifest.xml", content: "<manifest/>" };
  test.each([
    [
      "a file that climbs out of its folder",
      zipBytes([manifest, { name: "../../evil.js", content: "x" }]),
      400,
    ],
    ["one that climbs on the way", zipBytes([manifest, { name: "a/../../evil.js", content: "x" }]), 400],
    ["one with backslashes", zipBytes([manifest, { name: "..\\evil.js", content: "x" }]), 400],
    ["an absolute path", zipBytes([manifest, { name: "/etc/cron.d/evil", content: "x" }]), 400],
    ["a drive", zipBytes([manifest, { name: "C:/evil.js", content: "x" }]), 400],
    ["a symbolic link", zipBytes([manifest, { name: "link", content: "/etc/passwd", mode: 0o120777 }]), 400],
    ["an encrypted file", zipBytes([manifest, { name: "secret.html", content: "x", flags: 0x801 }]), 400],
    ["the same file twice", zipBytes([manifest, manifest]), 400],
    ["a file that is larger than it says", zipBytes([{ ...manifest, declared: { size: 3 } }]), 400],
    ["no manifest", zipBytes([{ name: "index.html", content: "x" }]), 400],
    ["a manifest in a folder", zipBytes([{ name: "course/imsmanifest.xml", content: "<manifest/>" }]), 400],
    ["a manifest that is no XML", zipBytes([{ name: "imsmanifest.xml", content: "<manifest" }]), 400],
    ["a manifest without an organization", zipBytes([manifest]), 400],
    ["bytes that are no zip", Buffer.from("hello"), 400],
    ["nothing", Buffer.alloc(0), 400],
    ["too many files", zipBytes(Array.from({ length: 11 }, (_, index) => ({ name: `${index}.html` }))), 413],
    [
      "more than it may unpack to",
      zipBytes([manifest, { name: "zeros", content: Buffer.alloc(2_000_000) }]),
      413,
    ],
    ["a zip that is too large", Buffer.alloc(300_000), 413],
  ])("is refused with %s", async (_what, zip, status) => {
    const { app } = start({ limits: { files: 10, unpacked_bytes: 1_000_000, zip_bytes: 200_000 } });
    const refused = await upload(app, zip).expect(status);
    expect(refused.type).toBe("application/problem+json");
    expect(refused.body).toMatchObject({ status, detail: expect.stringMatching(/zip|manifest/) });
    const list = await request(app).get("/api/packages").expect(200);
    expect(list.body.uploaded).toEqual([]);
  });

  test.each(["/packages/none/index.html", "/packages/..%2f..%2frecords/index.html", "/nothing"])(
    "%s is not found",
    async (path) => {
      const { app } = start();
      const answer = await request(app).get(path).expect(404);
      expect(answer.body).toMatchObject({ code: "not_found" });
    },
  );

  test("serves nothing from beside its content", async () => {
    const { app } = start();
    const { body } = await upload(app, scorm12Zip());
    await request(app).get(`/packages/${body.package_id}/..%2fnote.json`).expect(404);
    await request(app).get(`/packages/${body.package_id}/note.json`).expect(404);
  });
});

const OFFERED = {
  delivery_id: "d1",
  title: "Fire safety",
  label: "Vienna",
  format: "scorm12",
  license_kind: "pay_per_use",
} as const;

describe("the gateway's packages", () => {
  test("are listed, fetched by delivery, and fetched anew when they changed", async () => {
    const { app, gateway } = start();
    const delivery = gateway.add(OFFERED, scorm12Zip({ title: "Fire safety" }));
    const list = await request(app).get("/api/packages").expect(200);
    expect(list.body).toEqual({ from_gateway: [OFFERED], uploaded: [], gateway_problem: null });
    const first = await request(app).post("/api/packages/from-gateway/d1").expect(201);
    expect(first.body).toMatchObject({ package_id: "delivery-d1", delivery_id: "d1", title: "Fire safety" });
    delivery.zip = scorm12Zip({ title: "Fire safety, renamed" });
    const second = await request(app).post("/api/packages/from-gateway/d1").expect(201);
    expect(second.body).toMatchObject({ package_id: "delivery-d1", title: "Fire safety, renamed" });
  });

  test("that are not there are not found", async () => {
    const { app } = start();
    await request(app).post("/api/packages/from-gateway/none").expect(404);
  });

  test("are missed, and the LMS goes on, while the gateway is down", async () => {
    const { app, gateway } = start();
    const { body } = await upload(app, scorm12Zip());
    gateway.down = true;
    const list = await request(app).get("/api/packages").expect(200);
    expect(list.body).toEqual({
      from_gateway: [],
      uploaded: [body],
      gateway_problem: "The gateway can't be reached",
    });
  });

  test("can be paused, and what the gateway tallied is shown", async () => {
    const { app, gateway } = start();
    gateway.add(OFFERED, scorm12Zip());
    await request(app).post("/api/packages/from-gateway/d1").expect(201);
    await request(app).post("/api/pause/d1").send({ paused: true }).expect(204);
    const key = { package_id: "delivery-d1", item_id: "item-1", learner_id: "anna.berg" };
    const state = await request(app).get("/api/state").query(key).expect(200);
    expect(state.body).toMatchObject({ record: null, observation: { paused: true }, gateway_problem: null });
    await request(app).post("/api/pause/d1").send({ paused: "yes" }).expect(400);
    await request(app).post("/api/pause/d1").type("text/plain").send('{"paused":false}').expect(400);
  });
});

describe("records", () => {
  async function launched() {
    const started = start();
    const { body } = await upload(started.app, scorm12Zip());
    const key = { package_id: body.package_id as string, item_id: "item-1", learner_id: "anna.berg" };
    const launch = await request(started.app)
      .post("/api/launches")
      .send({ ...key, reset: false })
      .expect(201);
    return { ...started, key, launch_id: launch.body.launch_id as string };
  }

  const elements = { "cmi.core.lesson_status": "incomplete", "cmi.suspend_data": "page=3" };

  test("keep what was committed, over a restart", async () => {
    const { app, dataFolder, key, launch_id } = await launched();
    const commit = { ...key, launch_id, sequence: 1, moment: "commit", elements };
    expect((await request(app).post("/api/commits").send(commit).expect(200)).body).toEqual({ stored: true });
    const { app: restarted } = start({ dataFolder });
    const state = await request(restarted).get("/api/state").query(key).expect(200);
    expect(state.body.record).toMatchObject({ elements, commits: 1, terminated: false, entry: "ab-initio" });
    expect(state.body.observation).toBeNull();
  });

  test("take a beacon's body", async () => {
    const { app, key, launch_id } = await launched();
    const commit = JSON.stringify({ ...key, launch_id, sequence: 1, moment: "terminate", elements });
    await request(app).post("/api/commits").type("text/plain").send(commit).expect(200);
    const state = await request(app).get("/api/state").query(key);
    expect(state.body.record).toMatchObject({ terminated: true });
  });

  test("lose no commit of many at once", async () => {
    const { app, key, launch_id } = await launched();
    const commits = Array.from({ length: 20 }, (_, index) => ({
      ...key,
      launch_id,
      sequence: index + 1,
      moment: "commit",
      elements,
    }));
    const answers = await Promise.all(
      commits.map((commit) => request(app).post("/api/commits").send(commit).expect(200)),
    );
    const stored = answers.filter(({ body }) => body.stored).length;
    const state = await request(app).get("/api/state").query(key);
    expect(state.body.record).toMatchObject({ commits: stored, sequence: 20 });
  });

  test("keep nothing when the server is told to fail, and keep it late when it is told to hang", async () => {
    const { app, key, launch_id } = await launched();
    const commit = { ...key, launch_id, sequence: 1, moment: "commit", elements };
    await request(app).post("/api/commits").query({ fail: 1 }).send(commit).expect(503);
    const before = performance.now();
    await request(app).post("/api/commits").query({ hang_seconds: 0.2 }).send(commit).expect(200);
    expect(performance.now() - before).toBeGreaterThanOrEqual(190);
    await request(app).post("/api/commits").query({ hang_seconds: 1_000 }).send(commit).expect(400);
  });

  test("are forgotten on request", async () => {
    const { app, key } = await launched();
    await request(app).delete("/api/records").query(key).expect(204);
    expect((await request(app).get("/api/state").query(key)).body.record).toBeNull();
  });

  test("are kept apart by learner", async () => {
    const { app, key } = await launched();
    const other = await request(app)
      .get("/api/state")
      .query({ ...key, learner_id: "chidi.okafor" });
    expect(other.body.record).toBeNull();
  });

  test.each([
    [
      "a launch without a learner",
      "/api/launches",
      { package_id: "p", item_id: "i", reset: false },
      400,
      /^learner_id: /,
    ],
    [
      "a launch of an unknown package",
      "/api/launches",
      { package_id: "p", item_id: "i", learner_id: "l", reset: false },
      404,
      /no package/,
    ],
    [
      "a commit without its moment",
      "/api/commits",
      { package_id: "p", item_id: "i", learner_id: "l", launch_id: "x", sequence: 1, elements: {} },
      400,
      /^moment: /,
    ],
    ["a learner without a name", "/api/learners", { learner_id: "x", name: "" }, 400, /^name: /],
  ])("refuse %s, naming what is wrong", async (_what, path, body, status, detail) => {
    const { app } = start();
    const answer = await request(app).post(path).send(body).expect(status);
    expect(answer.body.detail).toMatch(detail);
  });

  test("refuse what is no JSON", async () => {
    const { app } = start();
    const answer = await request(app).post("/api/launches").type("application/json").send("{").expect(400);
    expect(answer.body).toMatchObject({ code: "body_invalid" });
  });
});

describe("learners", () => {
  test("are several from the start, and more can be added, over a restart", async () => {
    const { app, dataFolder } = start();
    const first = await request(app).get("/api/learners").expect(200);
    expect(first.body.length).toBeGreaterThanOrEqual(4);
    await request(app).post("/api/learners").send({ learner_id: "zoe", name: "Zhou, Zoe" }).expect(204);
    const { app: restarted } = start({ dataFolder });
    const later = await request(restarted).get("/api/learners").expect(200);
    expect(later.body).toEqual([...first.body, { learner_id: "zoe", name: "Zhou, Zoe" }]);
  });
});
