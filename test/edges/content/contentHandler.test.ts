import { createHash } from "node:crypto";
import { once } from "node:events";
import { type AddressInfo, connect } from "node:net";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { afterEach, describe, expect, test } from "@jest/globals";
import express, { type NextFunction, type Request, type Response } from "express";
import supertest from "supertest";
import { contentHosts } from "../../../src/core/contentOrigin.ts";
import { Fault } from "../../../src/core/faults.ts";
import {
  COURSE,
  type CourseServer,
  OTHER_COURSE,
  OTHER_TICKET,
  OVER,
  SHIM_SCRIPT,
  startCourse,
  TICKET,
} from "./courseServer.ts";

const MARK = createHash("sha256").update(SHIM_SCRIPT).digest("base64url").slice(0, 8);
const TAG = `<script src="/c/shim.js?${MARK}"></script>`;
const NAVIGATION = { "Sec-Fetch-Dest": "iframe" };
const PAGE = "<!doctype html><html><head><title>A</title></head></html>";

let server: CourseServer | undefined;

async function started(...given: Parameters<typeof startCourse>): Promise<CourseServer> {
  server = await startCourse(...given);
  return server;
}

afterEach(async () => {
  await server?.remove();
  server = undefined;
});

const at = (path: string, ticket = TICKET) => `/c/${ticket}/${path}`;

describe("a file of the address's course", () => {
  test("comes with its bytes, its type and its length", async () => {
    const { app } = await started({ "js/a.js": "go()" });
    const answer = await supertest(app).get(at("js/a.js"));
    expect(answer.status).toBe(200);
    expect(answer.text).toBe("go()");
    expect(answer.headers["content-type"]).toBe("text/javascript");
    expect(answer.headers["content-length"]).toBe("4");
  });

  test.each([
    ["a.html", "text/html"],
    ["a.js", "text/javascript"],
    ["a.mjs", "text/javascript"],
    ["a.css", "text/css"],
    ["a.txt", "text/plain"],
    ["a.pdf", "application/pdf"],
    ["A.MP4", "video/mp4"],
    ["a.vtt", "text/vtt"],
    ["a.wasm", "application/wasm"],
    ["a.svg", "image/svg+xml"],
    ["a.xhtml", "application/xhtml+xml"],
    ["a.unheard-of", undefined],
    ["a", undefined],
  ])(
    "%s is %s: no charset overrules the file's own, and an unknown name is left to the browser",
    async (path, type) => {
      const { app } = await started({ [path]: "x" });
      const answer = await supertest(app).get(at(path));
      expect(answer.status).toBe(200);
      expect(answer.headers["content-type"]).toBe(type);
    },
  );

  test("HEAD says the same without the bytes, for documents too", async () => {
    const { app } = await started({ "a.js": "go()", "a.html": PAGE });
    for (const path of ["a.js", "a.html"]) {
      const { headers: got, text } = await supertest(app).get(at(path)).set(NAVIGATION);
      const head = await supertest(app).head(at(path)).set(NAVIGATION);
      expect(head.status).toBe(200);
      expect(head.text).toBeUndefined();
      expect(head.headers["content-length"]).toBe(String(Buffer.byteLength(text)));
      for (const name of ["content-type", "etag", "last-modified", "cache-control", "accept-ranges"])
        expect([name, head.headers[name]]).toEqual([name, got[name]]);
    }
  });

  test("an empty file is a file", async () => {
    const { app } = await started({ "empty.js": "", "empty.html": "" });
    for (const path of ["empty.js", "empty.html"]) {
      const answer = await supertest(app).get(at(path)).set(NAVIGATION);
      expect([answer.status, answer.headers["content-length"]]).toEqual([200, "0"]);
    }
  });

  test.each([
    ["shared/My%20Page.txt", "shared/My Page.txt"],
    ["bilder/%C3%BCbung.txt", "bilder/übung.txt"],
    ["bilder/u%CC%88bung.txt", "bilder/übung.txt"],
    ["100%.txt", "100%.txt"],
    ["50%25%20off.txt", "50% off.txt"],
    ["a%2520b.txt", "a%20b.txt"],
    ["shared//a.txt", "shared/a.txt"],
    ["shared%2Fa.txt", "shared/a.txt"],
    ["shared%5Ca.txt", "shared/a.txt"],
    ["SHARED/A.TXT", "shared/a.txt"],
    ["a.txt?v=1", "a.txt"],
    ["what%3F.txt?really?", "what?.txt"],
  ])("%s is the file %s", async (asked, path) => {
    const { app } = await started({ [path]: "found" });
    expect((await supertest(app).get(at(asked))).text).toBe("found");
  });

  test.each([
    "missing.txt",
    "a.txt/",
    "a.txt/b",
    "..%2Fa.txt",
    "x%2F..%2Fa.txt",
    "%2e%2e%2f22222222-0000-7000-8000-cccccccccccc/other.txt",
    "%252e%252e%252fa.txt",
    "..%5C..%5Ca.txt",
    "a.txt%00",
    "a.txt%00.html",
    "%c0%ae%c0%ae%c0%afa.txt",
    "%ff%fe",
    "%",
    "/etc/passwd",
    "%2Fetc%2Fpasswd",
    "C:%5Ca.txt",
    "index.tsv",
    `${"x/".repeat(500)}a.txt`,
    `${"x".repeat(300)}.txt`,
  ])("%s is no file of the course", async (asked) => {
    const { app } = await started({ "a.txt": "found" });
    expect((await supertest(app).get(at(asked))).status).toBe(404);
  });

  test("paths that climb are not looked for, even where a client leaves them as they are", async () => {
    const { app } = await started({ "a.txt": "found" });
    for (const path of [
      at("../../../etc/passwd"),
      at(`../${OTHER_TICKET}/a.txt`),
      at("x/../a.txt"),
      at("\\..\\a.txt"),
    ])
      expect([path, await rawStatus(app, path)]).toEqual([path, 404]);
  });
});

describe("a folder", () => {
  const files = { "index.html": PAGE, "part/index.htm": PAGE, "bare/a.txt": "x" };

  test.each(["", "part/", "part//"])("%j shows its index page", async (path) => {
    const { app } = await started(files);
    expect((await supertest(app).get(at(path)).set(NAVIGATION)).text).toContain(TAG);
  });

  test.each([
    [`/c/${TICKET}`, at("")],
    [`/c/${TICKET}?a=1`, at("?a=1")],
    [at("part"), at("part/")],
    [at("part?x=/?y"), at("part/?x=/?y")],
  ])("%s goes to %s, so that the page's relative addresses hold", async (asked, location) => {
    const { app } = await started(files);
    const answer = await supertest(app).get(asked);
    expect([answer.status, answer.headers["location"]]).toEqual([307, location]);
  });

  test("without an index page there is nothing to see, and no list of files", async () => {
    const { app } = await started(files);
    for (const path of ["bare/", "bare"]) expect((await supertest(app).get(at(path))).status).toBe(404);
  });
});

describe("the shim comes first in documents", () => {
  test("a navigation gets it, in a length that counts it", async () => {
    const { app } = await started({ "a.html": PAGE });
    const answer = await supertest(app).get(at("a.html")).set(NAVIGATION);
    expect(answer.text).toBe(PAGE.replace("<head>", `<head>${TAG}`));
    expect(answer.headers["content-length"]).toBe(String(PAGE.length + TAG.length));
  });

  test.each(["document", "iframe", "frame", "embed", "object"])(
    "a navigation of a(n) %s",
    async (destination) => {
      const { app } = await started({ "a.html": PAGE });
      expect((await supertest(app).get(at("a.html")).set("Sec-Fetch-Dest", destination)).text).toContain(TAG);
    },
  );

  test("where the browser does not say what for, one that wants XHTML navigates", async () => {
    const { app } = await started({ "a.html": PAGE });
    const asked = (accept: string) => supertest(app).get(at("a.html")).set("Accept", accept);
    expect((await asked("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8")).text).toContain(
      TAG,
    );
    expect((await asked("text/html, */*; q=0.01")).text).toBe(PAGE);
    expect((await asked("*/*")).text).toBe(PAGE);
  });

  test("a page that a script fetches comes as it is, under an ETag of its own", async () => {
    const { app } = await started({ "a.html": PAGE });
    const navigated = await supertest(app).get(at("a.html")).set(NAVIGATION);
    const fetched = await supertest(app).get(at("a.html")).set("Sec-Fetch-Dest", "empty");
    expect(fetched.text).toBe(PAGE);
    expect(fetched.headers["etag"]).not.toBe(navigated.headers["etag"]);
    expect(fetched.headers["vary"]).toBe("Sec-Fetch-Dest, Accept");
  });

  test("a document far longer than what is looked at arrives whole", async () => {
    const long = PAGE + "y".repeat(300_000);
    const { app } = await started({ "a.html": long });
    const answer = await supertest(app).get(at("a.html")).set(NAVIGATION);
    expect(answer.text).toBe(long.replace("<head>", `<head>${TAG}`));
  });

  test("XHTML stays XML", async () => {
    const { app } = await started({ "a.xhtml": '<html xmlns="http://www.w3.org/1999/xhtml"><head/></html>' });
    const answer = await supertest(app).get(at("a.xhtml")).set(NAVIGATION).buffer(true);
    expect(answer.headers["content-type"]).toBe("application/xhtml+xml");
    expect(answer.text).toContain(
      `<html xmlns="http://www.w3.org/1999/xhtml"><script src="/c/shim.js?${MARK}" xmlns=`,
    );
  });

  test("the shim itself is kept for good under its mark, and another shim has another", async () => {
    const { app } = await started({ "a.html": PAGE });
    const marked = await supertest(app).get(`/c/shim.js?${MARK}`);
    expect(marked.text).toBe(SHIM_SCRIPT);
    expect(marked.headers["content-type"]).toMatch(/^text\/javascript/);
    expect(marked.headers["cache-control"]).toContain("immutable");
    expect((await supertest(app).get("/c/shim.js?older")).headers["cache-control"]).toBe("no-cache");
    const before = await supertest(app).get(at("a.html")).set(NAVIGATION);
    await server?.remove();
    const next = await started({ "a.html": PAGE }, { shimScript: "next()" });
    const after = await supertest(next.app).get(at("a.html")).set(NAVIGATION);
    expect(after.text).not.toContain(MARK);
    expect(after.headers["etag"]).not.toBe(before.headers["etag"]);
  });
});

describe("ranges (RFC 9110 §14)", () => {
  const video = Buffer.from(Array.from({ length: 1000 }, (_, index) => index % 256));

  test("a part is sent as one", async () => {
    const { app } = await started({ "a.mp4": video });
    const answer = await supertest(app).get(at("a.mp4")).set("Range", "bytes=100-199");
    expect(answer.status).toBe(206);
    expect(answer.headers["content-range"]).toBe("bytes 100-199/1000");
    expect(answer.headers["content-length"]).toBe("100");
    expect(answer.body).toEqual(video.subarray(100, 200));
  });

  test("that it can be asked for is said", async () => {
    const { app } = await started({ "a.mp4": video });
    expect((await supertest(app).get(at("a.mp4"))).headers["accept-ranges"]).toBe("bytes");
  });

  test("the last bytes, and a HEAD for them", async () => {
    const { app } = await started({ "a.mp4": video });
    expect((await supertest(app).get(at("a.mp4")).set("Range", "bytes=-10")).body).toEqual(
      video.subarray(990),
    );
    const head = await supertest(app).head(at("a.mp4")).set("Range", "bytes=-10");
    expect([head.status, head.headers["content-range"]]).toEqual([206, "bytes 990-999/1000"]);
  });

  test("a part beyond the end is refused with the length", async () => {
    const { app } = await started({ "a.mp4": video });
    const answer = await supertest(app).get(at("a.mp4")).set("Range", "bytes=1000-");
    expect([answer.status, answer.headers["content-range"]]).toEqual([416, "bytes */1000"]);
    expect(answer.headers["cache-control"]).toBe("no-store");
  });

  test("several parts at once are answered with the whole", async () => {
    const { app } = await started({ "a.mp4": video });
    expect((await supertest(app).get(at("a.mp4")).set("Range", "bytes=0-1,5-6")).status).toBe(200);
  });

  test("If-Range: a part of the same file, the whole of another", async () => {
    const { app } = await started({ "a.mp4": video });
    const { etag, "last-modified": modified } = (await supertest(app).head(at("a.mp4"))).headers;
    const asked = (condition: string) =>
      supertest(app).get(at("a.mp4")).set("Range", "bytes=0-9").set("If-Range", condition);
    expect((await asked(String(etag))).status).toBe(206);
    expect((await asked(String(modified))).status).toBe(206);
    expect((await asked(`W/${etag}`)).status).toBe(200);
    expect((await asked('"another"')).status).toBe(200);
    expect((await asked("Tue, 03 Mar 2020 09:00:00 GMT")).status).toBe(200);
  });

  test("a document with the shim in it comes whole: its bytes are not those of the file", async () => {
    const { app } = await started({ "a.html": PAGE });
    const answer = await supertest(app).get(at("a.html")).set(NAVIGATION).set("Range", "bytes=0-9");
    expect([answer.status, answer.headers["accept-ranges"]]).toEqual([200, "none"]);
  });
});

describe("what a browser keeps", () => {
  test("documents are asked for anew each time and kept by nobody else; other files by any cache", async () => {
    const { app } = await started({ "a.html": PAGE, "a.png": "png" });
    for (const headers of [NAVIGATION, {}])
      expect((await supertest(app).get(at("a.html")).set(headers)).headers).toMatchObject({
        "cache-control": "private, no-cache",
        vary: "Sec-Fetch-Dest, Accept",
      });
    const { headers } = await supertest(app).get(at("a.png"));
    expect(headers).toMatchObject({ "cache-control": "public, max-age=3600, immutable" });
    // With a `Vary`, many shared caches would keep nothing.
    expect(headers["vary"]).toBeUndefined();
  });

  test("no file is kept for longer than its address holds", async () => {
    const course = await started({ "a.png": "png" });
    course.now = new Date(OVER.getTime() - 90_500);
    expect((await supertest(course.app).get(at("a.png"))).headers["cache-control"]).toBe(
      "public, max-age=90, immutable",
    );
  });

  test("files say what they are of, so that a shared cache can be told to drop them", async () => {
    const { app } = await started({ "a.html": PAGE, "a.png": "png" });
    const { account_id, delivery_id, course_version_id } = COURSE;
    const tags = [`account-${account_id}`, `delivery-${delivery_id}`, `version-${course_version_id}`];
    const { headers } = await supertest(app).get(at("a.png"));
    expect(headers["cache-tag"]).toBe(tags.join(","));
    expect(headers["surrogate-key"]).toBe(tags.join(" "));
    expect((await supertest(app).get(at("a.html"))).headers["cache-tag"]).toBeUndefined();
  });

  test("without shared caches, only the learner's own browser keeps files: for as long as a launch lasts", async () => {
    const { app } = await started({ "a.png": "png" }, { sharedCacheSeconds: 0 });
    const { headers } = await supertest(app).get(at("a.png"));
    expect(headers["cache-control"]).toBe("private, max-age=43200, immutable");
    expect(headers["cache-tag"]).toBeUndefined();
  });

  test("what is refused, sent on or missing is kept by nobody", async () => {
    const course = await started({ "part/index.html": PAGE });
    for (const path of ["none.png", "part", "part/../x.png"])
      expect((await supertest(course.app).get(at(path))).headers["cache-control"]).toBe("no-store");
    course.stopped.add(COURSE.delivery_id);
    expect((await supertest(course.app).get(at("part/"))).headers["cache-control"]).toBe("no-store");
  });

  test.each(["a.html", "a.png"])("%s that is the same still is not sent again", async (path) => {
    const { app } = await started({ [path]: PAGE });
    const { etag } = (await supertest(app).get(at(path)).set(NAVIGATION)).headers;
    const asked = (name: string, value: string) =>
      supertest(app).get(at(path)).set(NAVIGATION).set(name, value);
    expect((await asked("If-None-Match", String(etag))).status).toBe(304);
    expect((await asked("If-None-Match", `"x", W/${etag}`)).status).toBe(304);
    expect((await asked("If-None-Match", '"another"')).status).toBe(200);
    const notModified = await asked("If-None-Match", String(etag));
    expect(notModified.headers["etag"]).toBe(etag);
    expect(notModified.headers["content-length"]).toBeUndefined();
  });
});

describe("what is asked for by its time", () => {
  test("a file that is no newer is not sent again", async () => {
    const { app } = await started({ "a.png": "png" });
    const { "last-modified": modified } = (await supertest(app).get(at("a.png"))).headers;
    const asked = (since: string) => supertest(app).get(at("a.png")).set("If-Modified-Since", since);
    expect((await asked(String(modified))).status).toBe(304);
    expect((await asked("Tue, 03 Mar 2020 09:00:00 GMT")).status).toBe(200);
  });

  test("a document with the shim in it has no time: the shim may be newer than the file", async () => {
    const { app } = await started({ "a.html": PAGE });
    const answer = await supertest(app).get(at("a.html")).set(NAVIGATION);
    expect(answer.headers["last-modified"]).toBeUndefined();
  });
});

describe("who may read", () => {
  test("an address that was never given is 404, an expired one 410: a page in the learner's language says what to do", async () => {
    const course = await started({ "a.html": PAGE });
    const asked = (ticket: string) =>
      supertest(course.app).get(at("a.html", ticket)).set(NAVIGATION).set("Accept-Language", "de-AT");
    const unknown = await asked("A".repeat(TICKET.length));
    expect(unknown.status).toBe(404);
    expect(unknown.text).toContain('<html lang="de">');
    expect(unknown.text).toContain("öffnen Sie den Kurs noch einmal");
    expect(unknown.headers["cache-control"]).toBe("no-store");
    course.now = OVER;
    expect((await asked(TICKET)).status).toBe(410);
  });

  test("an address holds up to, but not including, its last instant", async () => {
    const course = await started({ "a.txt": "x" });
    course.now = new Date(OVER.getTime() - 1);
    expect((await supertest(course.app).get(at("a.txt"))).status).toBe(200);
    course.now = OVER;
    expect((await supertest(course.app).get(at("a.txt"))).status).toBe(410);
  });

  test("a delivery revoked: the next request is refused, other deliveries' are not", async () => {
    const course = await started({ "a.html": PAGE, "a.png": "x" });
    const asked = () => supertest(course.app).get(at("a.html")).set(NAVIGATION);
    expect((await asked()).status).toBe(200);
    course.stopped.add(COURSE.delivery_id);
    const refused = await asked();
    expect(refused.status).toBe(403);
    expect(refused.text).toContain("Your access to this course was stopped");
    expect((await supertest(course.app).get(at("a.png"))).text).toBe("stopped");
    expect((await supertest(course.app).get(at("other.txt", OTHER_TICKET))).status).toBe(200);
  });

  test("an account's own host serves that account's courses and no others", async () => {
    const readHost = contentHosts(["https://*.play.example", "https://old.example"]);
    const { app } = await started({ "a.txt": "x" }, { readHost });
    const asked = (host: string) => supertest(app).get(at("a.txt")).set("Host", host);
    expect((await asked(`${COURSE.account_id}.play.example`)).status).toBe(200);
    expect((await asked(`${OTHER_COURSE.account_id}.play.example`)).status).toBe(404);
    expect((await asked("old.example")).status).toBe(200);
  });

  test("what one course does not have is not found in another's", async () => {
    const { app } = await started({ "a.txt": "mine" });
    expect((await supertest(app).get(at("other.txt"))).status).toBe(404);
    expect((await supertest(app).get(at("a.txt", OTHER_TICKET))).status).toBe(404);
  });

  test("a missing page says so in words, a missing picture in one", async () => {
    const { app } = await started({});
    expect((await supertest(app).get(at("no.html")).set(NAVIGATION)).text).toContain(
      "missing from the course",
    );
    expect((await supertest(app).get(at("no.png"))).text).toBe("file_missing");
  });
});

describe("addresses that a course writes as if it owned the host", () => {
  const asked = (app: express.Express, path: string, referer: string) =>
    supertest(app).get(path).set("Host", "content.example").set("Referer", referer);
  const fromCourse = `http://content.example${at("part/a.html?x=1")}`;

  test.each([
    ["/img/x.png", at("img/x.png")],
    ["/img/x.png?v=%2F", at("img/x.png?v=%2F")],
    ["/", at("")],
    ["/c/folder/x.png", at("c/folder/x.png")],
    ["//evil.example/x.png", at("/evil.example/x.png")],
  ])("%s, asked for by a page of a course, goes to %s", async (path, location) => {
    const { app } = await started({});
    const answer = await asked(app, path, fromCourse);
    expect([answer.status, answer.headers["location"]]).toEqual([307, location]);
    expect(answer.headers["cache-control"]).toBe("no-store");
    expect(answer.headers["vary"]).toContain("Referer");
  });

  test("what a style sheet asks for in turn goes to the style sheet's course", async () => {
    const { app } = await started({});
    const answer = await asked(
      app,
      "/fonts/f.woff2",
      `http://content.example${at("css/a.css", OTHER_TICKET)}`,
    );
    expect(answer.headers["location"]).toBe(at("fonts/f.woff2", OTHER_TICKET));
  });

  test.each([
    ["no page", ""],
    ["another host", `http://evil.example${at("a.html")}`],
    ["the player, which belongs to no course", "http://content.example/play/some-delivery"],
    ["what is no address", "/c/x"],
  ])("asked for by %s, they are left to whoever comes next", async (_, referer) => {
    const { app } = await started({});
    expect((await asked(app, "/img/x.png", referer)).status).toBe(404);
  });

  test("only what is read is sent on", async () => {
    const { app } = await started({});
    const answer = await supertest(app)
      .post("/save")
      .set("Host", "content.example")
      .set("Referer", fromCourse);
    expect(answer.status).toBe(404);
  });
});

describe("headers", () => {
  test.each(["POST", "PUT", "DELETE", "OPTIONS", "PATCH"])(
    "%s is refused: files can only be read",
    async (method) => {
      const { app } = await started({ "a.html": PAGE });
      const answer = await supertest(app)[method.toLowerCase() as "post"](at("a.html"));
      expect([answer.status, answer.headers["allow"]]).toEqual([405, "GET, HEAD"]);
    },
  );

  test.each([at("sw.js"), "/sw.js", "/c/shim.js"])("no service worker from %s", async (path) => {
    const { app } = await started({ "sw.js": "x" });
    const answer = await supertest(app)
      .get(path)
      .set({
        "Service-Worker": "script",
        Host: "content.example",
        Referer: `http://content.example${at("a.html")}`,
      });
    expect(answer.status).toBe(403);
  });

  test("a course's address is told to nobody else, and `document.domain` parts no course from its player", async () => {
    const { app } = await started({ "a.html": PAGE });
    for (const path of ["a.html", "missing.html"]) {
      const { headers } = await supertest(app).get(at(path));
      expect(headers["referrer-policy"]).toBe("same-origin");
      expect(headers["origin-agent-cluster"]).toBe("?1");
      expect(headers["permissions-policy"]).toContain("geolocation=()");
    }
  });

  test("headers set for our own pages, which would break courses, are taken off", async () => {
    const course = await started({ "a.html": PAGE });
    const app = express();
    app.use((_request, response, next) => {
      response.set({
        "Content-Security-Policy": "default-src 'self'",
        "X-Frame-Options": "SAMEORIGIN",
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
      });
      next();
    });
    app.use(course.app);
    const { headers } = await supertest(app).get(at("a.html"));
    for (const name of ["content-security-policy", "x-frame-options", "x-content-type-options"])
      expect([name, headers[name]]).toEqual([name, undefined]);
    expect(headers["cross-origin-opener-policy"]).toBeUndefined();
    expect(headers["cross-origin-resource-policy"]).toBeUndefined();
  });
});

describe("trouble", () => {
  test("a store that can't be read now is the error handler's to tell, and nothing of the file is kept", async () => {
    const { app } = await started(
      { "a.png": "x", "a.html": PAGE },
      { open: () => () => Promise.reject(new Fault("content_unavailable", "The disk is busy.")) },
    );
    app.set("etag", false);
    app.use((error: unknown, _request: Request, response: Response, _next: NextFunction) => {
      response.status(error instanceof Fault ? error.status : 500).json({});
    });
    for (const path of ["a.png", "a.html"]) {
      const answer = await supertest(app).get(at(path)).set(NAVIGATION).set("Range", "bytes=0-0");
      expect(answer.status).toBe(503);
      for (const name of ["cache-control", "content-range", "etag", "last-modified"])
        expect([name, answer.headers[name]]).toEqual([name, undefined]);
    }
  });

  test("clients that go away, at once or in the middle, leave no file open", async () => {
    const opened: Readable[] = [];
    const { app } = await started(
      {
        "a.mp4": Buffer.alloc(20_000_000),
        "a.html": Buffer.concat([Buffer.from(PAGE), Buffer.alloc(20_000_000, " ")]),
      },
      {
        open:
          (store) =>
          async (...given) => {
            const content = await store.open(...given);
            if (content !== null) opened.push(content.stream);
            return content;
          },
      },
    );
    const listening = app.listen(0, "127.0.0.1");
    await once(listening, "listening");
    const port = (listening.address() as AddressInfo).port;
    for (const path of ["a.mp4", "a.html", "a.mp4", "a.html"])
      await Promise.all([0, 1, 2].map((answers) => leaveEarly(port, at(path), answers)));
    listening.close();
    await once(listening, "close");
    await untilTrue(() => opened.every((stream) => stream.closed));
    expect(opened.length).toBeGreaterThanOrEqual(8);
  });
});

async function untilTrue(condition: () => boolean): Promise<void> {
  for (let tries = 0; tries < 200 && !condition(); tries += 1)
    await new Promise((resolve) => setTimeout(resolve, 20));
  expect(condition()).toBe(true);
}

/** Hangs up after so many pieces of the answer were read. */
async function leaveEarly(port: number, path: string, pieces: number): Promise<void> {
  const socket = connect(port, "127.0.0.1");
  await once(socket, "connect");
  socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nSec-Fetch-Dest: document\r\n\r\n`);
  let read = 0;
  socket.on("data", () => {
    read += 1;
    if (read === pieces) socket.destroy();
  });
  if (pieces === 0) setImmediate(() => socket.destroy());
  await once(socket, "close");
}

/** Asks without the tidying that clients do to a path. */
async function rawStatus(app: express.Express, path: string): Promise<number> {
  const listening = app.listen(0, "127.0.0.1");
  await once(listening, "listening");
  const socket = connect((listening.address() as AddressInfo).port, "127.0.0.1");
  socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
  const answer = await text(socket);
  listening.close();
  return Number(answer.split(" ")[1]);
}
