/** Where the gateway goes when a caller says where: only out, and only to what it looked at (docs/security.md). */
import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { type Asking, createOutgoing, type OutgoingOptions, type Wanted } from "../../src/flows/outgoing.ts";
import { isPublicAddress } from "../../src/flows/publicAddresses.ts";
import { heldBy } from "../support/heldBy.ts";
import { until } from "../support/until.ts";

let server: Server;
let answer: RequestListener;
let asked: string[];
let trusted: string;
beforeAll(async () => {
  server = createServer((request, response) => {
    asked.push(`${request.headers.host}${request.url}`);
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  trusted = `http://files.test:${(server.address() as AddressInfo).port}`;
});
beforeEach(() => {
  asked = [];
  answer = (_request, response) => void response.setHeader("content-type", "application/zip").end("a zip");
});
afterAll(() => void server.close().closeAllConnections());

const WANTED: Wanted = { types: ["application/zip"], mostBytes: 1000 };

/** Names as they resolve in these tests; nobody is really asked. */
const NAMES: Record<string, readonly string[]> = {
  "files.test": ["127.0.0.1"],
  "public.test": ["93.184.215.14"],
  "inside.test": ["10.0.0.7"],
  "both.test": ["93.184.215.14", "127.0.0.1"],
  "nowhere.test": [],
};

function outgoing(options: Partial<OutgoingOptions> = {}) {
  const resolve = (host: string) =>
    Promise.resolve(
      (NAMES[host] ?? []).map((address) => ({ address, family: address.includes(":") ? 6 : 4 })),
    );
  return createOutgoing({ trustedOrigins: [trusted], resolve, ...options });
}

/** The fault's code and what it says, or what came. */
async function tried(url: string, options: Partial<OutgoingOptions> = {}, wanted = WANTED): Promise<string> {
  try {
    const { content } = await outgoing(options).get(url, wanted);
    return await text(content);
  } catch (error) {
    const { code, message } = error as { code: string; message: string };
    return `${code}: ${message}`;
  }
}

describe("is refused before anything is sent", () => {
  test.each([
    ["plain http", "http://public.test/a.zip", "https"],
    ["another port", "https://public.test:8443/a.zip", "usual port"],
    ["the port of something else", "https://public.test:6379/", "usual port"],
    ["a file", "file:///etc/passwd", "https"],
    ["other protocols", "gopher://public.test/_x", "https"],
    ["a data URL", "data:text/html,x", "https"],
    ["a password", "https://user:secret@public.test/", "user name or a password"],
    ["a user name", "https://user@public.test/", "user name or a password"],
    ["no URL", "public.test/a.zip", "expected a URL"],
    ["an endless one", `https://public.test/${"x".repeat(2050)}`, "expected a URL"],
    ["a name that leads inside", "https://inside.test/", "not a public one"],
    ["a name that leads outside and inside", "https://both.test/", "not a public one"],
    ["loopback", "https://127.0.0.1/", "not a public one"],
    ["loopback as one number", "https://2130706433/", "not a public one"],
    ["loopback in octal", "https://0177.0.0.1/", "not a public one"],
    ["loopback in hexadecimal, short", "https://0x7f.1/", "not a public one"],
    ["loopback in full-width digits", "https://１２７.０.０.１/", "not a public one"],
    ["loopback, version 6", "https://[::1]/", "not a public one"],
    ["loopback, mapped", "https://[::ffff:127.0.0.1]/", "not a public one"],
    ["a cloud's metadata", "https://169.254.169.254/latest/meta-data/", "not a public one"],
  ])("%s", async (_what, url, why) => {
    const said = await tried(url);
    expect(said).toMatch(/^source_url_refused: /);
    expect(said).toContain(why);
    expect(said).not.toMatch(/secret|10\.0\.0\.7/);
    expect(asked).toEqual([]);
  });

  test("a name that nobody knows", async () => {
    expect(await tried("https://nowhere.test/")).toMatch(/^source_unavailable: .*not known/);
  });
});

describe("addresses", () => {
  test.each([
    "0.0.0.0",
    "10.1.2.3",
    "100.64.0.1",
    "100.100.100.200",
    "127.0.0.1",
    "127.255.255.254",
    "168.63.129.16",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.192",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::ffff:8.8.8.8",
    "::ffff:127.0.0.1",
    "::127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:db8::1",
    "2002:7f00:1::1",
    "3fff::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "5f00::1",
    "",
    "localhost",
    "1.2.3",
    "0x7f000001",
  ])("%s is not public", (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });

  test.each([
    "1.1.1.1",
    "8.8.8.8",
    "93.184.215.14",
    "172.15.255.255",
    "172.32.0.1",
    "100.128.0.1",
    "223.255.255.255",
    "2606:4700::1111",
    "2a00:1450:4001::1",
    "2001:4860:4860::8888",
    "2003::1",
  ])("%s is", (address) => {
    expect(isPublicAddress(address)).toBe(true);
  });
});

describe("what the operator vouches for", () => {
  test("may be http, on any port and any address", async () => {
    expect(await tried(`${trusted}/a.zip#part`)).toBe("a zip");
    expect(asked).toEqual([`${new URL(trusted).host}/a.zip`]);
  });

  test("is that origin and no other on its host", async () => {
    expect(await tried(trusted.replace(/\d+$/, "1"))).toMatch(/^source_url_refused/);
  });

  test("is not vouched for by whoever points there", async () => {
    const other = `http://other.test:${new URL(trusted).port}`;
    NAMES["other.test"] = ["127.0.0.1"];
    answer = (_request, response) => void response.writeHead(302, { location: `${trusted}/inside` }).end();
    const said = await tried(`${other}/`, { trustedOrigins: [other, trusted] });
    expect(said).toMatch(/^source_url_refused: .*inside/);
    expect(asked).toHaveLength(1);
  });
});

describe("a redirect", () => {
  const leadsTo =
    (location: string): RequestListener =>
    (request, response) =>
      request.url === "/"
        ? void response.writeHead(302, { location }).end()
        : void response.setHeader("content-type", "application/zip").end("a zip");

  test("on the same host is followed", async () => {
    answer = leadsTo("/elsewhere.zip");
    expect(await tried(`${trusted}/`)).toBe("a zip");
  });

  test.each([
    "http://public.test/",
    "https://127.0.0.1/",
    "https://inside.test/",
    "https://u:p@public.test/",
    "file:///etc/passwd",
    "http://[::1",
  ])("to %s is checked as the first address is", async (location) => {
    answer = leadsTo(location);
    expect(await tried(`${trusted}/`)).toMatch(/^source_url_refused/);
    expect(asked).toHaveLength(1);
  });

  test("is followed five times", async () => {
    answer = (request, response) => void response.writeHead(307, { location: `${request.url}x` }).end();
    expect(await tried(`${trusted}/`)).toMatch(/^source_url_refused: .*more than 5 times/);
    expect(asked).toHaveLength(6);
  });
});

test("the connection goes to what was looked at, whatever the name means a moment later", async () => {
  const answers = [["127.0.0.1"], ["10.0.0.1"]];
  let lookups = 0;
  const resolve = () => {
    const addresses = answers[Math.min(lookups++, 1)] ?? [];
    return Promise.resolve(addresses.map((address) => ({ address, family: 4 })));
  };
  expect(await tried(`${trusted}/a.zip`, { resolve })).toBe("a zip");
  expect(lookups).toBe(1);
});

describe("what comes back", () => {
  test.each<[string, RequestListener, RegExp]>([
    ["an error", (_q, a) => void a.writeHead(404).end(), /^source_unavailable: .*404/],
    [
      "a page of another type",
      (_q, a) => void a.setHeader("content-type", "text/html").end("x"),
      /^source_unavailable: .*content type/,
    ],
    ["without a type", (_q, a) => void a.end("x"), /^source_unavailable: .*content type/],
    [
      "encoded",
      (_q, a) =>
        void a.writeHead(200, { "content-type": "application/zip", "content-encoding": "gzip" }).end("x"),
      /^source_unavailable: .*encoded/,
    ],
    [
      "said to be too large",
      (_q, a) =>
        void a.writeHead(200, { "content-type": "application/zip", "content-length": 5000 }).write("x"),
      /^body_too_large/,
    ],
    [
      "too large, unsaid",
      (_q, a) => void a.setHeader("content-type", "application/zip").end(Buffer.alloc(5000)),
      /^body_too_large/,
    ],
    [
      "broken off",
      (_q, a) => {
        a.writeHead(200, { "content-type": "application/zip", "content-length": 500 }).write("x");
        setTimeout(() => a.destroy(), 50);
      },
      /^source_unavailable: .*broke off/,
    ],
    ["nothing at all", (q) => void q.socket.destroy(), /^source_unavailable: .*does not answer/],
  ])("%s is refused", async (_what, answering, expected) => {
    answer = answering;
    expect(await tried(`${trusted}/`)).toMatch(expected);
  });

  test("late, or by drops without end, is given up", async () => {
    answer = () => undefined;
    expect(await tried(`${trusted}/`, { answerSeconds: 0.2 })).toMatch(/^source_unavailable/);
    answer = (_request, response) => void response.setHeader("content-type", "application/zip").write("x");
    expect(await tried(`${trusted}/`, { stallSeconds: 0.2 })).toMatch(/^source_unavailable: .*broke off/);
    answer = (_request, response) => {
      response.setHeader("content-type", "application/zip");
      const drip = setInterval(() => response.write("x"), 50);
      response.once("close", () => clearInterval(drip));
    };
    expect(await tried(`${trusted}/`, { wholeSeconds: 0.5 })).toMatch(/^source_unavailable/);
  });
});

test("nothing of what was sent, asked or fetched stays with the signal that lives as long as the process", async () => {
  const { signal } = new AbortController();
  const [seconds, headers] = [5, {}];
  for (const at of [`${trusted}/`, "http://127.0.0.1:1/"]) {
    const out = outgoing({ trustedOrigins: [trusted, "http://127.0.0.1:1"] });
    for (let round = 0; round < 10; round++) {
      await out.post(at, { headers, body: "", seconds, signal });
      await out.exchange(at, { method: "GET", headers, seconds, mostBytes: 1000, signal });
      await out.get(at, { ...WANTED, signal }).then(
        ({ content }) => text(content),
        () => undefined,
      );
    }
  }
  expect(asked).toHaveLength(30);
  // What can't even be sent.
  await outgoing().post(`${trusted}/`, { headers: { "x-name": "a\nb" }, body: "", seconds: 0.1, signal });
  await until("nothing is left", () => heldBy(signal) === 0, 5);
});

test("what was sent ends with the process, however long its answer goes on", async () => {
  const closed: Promise<unknown>[] = [];
  answer = (_request, response) => {
    closed.push(once(response, "close"));
    response.write("x");
  };
  const posting = { headers: {}, body: "" };
  expect(await outgoing().post(`${trusted}/`, { ...posting, seconds: 0.3 })).toMatchObject({
    status_code: 200,
  });
  const stopping = new AbortController();
  await outgoing().post(`${trusted}/`, { ...posting, seconds: 60, signal: stopping.signal });
  stopping.abort();
  await Promise.all(closed);
  expect(closed).toHaveLength(2);
});

describe("what is sent", () => {
  const post = (url: string, seconds = 5, options: Partial<OutgoingOptions> = {}) =>
    outgoing(options).post(url, { headers: { "content-type": "text/plain" }, body: "hello", seconds });

  test("arrives, and of the answer only its head is read", async () => {
    let body = "";
    answer = async (request, response) => {
      body = await text(request);
      response.writeHead(429, { "retry-after": "7" }).end("x".repeat(1_000_000));
    };
    expect(await post(`${trusted}/hook`)).toEqual({ status_code: 429, retry_after: "7" });
    expect(body).toBe("hello");
  });

  test("goes nowhere that is not fetched from: not by its address, not by its name, not by a redirect", async () => {
    expect(await post("http://public.test/")).toEqual({ problem: "expected https." });
    expect(await post("https://inside.test/")).toEqual({ problem: "its host is not a public one." });
    expect(await post("https://nowhere.test/")).toEqual({ problem: "its host is not known." });
    answer = (_request, response) => void response.writeHead(307, { location: `${trusted}/b` }).end();
    expect(await post(`${trusted}/a`)).toMatchObject({ status_code: 307 });
    expect(asked.map((one) => one.replace(/^.*\//, "/"))).toEqual(["/a"]);
  });

  test("is given up in time, whether nothing comes or drops do", async () => {
    answer = () => undefined;
    expect(await post(`${trusted}/`, 0.2)).toEqual({ problem: "it did not answer in time" });
    answer = (request) => {
      const drip = setInterval(() => request.socket.write("HTTP/1.1 "), 20);
      request.socket.once("close", () => clearInterval(drip));
    };
    expect(await post(`${trusted}/`, 0.3)).toHaveProperty("problem");
  });

  test("where nobody listens is said so", async () => {
    const gone = "http://127.0.0.1:1";
    expect(await post(gone, 1, { trustedOrigins: [gone] })).toEqual({
      problem: "it can't be reached (ECONNREFUSED)",
    });
  });
});

describe("a service that is asked", () => {
  const ask = (url: string, asking: Partial<Asking> = {}, options: Partial<OutgoingOptions> = {}) =>
    outgoing(options).exchange(url, { method: "GET", headers: {}, seconds: 5, mostBytes: 1000, ...asking });

  test("is heard to the end, whatever its status", async () => {
    let sent = "";
    answer = async (request, response) => {
      sent = `${request.method} ${request.headers["x-kind"]} ${await text(request)}`;
      response.writeHead(401, { "www-authenticate": "Bearer" }).end("who are you?");
    };
    expect(
      await ask(`${trusted}/items`, { method: "PUT", headers: { "x-kind": "a" }, body: "hello" }),
    ).toMatchObject({
      status_code: 401,
      text: "who are you?",
      headers: { "www-authenticate": "Bearer" },
    });
    expect(sent).toBe("PUT a hello");
  });

  test("is no other than one that is fetched from", async () => {
    expect(await ask("http://public.test/")).toEqual({ problem: "expected https." });
    expect(await ask("https://inside.test/")).toEqual({ problem: "its host is not a public one." });
    answer = (_request, response) => void response.writeHead(302, { location: "https://inside.test/" }).end();
    expect(await ask(`${trusted}/`)).toEqual({ problem: "its host is not a public one." });
    expect(asked).toHaveLength(1);
  });

  test("leads elsewhere only those who read, and never inside", async () => {
    const seen: (string | undefined)[] = [];
    const other = createServer((request, response) => {
      seen.push(request.headers.authorization);
      response.end("there");
    });
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    const there = `http://files.test:${(other.address() as AddressInfo).port}`;
    answer = (request, response) => {
      seen.push(request.headers.authorization);
      const location = request.url === "/" ? "/same" : `${there}/`;
      response.writeHead(302, { location }).end();
    };
    const headers = { Authorization: "Bearer secret" };
    // The other one is trusted too, which by a redirect alone it is not.
    expect(await ask(`${trusted}/`, { headers }, { trustedOrigins: [trusted, there] })).toEqual({
      problem: "it redirects to an address inside.",
    });
    expect(await ask(`${trusted}/`, { headers, method: "POST", body: "" })).toMatchObject({
      status_code: 302,
    });
    expect(seen).toEqual(["Bearer secret", "Bearer secret", "Bearer secret"]);
    other.close();
  });

  test("that sends too much, in another encoding, breaks off or does not end is given up", async () => {
    answer = (_request, response) => void response.end("x".repeat(1001));
    expect(await ask(`${trusted}/`)).toEqual({
      problem: "What is at that address has more than 1000 bytes.",
    });
    answer = (_request, response) => void response.setHeader("content-encoding", "gzip").end("x");
    expect(await ask(`${trusted}/`)).toEqual({ problem: "its answer is encoded once more." });
    answer = (_request, response) => {
      response.writeHead(200, { "content-length": 500 }).write("x");
      setTimeout(() => response.destroy(), 20);
    };
    expect(await ask(`${trusted}/`)).toHaveProperty("problem");
    answer = (_request, response) => void response.write("x");
    expect(await ask(`${trusted}/`, { seconds: 0.2 })).toEqual({ problem: "it did not answer in time" });
    answer = () => undefined;
    expect(await ask(`${trusted}/`, { signal: AbortSignal.timeout(100) })).toEqual({
      problem: "it did not answer in time",
    });
  });
});
