/**
 * Traces by OpenTelemetry, sent to a collector as OTLP over HTTP. Nothing global is set: a tracer is handed out like any
 * other dependency, and the running span is kept in a store of its own.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import {
  type Context,
  createTraceState,
  isSpanContextValid,
  type Link,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  trace,
} from "@opentelemetry/api";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { resourceFromAttributes } from "@opentelemetry/resources";
import {
  AlwaysOffSampler,
  BasicTracerProvider,
  BatchSpanProcessor,
  ParentBasedSampler,
  type SpanProcessor,
  TraceIdRatioBasedSampler,
} from "@opentelemetry/sdk-trace-node";
import { errorCode } from "./core/systemErrors.ts";
import {
  NO_SPAN,
  type SpanWish,
  type TraceHeaders,
  type TraceSpan,
  type Tracing,
  type TracingSettings,
} from "./tracing.ts";

export function traceByHttp(settings: TracingSettings): Tracing {
  const exporter = new OTLPTraceExporter({
    url: `${settings.OTEL_EXPORTER_OTLP_ENDPOINT.replace(/\/$/, "")}/v1/traces`,
    headers: { ...settings.OTEL_EXPORTER_OTLP_HEADERS },
  });
  return traceBy(settings, new BatchSpanProcessor(exporter));
}

/** @param processor Where ended spans go. */
export function traceBy(
  settings: Pick<TracingSettings, "OTEL_SERVICE_NAME" | "OTEL_TRACES_SAMPLER_ARG">,
  processor: SpanProcessor,
): Tracing {
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({
      "service.name": settings.OTEL_SERVICE_NAME,
      "process.pid": process.pid,
    }),
    sampler: samplerOf(settings.OTEL_TRACES_SAMPLER_ARG),
    spanProcessors: [processor],
  });
  const tracer = provider.getTracer("tallygate");
  const running = new AsyncLocalStorage<Context>();
  const here = () => running.getStore() ?? ROOT_CONTEXT;

  const start = (name: string, { attributes = {}, arrived, links = [] }: SpanWish = {}): TraceSpan => {
    const context = arrived ? arrivedContext(arrived) : here();
    const kind = arrived ? SpanKind.SERVER : SpanKind.INTERNAL;
    const span = tracer.startSpan(name, { kind, attributes, links: linksTo(links) }, context);
    return new OpenTelemetrySpan(span, trace.setSpan(context, span), running);
  };
  return {
    isOn: true,
    start,
    traced: async (name, attributes, work) => {
      const span = start(name, { attributes });
      try {
        return await span.within(() => work(span));
      } catch (error) {
        span.fail(errorCode(error) ?? (error instanceof Error ? error.name : "error"));
        throw error;
      } finally {
        span.end();
      }
    },
    current: () => {
      const span = trace.getSpan(here());
      return span ? new OpenTelemetrySpan(span, here(), running) : NO_SPAN;
    },
    ids: () => {
      const of = trace.getSpanContext(here());
      return of && { trace_id: of.traceId, span_id: of.spanId };
    },
    headers: () => headersOf(trace.getSpanContext(here())),
    close: () => provider.shutdown(),
  };
}

class OpenTelemetrySpan implements TraceSpan {
  readonly span: Span;
  readonly #context: Context;
  readonly #running: AsyncLocalStorage<Context>;

  constructor(span: Span, context: Context, running: AsyncLocalStorage<Context>) {
    this.span = span;
    this.#context = context;
    this.#running = running;
  }

  note(attributes: Readonly<Record<string, string | number | boolean>>): void {
    this.span.setAttributes(attributes);
  }

  fail(code: string): void {
    this.span.setStatus({ code: SpanStatusCode.ERROR, message: code });
  }

  within<Result>(work: () => Result): Result {
    return this.#running.run(this.#context, work);
  }

  end(): void {
    this.span.end();
  }
}

/**
 * Whoever sends a `traceparent` may keep their request out of the traces but not into them: browsers of strangers must
 * not decide how much is collected.
 */
function samplerOf(ratio: number): ParentBasedSampler {
  const ours = new TraceIdRatioBasedSampler(ratio);
  return new ParentBasedSampler({
    root: ours,
    remoteParentSampled: ours,
    remoteParentNotSampled: new AlwaysOffSampler(),
  });
}

function linksTo(spans: readonly TraceSpan[]): Link[] {
  return spans
    .filter((span) => span instanceof OpenTelemetrySpan)
    .map(({ span }) => ({ context: span.spanContext() }));
}

/** A version of the future may append fields. */
const TRACEPARENT = /^(?!ff)([\da-f]{2})-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})(?:$|-)/;
const TRACEPARENT_LENGTH = 55;
const LONGEST_STATE = 512;

/** Of a request that names no trace, or not as it should, the span begins one. */
function arrivedContext({ traceparent = "", tracestate }: TraceHeaders): Context {
  const [, version, traceId = "", spanId = "", flags = ""] = TRACEPARENT.exec(traceparent) ?? [];
  const context: SpanContext = {
    traceId,
    spanId,
    traceFlags: Number.parseInt(flags, 16) & 1,
    isRemote: true,
    ...(tracestate && tracestate.length <= LONGEST_STATE ? { traceState: createTraceState(tracestate) } : {}),
  };
  const isMalformed = version === "00" && traceparent.length !== TRACEPARENT_LENGTH;
  return isMalformed || !isSpanContextValid(context)
    ? ROOT_CONTEXT
    : trace.setSpanContext(ROOT_CONTEXT, context);
}

function headersOf(context: SpanContext | undefined): TraceHeaders {
  if (!context) return {};
  const flags = (context.traceFlags & 1).toString().padStart(2, "0");
  const state = context.traceState?.serialize();
  return {
    traceparent: `00-${context.traceId}-${context.spanId}-${flags}`,
    ...(state ? { tracestate: state } : {}),
  };
}
