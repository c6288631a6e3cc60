/** The player's door (docs/bridge.md §1, §3): everything that arrives is hostile. */

import type { RequestListener } from "node:http";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import request from "supertest";
import type { KeepAnswer, LaunchAllowed, LaunchDenied } from "../../../src/core/bridge.ts";
import { Fault } from "../../../src/core/faults.ts";
import { pauseLicense } from "../../../src/flows/changeLicense.ts";
import { revoke } from "../../../src/flows/deliveries.ts";
import { BY, type TestLicense } from "../../support/fixtures.ts";
import { type TestGateway, testGateway } from "../../support/gateway.ts";
import { fieldsOf, keepBody, launchBody, spoiled } from "../../support/playRequests.ts";
import { expectProblem } from "../../support/problems.ts";

const CONTENT_HOST = "127.0.0.1:8080";
const APP_HOST = "localhost:8080";

let gateway: TestGateway;
let app: RequestListener;
let license: TestLicense;
beforeAll(async () => {
  gateway = await testGateway({ settings: { LAUNCHES_PER_MINUTE: "1000000" } });
});
beforeEach(async () => {
  await gateway.empty();
  app = gateway.app();
  license = await gateway.payPerUse();
});
afterAll(() => gateway.close());

const post = (path: string) => request(app).post(path).set("Host", CONTENT_HOST);
const launchPath = () => `/play/${license.delivery_key}/launch`;

async function launched(changes = {}): Promise<LaunchAllowed> {
  const answer = await post(launchPath()).send(launchBody(changes));
  expect(answer.status).toBe(200);
  return answer.body as LaunchAllowed;
}

describe("POST /play/<key>/launch", () => {
  test("answers with all that the player needs", async () => {
    const answer = await post(launchPath()).send(launchBody({ learner_id: " ana " }));
    expect(answer.headers["cache-control"]).toBe("no-store");
    expect(answer.body).toMatchObject({
      outcome: "allowed",
      token: expect.any(String),
      attempt: { marker: expect.stringMatching(/^tg1\./), resumed: false, elsewhere: false, saved_at: null },
      course: {
        structure: { title: "Kitchen safety" },
        content_base: expect.stringMatching(/^\/c\/[\w-]{22,}\/$/),
      },
      states: {},
      total_seconds: {},
      rollup: null,
      learner: { id: "ana", name: "Berg, Ana" },
      mode: "normal",
      credit: "credit",
      beat: { every_seconds: 30, due_in_seconds: 120 },
    });
  });

  test("sent again is the same launch, not a resumed one", async () => {
    const first = await launched();
    expect(await launched()).toMatchObject({ launch_id: first.launch_id, attempt: { resumed: false } });
  });

  test.each([
    ["browse", "no-credit", "browse", "no-credit"],
    ["review", "credit", "review", "credit"],
    ["", "", "normal", "credit"],
    ["exotic", "exotic", "normal", "credit"],
  ])("mode %j and credit %j are admitted as %s, %s (RULES §2)", async (mode, credit, as, creditAs) => {
    expect(await launched({ mode, credit })).toMatchObject({ mode: as, credit: creditAs });
  });

  test.each([
    ["normal", false],
    ["review", true],
  ])("in mode %s an LMS that has lost the marker has the attempt resumed: %s", async (mode, resumed) => {
    const { token } = await launched();
    await post("/play/keep").send(keepBody(token));
    const again = { ...launchBody({ mode }), nonce: "another-nonce-another" };
    const answer = await post(launchPath()).send(again);
    expect(answer.body).toMatchObject({ outcome: "allowed", attempt: { resumed } });
  });

  test.each([
    ["", "en"],
    ["de-AT,de;q=0.9,en;q=0.8", "de"],
    ["xx, pt-BR;q=0.5", "pt"],
    ["ja", "ja"],
  ])("a denial speaks the learner's language: %j is %s", async (accepted, language) => {
    await pauseLicense(gateway.context, BY, license.account_id, license.license_id, true);
    const answer = await post(launchPath()).set("Accept-Language", accepted).send(launchBody());
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      outcome: "denied",
      code: "license_paused",
      reference: expect.stringMatching(/^[2-9A-Z]{4}-[2-9A-Z]{4}$/),
      retry_after_seconds: null,
      language,
      title: expect.any(String),
      reason: expect.any(String),
      next_step: expect.any(String),
    });
  });

  test("of a key that no delivery has is a denial too, and so is an odd one", async () => {
    for (const key of ["nobody", "%00", "a%2Fb", "%F0%9F%8E%89", "x".repeat(500)]) {
      const answer = await post(`/play/${key}/launch`).send(launchBody());
      expect([key, answer.status, (answer.body as LaunchDenied).code]).toEqual([key, 200, "launch_invalid"]);
    }
    expectProblem(await post("/play/%ff/launch").send(launchBody()), 400, "body_invalid");
  });

  describe("too often by one id in a minute", () => {
    let times = 0;
    const codeFor = async (learner_id: string) => {
      times++;
      const body = { ...launchBody({ learner_id }), nonce: `nonce-nonce-nonce-${times}` };
      return (await post(launchPath()).send(body)).body.code;
    };
    beforeEach(() => {
      app = gateway.app({
        ...gateway.context,
        config: { ...gateway.context.config, LAUNCHES_PER_MINUTE: 3 },
      });
    });

    test("is denied, and others are not", async () => {
      for (const code of [undefined, undefined, undefined, "too_many_launches"])
        expect(await codeFor("ana")).toBe(code);
      expect(await codeFor("ben")).toBeUndefined();
    });

    test("spaces around the id make it no other id", async () => {
      for (const sent of ["ana", " ana", "  ana"]) await codeFor(sent);
      expect(await codeFor("ana\n")).toBe("too_many_launches");
    });
  });

  test("while the store is away: the page for the gateway's own trouble, which retries by itself", async () => {
    const away = {
      ...gateway.context,
      db: { ...gateway.context.db, ...UNAVAILABLE },
    };
    app = gateway.app(away);
    const answer = await post(launchPath()).send(launchBody());
    expect(answer.status).toBe(503);
    expect(answer.body).toMatchObject({
      outcome: "denied",
      code: "gateway_unavailable",
      retry_after_seconds: 10,
    });
  });

  test("odd and long values of an LMS that nothing depends on are cut, not refused", async () => {
    await launched({
      error: "e".repeat(500),
      location: "\u0000\ud800".repeat(5000),
      learner_name: "N".repeat(5000),
    });
  });
});

function unavailable(): Promise<never> {
  return Promise.reject(new Fault("store_unavailable", "The database can't be reached; try again shortly."));
}

const UNAVAILABLE = { transaction: unavailable, query: unavailable, quick: { query: unavailable } };

describe("POST /play/keep", () => {
  test("takes a save by fetch, and by beacon as text/plain", async () => {
    const { token } = await launched();
    for (const type of ["application/json", "text/plain;charset=UTF-8"]) {
      const answer = await post("/play/keep")
        .set("Content-Type", type)
        .send(JSON.stringify(keepBody(token)));
      expect(answer.status).toBe(200);
      expect(answer.body).toEqual({
        token: expect.any(String),
        beat: { every_seconds: 30, due_in_seconds: 120 },
        saved_at: gateway.clock.now().toISOString(),
      });
    }
    const saved = {
      states: { lesson: { "cmi.core.lesson_location": "page-3", "cmi.core.exit": null } },
      rollup: { location: "page-3" },
    };
    expect(await launched({ entry: "resume" })).toMatchObject({
      ...saved,
      total_seconds: { lesson: 0 },
      progress: { sequence: 1, session_seconds: { lesson: 12.5 } },
    });
    const next = { ...launchBody({ entry: "resume" }), nonce: "another-nonce-another" };
    const { body } = await post(launchPath()).send(next);
    expect(body).toMatchObject({ ...saved, total_seconds: { lesson: 12.5 } });
    expect(body).not.toHaveProperty("progress");
  });

  test("a beat alone says when the next thing is due", async () => {
    const { token } = await launched();
    gateway.clock.advance({ seconds: 45 });
    const answer = await post("/play/keep").send({ token });
    expect(answer.body).toEqual({
      token: expect.any(String),
      beat: { every_seconds: 30, due_in_seconds: 75 },
    });
  });

  test("that must stop says why, in the learner's language, with the launch's reference", async () => {
    const { token } = await launched();
    await revoke(gateway.context, BY, license.account_id, license.delivery_id);
    const answer = await post("/play/keep").set("Accept-Language", "fr").send({ token });
    const [launch] = await gateway.launches(license);
    expect((answer.body as KeepAnswer).stop).toMatchObject({
      code: "delivery_revoked",
      language: "fr",
      reference: launch?.reference,
    });
  });

  test("with a token that is none, or of a launch that is over", async () => {
    expectProblem(await post("/play/keep").send({ token: "x" }), 401, "launch_token_invalid");
    const { token } = await launched();
    gateway.clock.advance({ hours: 12 });
    expectProblem(await post("/play/keep").send({ token }), 409, "launch_closed");
  });

  test("while the store is away: a beat that changes nothing is answered, a save is not", async () => {
    const { token } = await launched();
    const away = {
      ...gateway.context,
      db: { ...gateway.context.db, ...UNAVAILABLE },
    };
    app = gateway.app(away);
    expect((await post("/play/keep").send({ token })).status).toBe(200);
    expectProblem(await post("/play/keep").send(keepBody(token)), 503, "store_unavailable");
  });
});

test("whatever is posted, it is never the gateway's failure", async () => {
  const { token } = await launched();
  const oddValue = fc.oneof(
    fc.jsonValue(),
    fc.string({ unit: "binary" }),
    fc.constantFrom("\u0000", "\ud800", "__proto__", -1, 1e308, "x".repeat(5000), {}, [], null),
  );
  const spoil = (body: object) =>
    fc
      .tuple(fc.constantFrom(...fieldsOf(body).filter((field) => !field.includes("cmi."))), oddValue)
      .map(([field, value]) => spoiled(body, field.split("."), value));
  const messages = fc.oneof(
    fc.record({ path: fc.constant(launchPath()), body: fc.oneof(spoil(launchBody()), oddValue) }),
    fc.record({ path: fc.constant("/play/keep"), body: fc.oneof(spoil(keepBody(token)), oddValue) }),
  );
  await fc.assert(
    fc.asyncProperty(messages, async ({ path, body }) => {
      const answer = await post(path).set("Content-Type", "text/plain").send(JSON.stringify(body));
      expect([200, 400, 401, 409, 413]).toContain(answer.status);
      expect(answer.text).not.toMatch(/node_modules|\.ts:\d/);
    }),
    { numRuns: 150 },
  );
  expect(gateway.logged.filter(({ level }) => level === "error")).toEqual([]);
});

describe("hosts and health", () => {
  test.each(["evil.example", "127.0.0.1", "127.0.0.1:9", "localhost", ""])(
    "an unknown Host %j gets 421",
    async (host) => {
      for (const path of ["/", launchPath(), "/play/keep", "/operator/run"])
        expectProblem(await request(app).post(path).set("Host", host), 421, "host_unknown");
    },
  );

  test("the app's host serves nothing of the player, the content's nothing of the operator", async () => {
    expectProblem(await request(app).post("/play/keep").set("Host", APP_HOST), 404, "not_found");
    expectProblem(await post("/operator/run").send({}), 404, "not_found");
  });

  test("health is answered for any host", async () => {
    for (const path of ["/healthz", "/readyz"]) {
      const answer = await request(app).get(path).set("Host", "10.0.0.1");
      expect([answer.status, answer.body]).toEqual([200, { status: "ok" }]);
    }
  });

  test("without its store the gateway lives, and is not ready", async () => {
    app = gateway.app({ ...gateway.context, db: { ...gateway.context.db, query: unavailable } });
    expect((await request(app).get("/healthz")).status).toBe(200);
    const answer = await request(app).get("/readyz");
    expect([answer.status, answer.body]).toEqual([503, { status: "store_unavailable" }]);
  });

  test("what is not there is said so, with the reference of the request", async () => {
    expectProblem(await request(app).get("/nothing").set("Host", APP_HOST), 404, "not_found");
  });
});

describe("GET /player/", () => {
  const get = (path: string) => request(app).get(path).set("Host", CONTENT_HOST);

  test.each(["player.js", "player.css", "player-scorm12.js", "player-scorm2004.js", "beatWorker.js"])(
    "serves the player's %s",
    async (file) => {
      expect((await get(`/player/${file}`)).status).toBe(200);
    },
  );

  test.each(["practice.html", "practice.js", "frames.html", "%2e%2e/main.js"])(
    "and nothing else: not %s",
    async (file) => {
      expect((await get(`/player/${file}`)).status).toBe(404);
    },
  );
});
