/** Other web sites in the same browser, and the practice LMS that anyone at this machine may use. */
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import request from "supertest";
import { createPracticeServer } from "../../../src/edges/practice/practiceServer.ts";
import { FakePracticeGateway } from "../../support/fakePracticeGateway.ts";
import { practiceDeps } from "../../support/practiceDeps.ts";
import { scorm12Zip } from "../../support/scoPackages.ts";
import { temporaryFolder } from "../../support/zips.ts";

const folder = temporaryFolder();
const app = createPracticeServer({
  dataFolder: join(folder, "practice"),
  clientFolder: join(import.meta.dirname, "../../../src/edges/practice/client"),
  gateway: new FakePracticeGateway(),
  deps: practiceDeps(),
});

describe("a host name", () => {
  test.each(["localhost:8081", "127.0.0.1:8081", "[::1]:8081", "192.168.0.7:8081"])(
    "%s is answered",
    async (host) => {
      await request(app).get("/api/learners").set("Host", host).expect(200);
    },
  );

  test.each(["evil.example:8081", "localhost.evil.example", "127.0.0.1.evil.example"])(
    "%s, which may be another site's, is not",
    async (host) => {
      const answer = await request(app).get("/api/learners").set("Host", host);
      expect(answer.status).toBe(421);
      expect(answer.body).toMatchObject({ code: "host_unknown" });
    },
  );
});

describe("a change asked for by another site's page", () => {
  const CHANGES = [
    ["POST", "/api/packages", "application/zip", scorm12Zip({})],
    ["POST", "/api/packages/from-gateway/delivery-1", "text/plain", ""],
    ["POST", "/api/commits", "text/plain", "{}"],
    ["DELETE", "/api/records?package_id=a&item_id=b&learner_id=c", "text/plain", ""],
  ] as const;

  test.each(CHANGES)("by %s %s is refused", async (method, path, type, body) => {
    for (const origin of ["https://evil.example", "http://127.0.0.1:8080", "http://localhost:8080", "null"]) {
      const asked = method === "POST" ? request(app).post(path) : request(app).delete(path);
      const answer = await asked.set("Host", "localhost:8081").set("Origin", origin).type(type).send(body);
      expect(answer.status).toBe(403);
      expect(answer.body).toMatchObject({ code: "origin_foreign" });
    }
    expect((await request(app).get("/api/packages")).body.uploaded).toEqual([]);
  });

  test("is taken from its own page, and from programs, which say no origin", async () => {
    const learner = { learner_id: "ana", name: "Ana" };
    const host = "localhost:8081";
    const post = () => request(app).post("/api/learners").set("Host", host).send(learner);
    await post().set("Origin", `http://${host}`).expect(204);
    await post().expect(204);
  });
});
