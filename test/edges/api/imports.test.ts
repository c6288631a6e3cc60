/** A course is uploaded: received, imported beside the request, its progress told; or nothing of it is left. */
import { mkdir, readdir, utimes, writeFile } from "node:fs/promises";
import { request as ask, type Server } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { createLimitedServer } from "../../../src/edges/http/limitedServer.ts";
import type { Context } from "../../../src/flows/context.ts";
import { discardLeftUploads, endSilentImports } from "../../../src/flows/courseImports.ts";
import { DEFAULT_IMPORT_LIMITS } from "../../../src/flows/import/importTypes.ts";
import { type ApiClient, apiClient } from "../../support/apiClient.ts";
import { TEST_OPERATOR_KEY } from "../../support/fixtures.ts";
import { type TestGateway, testGateway } from "../../support/gateway.ts";
import { expectProblem } from "../../support/problems.ts";
import { scorm12Zip } from "../../support/scoPackages.ts";
import { until } from "../../support/until.ts";

const ZIP = "application/zip";

let gateway: TestGateway;
let api: ApiClient;
let server: Server;
/** Of the server's requests. */
let context: Context;
beforeAll(async () => {
  gateway = await testGateway();
  const { config } = gateway.context;
  server = createLimitedServer(config, (request, response) => gateway.app(context)(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
beforeEach(async () => {
  await gateway.empty();
  context = gateway.context;
  api = await apiClient(gateway.app());
});
afterEach(() => gateway.context.imports.stop());
afterAll(async () => {
  server.close().closeAllConnections();
  await gateway.close();
});

const operator = () => api.as(TEST_OPERATOR_KEY);
const upload = (body: Buffer | string, query = "", headers: Record<string, string> = {}, type = ZIP) =>
  operator().send("post", `/courses/imports${query}`, type, body, headers);
const uploads = () => readdir(join(gateway.context.config.DATA_FOLDER, "uploads"));

async function see(id: string) {
  return (await operator().get(`/courses/imports/${id}`)).body;
}

async function ended(id: string) {
  await until("the import has ended", async () => (await see(id)).ended_at !== null, 10);
  return see(id);
}

describe("a course", () => {
  test("is received, imported, and there", async () => {
    const zip = scorm12Zip({ title: "Fire drill" });
    const answer = await upload(zip);
    expect([answer.status, answer.headers["location"]]).toEqual([
      202,
      `/api/v1/courses/imports/${answer.body.id}`,
    ]);
    const done = await ended(answer.body.id);
    expect(done).toMatchObject({
      state: "done",
      received_bytes: zip.length,
      total_bytes: zip.length,
      problem: null,
    });
    const course = await operator().get(`/courses/${done.course_id}`);
    expect(course.body).toMatchObject({
      title: "Fire drill",
      standard: "scorm12",
      current_version_id: done.course_version_id,
    });
    await until("the upload is gone", async () => (await uploads()).length === 0, 5);
  });

  test("takes the title that is asked for, and a new version beside the old", async () => {
    const first = await ended((await upload(scorm12Zip(), "?title=Fire%20drill")).body.id);
    const second = await ended((await upload(scorm12Zip(), `?course_id=${first.course_id}`)).body.id);
    expect(second).toMatchObject({ state: "done", course_id: first.course_id });
    const versions = (await operator().get(`/courses/${first.course_id}/versions`)).body.items;
    expect(versions).toMatchObject([
      { number: 2, id: second.course_version_id },
      { number: 1, title: "Fire drill" },
    ]);
  });

  test("can be a web page, which has no title of its own", async () => {
    const page = "<!doctype html><title>x</title>";
    expectProblem(await upload(page, "", {}, "text/html"), 400, "body_invalid");
    const done = await ended((await upload(page, "?title=Page", {}, "text/html")).body.id);
    expect((await operator().get(`/courses/${done.course_id}`)).body).toMatchObject({
      title: "Page",
      standard: "page",
    });
  });

  test("that can't be imported ends in the fault that says why, and leaves nothing", async () => {
    const { body } = await upload(Buffer.from("this is no zip"));
    expect(await ended(body.id)).toMatchObject({
      state: "failed",
      course_id: null,
      course_version_id: null,
      problem: { code: "zip_expected", title: "The file is not a zip" },
    });
    expect((await operator().get("/courses")).body.items).toEqual([]);
  });

  test("that is uploaded again under its Idempotency-Key is imported once", async () => {
    const key = { "Idempotency-Key": "course-1" };
    const zip = scorm12Zip();
    const first = await upload(zip, "", key);
    await ended(first.body.id);
    const again = await upload(zip, "", key);
    expect([again.body.id, again.body.state, again.headers["idempotency-replayed"]]).toEqual([
      first.body.id,
      "done",
      "true",
    ]);
    expectProblem(await upload(scorm12Zip({ title: "Other" }), "", key), 422, "idempotency_key_reused");
    expect((await operator().get("/courses")).body.items).toHaveLength(1);
    const imports = (await operator().get("/courses/imports")).body.items as { state: string }[];
    expect(imports.map(({ state }) => state)).toEqual(["done"]);
    await until("the uploads are gone", async () => (await uploads()).length === 0, 5);
  });
});

describe("an upload is refused", () => {
  test("of another type, without a body, for a course that there is not", async () => {
    expectProblem(await upload("x", "", {}, "text/plain"), 415, "content_type_unsupported");
    expectProblem(await operator().send("post", "/courses/imports", ZIP, ""), 400, "body_invalid");
    const nobody = "019b8d62-7a80-7a6a-b440-aafbc824f8b4";
    expectProblem(await upload(scorm12Zip(), `?course_id=${nobody}`), 404, "not_found");
    expect((await operator().get("/courses/imports")).body.items).toEqual([]);
  });

  test("that says it is too large, before a byte of it is read", async () => {
    const refused = await new Promise<number | undefined>((resolve, reject) => {
      const asked = send({ "content-length": String(3 * 1024 ** 3) });
      asked.on("response", ({ statusCode }) => {
        resolve(statusCode);
        asked.destroy();
      });
      asked.on("error", reject);
      asked.flushHeaders();
    });
    expect(refused).toBe(413);
  });
});

function send(headers: Record<string, string>) {
  return ask({
    port: (server.address() as AddressInfo).port,
    method: "POST",
    path: "/api/v1/courses/imports",
    headers: {
      host: "localhost:8080",
      authorization: `Bearer ${TEST_OPERATOR_KEY}`,
      "content-type": ZIP,
      ...headers,
    },
  });
}

/** A file of which nobody knows how long it will be, as curl sends one that it is piped. */
async function sendPieces(): Promise<{ socket: Socket; send(piece: Buffer): void; heard(): string }> {
  const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
  let heard = "";
  socket.on("data", (data) => {
    heard += data.toString();
  });
  socket.on("error", () => undefined);
  const head = ["Host: localhost:8080", `Authorization: Bearer ${TEST_OPERATOR_KEY}`, `Content-Type: ${ZIP}`];
  const chunked = [...head, "Transfer-Encoding: chunked"].join("\r\n");
  socket.write(`POST /api/v1/courses/imports HTTP/1.1\r\n${chunked}\r\n\r\n`);
  const send = (piece: Buffer) => {
    socket.write(`${piece.length.toString(16)}\r\n`);
    socket.write(Buffer.concat([piece, Buffer.from("\r\n")]));
  };
  return { socket, send, heard: () => heard };
}

describe("what can't be received is answered while the file is still on its way", () => {
  const { maxZipBytes } = DEFAULT_IMPORT_LIMITS;
  afterEach(() => {
    Object.assign(DEFAULT_IMPORT_LIMITS, { maxZipBytes });
  });

  async function expectAnswer(line: string, code: string): Promise<void> {
    const { socket, send, heard } = await sendPieces();
    send(Buffer.alloc(100_000));
    await until("it is answered", async () => heard().includes(code), 5);
    expect(heard().split("\r\n", 1)).toEqual([line]);
    // The rest is read off: who sends all of it first hears the answer as well, and can ask again.
    for (let piece = 0; piece < 100; piece++) send(Buffer.alloc(100_000));
    socket.write("0\r\n\r\nGET /api/v1/nothing HTTP/1.1\r\nHost: localhost:8080\r\n\r\n");
    await until("the next is answered", async () => heard().includes("HTTP/1.1 401"), 5);
    socket.destroy();
    await until("the upload is gone", async () => (await uploads()).length === 0, 5);
  }

  test("that it is too large", async () => {
    Object.assign(DEFAULT_IMPORT_LIMITS, { maxZipBytes: 99_999 });
    await expectAnswer("HTTP/1.1 413 Payload Too Large", "zip_too_large");
    expect((await operator().get("/courses/imports")).body.items).toEqual([]);
  });

  test("that it can't be written", async () => {
    const id = gateway.context.deps.newId();
    context = { ...gateway.context, deps: { ...gateway.context.deps, newId: () => id } };
    const folder = join(context.config.DATA_FOLDER, "uploads");
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, `${id}.zip`), "in its place");
    await expectAnswer("HTTP/1.1 503 Service Unavailable", "content_unavailable");
    const { items } = (await operator().get("/courses/imports")).body;
    expect(items).toMatchObject([{ state: "failed", problem: { code: "content_unavailable" } }]);
  });
});

describe("what breaks off", () => {
  test("while it is sent can be watched meanwhile, and is called failed", async () => {
    const asked = send({ "content-length": "1000000" });
    asked.on("error", () => undefined);
    asked.write(Buffer.alloc(300_000));
    const [running] = await seen((item) => item.received_bytes === 300_000);
    expect(running).toMatchObject({ state: "receiving", total_bytes: 1_000_000, ended_at: null });
    asked.destroy();
    const [broken] = await seen((item) => item.ended_at !== null);
    expect(broken).toMatchObject({ state: "failed", problem: { code: "import_interrupted" } });
    await until("the upload is gone", async () => (await uploads()).length === 0, 5);
  });

  test("because the process stops is called failed", async () => {
    const { body } = await upload(scorm12Zip());
    await gateway.context.imports.stop();
    const { state, problem } = await see(body.id);
    expect([state, problem?.code]).toEqual(
      state === "done" ? ["done", undefined] : ["failed", "import_interrupted"],
    );
    const next = await upload(scorm12Zip());
    expect(await ended(next.body.id)).toMatchObject({
      state: "failed",
      problem: { code: "import_interrupted" },
    });
  });

  test("because the process died is called failed once it has been silent for half a minute", async () => {
    const asked = send({ "content-length": "1000000" });
    asked.on("error", () => undefined);
    asked.write(Buffer.alloc(1));
    const [running] = await seen(() => true);
    gateway.clock.advance({ seconds: 31 });
    await endSilentImports(gateway.context);
    expect(await see(running?.id ?? "")).toMatchObject({
      state: "failed",
      problem: { code: "import_interrupted" },
    });
    asked.destroy();
  });

  test("leaves files that the next start takes away, once nobody has touched them", async () => {
    await upload(scorm12Zip());
    await gateway.context.imports.stop();
    const folder = join(gateway.context.config.DATA_FOLDER, "uploads");
    for (const name of ["old.zip", "new.zip"]) await writeFile(join(folder, name), "x");
    const old = new Date("2020-01-01T00:00:00Z");
    await utimes(join(folder, "old.zip"), old, old);
    await discardLeftUploads(gateway.context, new Date("2020-01-02T00:00:00Z"));
    expect(await uploads()).toEqual(["new.zip"]);
    await discardLeftUploads(gateway.context, new Date("2100-01-01T00:00:00Z"));
  });
});

interface Seen {
  readonly id: string;
  readonly received_bytes: number;
  readonly ended_at: string | null;
}

async function seen(isSo: (item: Seen) => boolean): Promise<Seen[]> {
  let items: Seen[] = [];
  const look = async () => {
    items = (await operator().get("/courses/imports")).body.items as Seen[];
    return items.some(isSo);
  };
  await until("the import is seen", look, 10);
  return items;
}
