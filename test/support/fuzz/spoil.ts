/** Takes a request that makes sense and spoils it, in one way or in several. */
import { gzipSync } from "node:zlib";
import type { Chance } from "./chance.ts";
import { hostileText, hostileValue } from "./hostileValues.ts";
import type { RawRequest } from "./rawRequest.ts";

/** A request that makes sense, as a client's library would be given it. */
export interface Sensible {
  readonly method: string;
  /** Of segments that are encoded already. */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON, or bytes with their type; undefined: none. */
  readonly body: { readonly json: unknown } | { readonly bytes: Buffer; readonly type: string } | undefined;
}

const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "QUERY"];
const TYPES = [
  "application/json",
  "application/json; charset=utf-16",
  "application/json;charset=klingon",
  "text/plain",
  "text/html",
  "application/zip",
  "multipart/form-data; boundary=x",
  "application/x-www-form-urlencoded",
  "application/json, text/html",
  "a/b/c",
  "",
];

export function spoil(chance: Chance, sensible: Sensible): RawRequest {
  let { method, path, query, headers, body } = sensible;
  const rawQuery: string[] = [];
  const extra: [string, string][] = [];
  for (let times = chance.pick([1, 1, 1, 2, 3]); times > 0; times--)
    switch (chance.pick(["body", "body", "body", "query", "path", "header", "header", "method"] as const)) {
      case "body":
        body = spoilBody(chance, body);
        break;
      case "query":
        if (chance.percent(50)) rawQuery.push(spoilQuery(chance, Object.keys(query)));
        else
          query = {
            ...query,
            [chance.pick([...Object.keys(query), "limit", "cursor", "x"])]: hostileText(chance),
          };
        break;
      case "path":
        path = spoilPath(chance, path);
        break;
      case "header":
        extra.push(spoilHeader(chance));
        break;
      case "method":
        if (chance.percent(30)) method = chance.pick(METHODS);
    }
  return written(chance, { method, path, query, headers, body }, rawQuery, extra);
}

export function written(
  chance: Chance,
  { method, path, query, headers, body }: Sensible,
  rawQuery: readonly string[] = [],
  extra: readonly [string, string][] = [],
): RawRequest {
  const pairs = Object.entries(query).map(([name, value]) => `${encoded(name)}=${encoded(value)}`);
  const asked = [...pairs, ...rawQuery].join("&");
  const target = asked === "" ? path : `${path}?${asked}`;
  const bytes =
    body === undefined ? null : "bytes" in body ? body.bytes : Buffer.from(JSON.stringify(body.json) ?? "");
  const type = body === undefined ? {} : { "content-type": "type" in body ? body.type : "application/json" };
  const given = new Map(Object.entries<string>({ ...type, ...headers }));
  // Of a name that is one only, the spoilt one stands for it.
  for (const [name, value] of extra) if (given.has(name)) given.set(name, value);
  const others = extra.filter(([name]) => !given.has(name) || chance.percent(10));
  return {
    method,
    target,
    headers: [
      ...given,
      ...others,
      ["connection", "close"],
      ...(bytes === null ? [] : ([["content-length", String(bytes.length)]] as const)),
    ],
    body: bytes,
    ...(bytes !== null && bytes.length > 1 && chance.percent(3)
      ? { withheld: 1 + chance.number(bytes.length - 1) }
      : {}),
  };
}

/** Lone halves can't be percent-encoded; they go as they are. */
function encoded(text: string): string {
  return text.isWellFormed?.() === false ? asCodes(text) : encodeURIComponent(text);
}

function asCodes(text: string): string {
  return [...text].map((letter) => `%${(letter.codePointAt(0) ?? 0).toString(16)}`).join("");
}

function spoilBody(chance: Chance, body: Sensible["body"]): Sensible["body"] {
  if (body === undefined) return { json: hostileValue(chance) };
  if ("bytes" in body) return spoilBytes(chance, body);
  if (chance.percent(75)) return { json: spoilJson(chance, body.json) };
  const text = JSON.stringify(body.json) ?? "";
  return {
    bytes: spoilText(chance, text),
    type: chance.percent(80) ? "application/json" : chance.pick(TYPES),
  };
}

function spoilBytes(chance: Chance, { bytes, type }: { bytes: Buffer; type: string }): Sensible["body"] {
  const spoilt = Buffer.from(bytes);
  if (chance.percent(40)) return { bytes: spoilt.subarray(0, chance.number(spoilt.length + 1)), type };
  for (let times = chance.number(20); times > 0 && spoilt.length > 0; times--)
    spoilt[chance.number(spoilt.length)] = chance.number(256);
  return { bytes: spoilt, type: chance.percent(90) ? type : chance.pick(TYPES) };
}

function spoilText(chance: Chance, text: string): Buffer {
  switch (chance.number(9)) {
    case 0:
      return Buffer.from(text.slice(0, chance.number(text.length + 1)));
    case 1:
      return Buffer.from(`\ufeff${text}`);
    case 2:
      return Buffer.from(text, "utf16le");
    case 3:
      return gzipSync(text);
    case 4:
      return Buffer.from(text.replace(/"[^"]*"/, '"\\ud800\\u0000"'));
    case 5:
      return Buffer.from(
        text.replace(/^\{/, '{"__proto__":{"role":"owner"},"constructor":{"prototype":{}},'),
      );
    case 6:
      return Buffer.from(text.replace(/^\{/, `{${text.slice(1, -1)}${text.length > 2 ? "," : ""}`));
    case 7:
      return Buffer.from(`${"[".repeat(chance.pick([100, 20_000]))}`);
    default:
      return Buffer.concat([Buffer.from(text), Buffer.from([0xff, 0xfe, 0x00, 0xc0, 0x80])]);
  }
}

/** Somewhere in it, something else stands. */
export function spoilJson(chance: Chance, json: unknown): unknown {
  if (typeof json !== "object" || json === null || chance.percent(4)) return hostileValue(chance);
  if (Array.isArray(json)) {
    if (json.length === 0 || chance.percent(30))
      return chance.percent(50) ? [...json, hostileValue(chance)] : hostileValue(chance);
    const place = chance.number(json.length);
    return json.map((value, index) => (index === place ? spoilJson(chance, value) : value));
  }
  const names = Object.keys(json);
  if (names.length === 0 || chance.percent(8))
    return { ...json, [hostileText(chance)]: hostileValue(chance) };
  const name = chance.pick(names);
  if (chance.percent(8)) return Object.fromEntries(Object.entries(json).filter(([other]) => other !== name));
  return { ...json, [name]: spoilJson(chance, (json as Record<string, unknown>)[name]) };
}

function spoilQuery(chance: Chance, names: readonly string[]): string {
  const name = chance.pick([...names, "limit", "cursor", "state"]);
  return chance.pick([
    `${name}=1&${name}=2`,
    `${name}[]=1`,
    `${name}[a][b]=1`,
    `${name}`,
    `${name}=%zz`,
    `${name}=%00`,
    `${name}=%C0%80`,
    `${name}=%ed%a0%80`,
    `__proto__[x]=1`,
    `limit=${chance.pick(["0", "-1", "201", "1e2", "0x10", "١", "9".repeat(30), " 5"])}`,
    `cursor=${Buffer.from(hostileText(chance).slice(0, 40)).toString("base64url")}`,
    `${"a".repeat(chance.pick([100, 9000]))}=1`,
    "&&&=&==",
  ]);
}

function spoilPath(chance: Chance, path: string): string {
  const segments = path.split("/");
  const place = 1 + chance.number(Math.max(1, segments.length - 1));
  const spoilt = chance.pick([
    encodeURIComponent(hostileText(chance).toWellFormed?.().slice(0, 300) ?? "x"),
    "%00",
    "%zz",
    "%2e%2e",
    "..",
    ".",
    "%c0%ae%c0%ae",
    "%ed%a0%80",
    "",
    (segments[place] ?? "").toUpperCase(),
    `${segments[place]}%20`,
    `${segments[place]};a=b`,
    "x".repeat(chance.pick([300, 5000])),
  ]);
  return segments.map((segment, index) => (index === place ? spoilt : segment)).join("/");
}

/** What a header can hold at all; what it may not is left in. */
const latin1 = (text: string) =>
  [...text]
    .map((letter) => (letter === "\r" || letter === "\n" || letter > "ÿ" ? "~" : letter))
    .join("")
    .slice(0, 3000);

function spoilHeader(chance: Chance): [string, string] {
  const odd = () => latin1(hostileText(chance));
  return chance.pick<() => [string, string]>([
    () => ["content-type", chance.pick(TYPES)],
    () => ["content-encoding", chance.pick(["gzip", "deflate", "br", "snappy", "gzip, gzip", "identity"])],
    () => [
      "authorization",
      chance.pick(["Bearer", "Bearer  ", `Bearer ${odd()}`, "Basic YTpi", `bearer tg_${"0".repeat(12)}_x`]),
    ],
    () => ["idempotency-key", chance.pick(["", "same", odd(), "x".repeat(300)])],
    () => ["if-match", chance.pick(["*", '""', "W/", '"a", "b"', odd()])],
    () => ["if-none-match", chance.pick(["*", '"a', odd()])],
    () => ["audit-reason", chance.pick(["%E0%A4%A", "%00", "because", "%F0%9F%98%80", odd()])],
    () => ["accept", chance.pick(["text/html", "*/*;q=2", "application/xml", odd()])],
    () => ["accept-language", chance.pick(["de", "*;q=x", "a".repeat(2000), odd()])],
    () => ["accept-encoding", chance.pick(["gzip;q=0", "*", odd()])],
    () => [
      "range",
      chance.pick([
        "bytes=0-",
        "bytes=5-1",
        "bytes=-0",
        "bytes=0-1,2-3",
        "lines=1",
        `bytes=0-${"9".repeat(40)}`,
      ]),
    ],
    () => ["referer", chance.pick(["http://127.0.0.1:8080/c/x/", "not a url", odd()])],
    () => ["x-forwarded-for", chance.pick(["::1", "1.2.3.4, 5.6.7.8", odd()])],
    () => ["x-http-method-override", "DELETE"],
    () => [
      "host",
      chance.pick([
        "localhost:8080",
        "127.0.0.1:8080",
        "evil.example",
        "",
        "[::1",
        "LOCALHOST:8080",
        "localhost:8080.",
        odd(),
      ]),
    ],
    () => ["transfer-encoding", chance.pick(["chunked", "identity", "gzip, chunked", "xchunked"])],
    () => ["expect", chance.pick(["100-continue", "200-ok"])],
    () => ["cookie", odd()],
    () => ["origin", chance.pick(["null", "https://evil.example"])],
    () => ["upgrade", "h2c"],
    () => ["sec-fetch-dest", chance.pick(["iframe", "serviceworker", odd()])],
    () => ["service-worker", "script"],
    () => [`x-${"a".repeat(chance.pick([5, 9000]))}`, odd()],
  ])();
}
