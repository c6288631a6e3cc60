/** How the command line speaks to a gateway that is busy, restarts, or is somebody else's. */
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { type ApiClient, createApiClient } from "../../../src/edges/cli/apiClient.ts";
import { show } from "../../../src/edges/cli/show.ts";

interface Heard {
  readonly method: string;
  readonly url: string;
  readonly once: string | undefined;
  readonly body: string;
}

type Answer = (response: ServerResponse, request: IncomingMessage) => void;

let server: Server;
let heard: Heard[];
let answers: Answer[];
let client: ApiClient;
let folder: string;

beforeEach(async () => {
  heard = [];
  answers = [];
  server = createServer(async (request, response) => {
    const body = await text(request).catch(() => "broken off");
    const { method = "", url = "", headers } = request;
    heard.push({ method, url, once: headers["idempotency-key"] as string | undefined, body });
    answers.shift()?.(response, request);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  let keys = 0;
  client = createApiClient(
    { url: `http://127.0.0.1:${port}`, key: "tg_x" },
    { why: "", newKey: () => `key-${++keys}` },
  );
  folder = await mkdtemp(join(tmpdir(), "tallygate-client-"));
});
afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await rm(folder, { recursive: true });
});

const json =
  (status: number, body: object, headers: Record<string, string> = {}): Answer =>
  (response) =>
    response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
const cut: Answer = (_response, request) => request.socket.destroy();
const restarting = json(503, { code: "store_unavailable", detail: "Not now." });

test("a POST that is not answered is sent again under the same key: it is done once", async () => {
  answers = [cut, restarting, json(201, { id: "made" })];
  expect(await client.post("/accounts", { name: "Acme" })).toEqual({ id: "made" });
  expect(heard.map(({ once, body }) => [once, body])).toEqual([
    ["key-1", '{"name":"Acme"}'],
    ["key-1", '{"name":"Acme"}'],
    ["key-1", '{"name":"Acme"}'],
  ]);
});

test("another POST has another key, and what only reads has none", async () => {
  answers = [json(201, {}), json(201, {}), json(200, {})];
  await client.post("/accounts");
  await client.post("/accounts");
  await client.get("/me");
  expect(heard.map(({ once }) => once)).toEqual(["key-1", "key-2", undefined]);
});

test("what is refused is not asked again", async () => {
  answers = [json(409, { code: "conflict", detail: "name: taken." })];
  await expect(client.post("/accounts")).rejects.toMatchObject({
    status: 409,
    code: "conflict",
    message: "name: taken.",
  });
  expect(heard).toHaveLength(1);
});

test("a proxy's page is no answer of the gateway: its status is told", async () => {
  answers = [(response) => response.writeHead(404, { "content-type": "text/html" }).end("<h1>nothing</h1>")];
  await expect(client.get("/me")).rejects.toThrow("The gateway answered 404.");
});

test("a file that is sent again begins anew", async () => {
  const path = join(folder, "course.zip");
  await writeFile(path, "all of it");
  answers = [cut, json(202, { id: "import" })];
  const sent: number[] = [];
  await client.upload("/courses/imports", { title: "A b" }, { path, type: "application/zip" }, (bytes) =>
    sent.push(bytes),
  );
  expect(heard).toEqual(
    [1, 2].map(() => ({
      method: "POST",
      url: "/api/v1/courses/imports?title=A+b",
      once: "key-1",
      body: "all of it",
    })),
  );
  expect(sent.at(-1)).toBe(9);
});

test("what somebody else changed meanwhile is read and changed again", async () => {
  answers = [
    json(200, { course_ids: ["a"] }, { etag: '"1"' }),
    json(412, { code: "changed_meanwhile", detail: "If-Match: it was changed." }),
    json(200, { course_ids: ["a", "b"] }, { etag: '"2"' }),
    json(200, { course_ids: ["a", "b", "c"] }),
  ];
  const add = ({ course_ids }: { course_ids: string[] }) => ({ course_ids: [...course_ids, "c"] });
  expect(await client.edit("/bundles/x", add)).toEqual({ course_ids: ["a", "b", "c"] });
  expect(heard.at(-1)).toMatchObject({ method: "PATCH", body: '{"course_ids":["a","b","c"]}' });
});

test("a download that breaks off leaves no file, and one that is called by a path stays in its folder", async () => {
  const out = join(folder, "package.zip");
  answers = [
    (response, request) => {
      response.writeHead(200, { "content-length": "100" }).write("half");
      setTimeout(() => request.socket.destroy(), 50);
    },
  ];
  await expect(client.download("/packages", {}, out)).rejects.toThrow("broke off");
  expect(await readdir(folder)).toEqual([]);
  const before = process.cwd();
  process.chdir(folder);
  try {
    const disposition = "attachment; filename*=UTF-8''..%2F..%2Fetc%2Fp%C3%A4ckage.zip";
    answers = [(response) => response.writeHead(200, { "content-disposition": disposition }).end("whole")];
    expect(await client.download("/packages", {}, undefined)).toBe("päckage.zip");
    expect(await readdir(folder)).toEqual(["päckage.zip"]);
  } finally {
    process.chdir(before);
  }
});

test("what strangers named moves no terminal's cursor; programs get it as it is", () => {
  const named = { rows: [{ name: "\u001b[2JAnna", deactivated_at: null }] };
  expect(show(named, false)).toBe("name      deactivated_at\n [2JAnna  –");
  expect(JSON.parse(show(named, true))).toEqual(named.rows);
  expect(show({ rows: [] }, false)).toBe("None.");
  expect(show({ made: { id: "a", terms: { x: 1 } } }, false)).toBe(
    `${"id".padEnd(22)} a\n${"terms".padEnd(22)} {"x":1}`,
  );
  expect(show({ file: "a.zip" }, false)).toBe("Wrote a.zip");
});
