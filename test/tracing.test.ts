/** Traces from a request to its commit: what belongs together, what comes in and goes out, and what must never stand there. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { InMemorySpanExporter, type ReadableSpan, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-node";
import type { Deps } from "../src/deps.ts";
import { observed } from "../src/edges/http/observe.ts";
import { routeNamer } from "../src/edges/http/routeNames.ts";
import { traceBy } from "../src/openTelemetry.ts";
import { observedContentStore } from "../src/store/content/observedContentStore.ts";
import { observedDb } from "../src/store/observedDb.ts";
import { openTracing } from "../src/tracing.ts";
import { type TestGateway, testGateway } from "./support/gateway.ts";
import { keep, launch, launchRequest } from "./support/learner.ts";

const exporter = new InMemorySpanExporter();
const tracing = traceBy(
  { OTEL_SERVICE_NAME: "tallygate", OTEL_TRACES_SAMPLER_ARG: 1 },
  new SimpleSpanProcessor(exporter),
);

let gateway: TestGateway;
let server: Server;
let origin: string;

beforeAll(async () => {
  gateway = await testGateway();
  const deps: Deps = { ...gateway.context.deps, tracing };
  const context = {
    ...gateway.context,
    deps,
    db: observedDb(gateway.context.db, deps),
    contentStore: observedContentStore(gateway.context.contentStore, deps),
  };
  const app = gateway.app(context);
  server = createServer(
    observed(deps, routeNamer([]), (request, response) => {
      request.headers.host = "127.0.0.1:8080";
      app(request, response);
    }),
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

beforeEach(() => gateway.empty());
afterEach(() => exporter.reset());

afterAll(async () => {
  await new Promise((resolve) => server.close(resolve));
  await gateway.close();
});

/** Once the answer has closed: the request's own span ends last. */
async function spansOf(route: string): Promise<ReadableSpan[]> {
  for (;;) {
    const spans = exporter.getFinishedSpans();
    if (spans.some(({ name }) => name === route)) return spans;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** The names of the spans that lead to it, and its own. */
function pathTo(span: ReadableSpan | undefined, all: readonly ReadableSpan[]): string[] {
  if (!span) return [];
  const parent = all.find((one) => idOf(one) === span.parentSpanContext?.spanId);
  return [...pathTo(parent, all), span.name];
}

const idOf = (span: ReadableSpan | undefined) => span?.spanContext().spanId;
const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT = "00f067aa0ba902b7";

describe("a launch over HTTP", () => {
  test("is one trace from the request to the commit, with every statement in it", async () => {
    const license = await gateway.payPerUse();
    exporter.reset();
    const { status } = await launch(origin, license.delivery_key, launchRequest("ana"));
    expect(status).toBe(200);
    const spans = await spansOf("POST /play/:key/launch");
    const named = (name: string) => spans.find((span) => span.name === name);

    const request = named("POST /play/:key/launch");
    expect(new Set(spans.map((span) => span.spanContext().traceId)).size).toBe(1);
    expect(request?.parentSpanContext).toBeUndefined();
    expect(request?.attributes).toMatchObject({ "http.response.status_code": 200 });
    expect(pathTo(named("write launches"), spans)).toEqual([
      "POST /play/:key/launch",
      "launch",
      "launch batch",
      "write launches",
    ]);
  });

  test("and so is a save, in one statement that commits by itself", async () => {
    const { delivery_key } = await gateway.payPerUse();
    const { body } = await launch(origin, delivery_key, launchRequest("ana"));
    if (body.outcome !== "allowed") throw new Error(body.code);
    await spansOf("POST /play/:key/launch");
    exporter.reset();
    await keep(origin, { token: body.token, sequence: 1, changes: { lesson: { "cmi.location": "3" } } });
    const spans = await spansOf("POST /play/keep");
    const written = spans.find(({ name }) => name === "keep launches");
    expect(pathTo(written, spans)).toEqual(["POST /play/keep", "save", "save batch", "keep launches"]);
  });

  test("names nobody: no id or name of the LMS's, no key, no token, no address", async () => {
    const license = await gateway.payPerUse();
    const request = launchRequest("personnel-number-4711", { name: "Berg, Anna" });
    const { body } = await launch(origin, license.delivery_key, request);
    const told = JSON.stringify(
      (await spansOf("POST /play/:key/launch")).map(({ name, attributes, events, status }) => [
        name,
        attributes,
        events,
        status,
      ]),
    );
    if (body.outcome !== "allowed") throw new Error(body.code);
    for (const secret of ["4711", "Berg", license.delivery_key, request.nonce, body.token, "127.0.0.1"])
      expect(told).not.toContain(secret);
  });
});

describe("traceparent", () => {
  const ask = (headers: Record<string, string>) => fetch(`${origin}/readyz`, { headers });
  const arrived = async () => (await spansOf("GET /readyz")).find(({ name }) => name === "GET /readyz");

  test("that arrives is continued, its state kept", async () => {
    await ask({ traceparent: `00-${TRACE}-${PARENT}-01`, tracestate: "vendor=1" });
    const span = await arrived();
    expect(span?.spanContext()).toMatchObject({ traceId: TRACE });
    expect(span?.parentSpanContext?.spanId).toBe(PARENT);
    expect(span?.spanContext().traceState?.serialize()).toBe("vendor=1");
  });

  test.each([
    "",
    "00-0-0-01",
    `00-${"0".repeat(32)}-${PARENT}-01`,
    `00-${TRACE}-${"0".repeat(16)}-01`,
    `ff-${TRACE}-${PARENT}-01`,
    `00-${TRACE}-${PARENT}-01-more`,
    `00-${TRACE.toUpperCase()}-${PARENT}-01`,
  ])("that is none (%j) begins a trace of its own", async (traceparent) => {
    await ask({ traceparent });
    expect((await arrived())?.parentSpanContext).toBeUndefined();
  });

  test("can keep its request out of the traces", async () => {
    await ask({ traceparent: `00-${TRACE}-${PARENT}-00` });
    await ask({});
    await spansOf("GET /readyz");
    expect(exporter.getFinishedSpans().filter((span) => span.spanContext().traceId === TRACE)).toEqual([]);
  });

  test("goes out with the span that runs", async () => {
    const headers = await tracing.traced("work", {}, async () => tracing.headers());
    const [span] = exporter.getFinishedSpans();
    expect(headers.traceparent).toBe(`00-${span?.spanContext().traceId}-${idOf(span)}-01`);
    expect(tracing.headers()).toEqual({});
  });
});

test("work that throws ends its span as failed, with a code and no message", async () => {
  const error = Object.assign(new Error('duplicate key "Berg, Anna"'), { code: "23505" });
  await expect(tracing.traced("work", {}, () => Promise.reject(error))).rejects.toBe(error);
  expect(exporter.getFinishedSpans()).toMatchObject([{ name: "work", status: { message: "23505" } }]);
});

test("what is done for several together is a trace of its own, linked to each and from each; for one it is its part", async () => {
  const launches = ["a", "b", "c"].map((name) => tracing.start(name));
  await tracing.tracedFor(launches.slice(0, 2), "together", async () => undefined);
  await tracing.tracedFor(launches.slice(2), "alone", async () => undefined);
  for (const launch of launches) launch.end();
  const [a, b, c, together, alone] = ["a", "b", "c", "together", "alone"].map((name) =>
    exporter.getFinishedSpans().find((span) => span.name === name),
  );
  const linked = (span: ReadableSpan | undefined) => span?.links.map(({ context }) => context.spanId);
  expect(linked(together)).toEqual([idOf(a), idOf(b)]);
  expect([linked(a), linked(b), linked(c)]).toEqual([[idOf(together)], [idOf(together)], []]);
  expect(together?.parentSpanContext).toBeUndefined();
  expect(alone?.parentSpanContext?.spanId).toBe(idOf(c));
});

test("what is logged within a span bears its ids", async () => {
  expect(tracing.ids()).toBeUndefined();
  await tracing.traced("work", {}, async () => {
    expect(tracing.ids()).toEqual({
      trace_id: expect.stringMatching(/^[\da-f]{32}$/),
      span_id: expect.stringMatching(/^[\da-f]{16}$/),
    });
  });
});

describe("without a collector", () => {
  test("nothing is traced, and the work is called as it is", async () => {
    const off = await openTracing({
      OTEL_EXPORTER_OTLP_ENDPOINT: "",
      OTEL_EXPORTER_OTLP_HEADERS: {},
      OTEL_SERVICE_NAME: "tallygate",
      OTEL_TRACES_SAMPLER_ARG: 1,
    });
    expect(off.isOn).toBe(false);
    expect(off.ids()).toBeUndefined();
    const work = Promise.resolve(1);
    expect(off.traced("work", {}, () => work)).toBe(work);
  });
});

test("a collector gets them as OTLP over HTTP, with the headers that it asks for", async () => {
  const got: { url: string | undefined; key: unknown; body: string }[] = [];
  const collector = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => {
      body += chunk.toString();
    });
    request.on("end", () => {
      got.push({ url: request.url, key: request.headers["x-key"], body });
      response.writeHead(200, { "Content-Type": "application/json" }).end("{}");
    });
  });
  await new Promise<void>((resolve) => collector.listen(0, "127.0.0.1", resolve));
  const { port } = collector.address() as AddressInfo;
  const on = await openTracing({
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}/`,
    OTEL_EXPORTER_OTLP_HEADERS: { "x-key": "sesame" },
    OTEL_SERVICE_NAME: "gateway-of-the-tests",
    OTEL_TRACES_SAMPLER_ARG: 1,
  });
  await on.traced("work", { size: 3 }, async () => undefined);
  await on.close();
  await new Promise((resolve) => collector.close(resolve));
  expect(got).toMatchObject([{ url: "/v1/traces", key: "sesame" }]);
  expect(got[0]?.body).toContain("gateway-of-the-tests");
  expect(got[0]?.body).toContain('"name":"work"');
});
