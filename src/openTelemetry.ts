/**
 * Traces by OpenTelemetry, sent to a collector as OTLP over HTTP. Nothing global is set: a tracer is handed out like any
 * other dependency, and the running span is kept in a store of its own.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import {
  type Context,
  createTraceState,
  isSpanContextValid,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  SpanKind,
  type SpanOptions,
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
import type { SpanWish, TraceHeaders, TraceSpan, Tracing, TracingSettings } from "./tracing.ts";

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

  const startIn = (context: Context, name: string, options: SpanOptions): OpenTelemetrySpan => {
    const span = tracer.startSpan(name, options, context);
    return new OpenTelemetrySpan(span, trace.setSpan(context, span), running);
  };
  const start = (name: string, { attributes = {}, arrived }: SpanWish = {}): TraceSpan =>
    arrived
      ? startIn(arrivedContext(arrived), name, { kind: SpanKind.SERVER, attributes })
      : startIn(here(), name, { attributes });
  return {
    isOn: true,
    start,
    traced: (name, attributes, work) => {
      const span = start(name, { attributes });
      return endingWith(span, () => work(span));
    },
    tracedFor: (spans, name, work) => {
      const served = spans.filter((span) => span instanceof OpenTelemetrySpan);
      const [only] = served;
      if (only && served.length === 1) return only.within(() => endingWith(start(name), work));
      const links = served.map(({ span }) => ({ context: span.spanContext() }));
      const together = startIn(ROOT_CONTEXT, name, {
        links,
        attributes: { "tallygate.together": served.length },
      });
      for (const { span } of served) span.addLink({ context: together.span.spanContext() });
      return endingWith(together, work);
    },
    ids: () => {
      const of = trace.getSpanContext(here());
      return of && { trace_id: of.traceId, span_id: of.spanId };
    },
    headers: () => headersOf(trace.getSpanContext(here())),
    close: () => provider.shutdown(),
  };
}

async function endingWith<Result>(span: TraceSpan, work: () => Promise<Result>): Promise<Result> {
  try {
    return await span.within(work);
  } catch (error) {
    span.fail(errorCode(error) ?? (error instanceof Error ? error.name : "error"));
    throw error;
  } finally {
    span.end();
  }
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
