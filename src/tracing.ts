/**
 * Traces: what one request did, from its arrival to its commit (docs/decisions/tracing.md). Off unless a collector is named;
 * then `traced` is a call of the work itself, and no OpenTelemetry is loaded.
 *
 * Attributes hold internal ids, names of ours and numbers; never a name or id that came from an LMS, a token, an address.
 */

export type TraceAttributes = Readonly<Record<string, string | number | boolean>>;

/** One step of a trace while it runs. */
export interface TraceSpan {
  note(attributes: TraceAttributes): void;
  /** What went wrong, in a word of ours. */
  fail(code: string): void;
  /** Runs `work` so that the spans it starts, and the lines it logs, belong to this one. */
  within<Result>(work: () => Result): Result;
  end(): void;
}

export interface SpanWish {
  readonly attributes?: TraceAttributes;
  /** The headers of a request that arrived: the span is that request's, and continues the trace they name, if any. */
  readonly arrived?: TraceHeaders;
}

/** https://www.w3.org/TR/trace-context/ */
export interface TraceHeaders {
  readonly traceparent?: string | undefined;
  readonly tracestate?: string | undefined;
}

export interface Tracing {
  readonly isOn: boolean;
  /** Within the span that runs now, unless it is an arrived request's. */
  start(name: string, wish?: SpanWish): TraceSpan;
  /** Runs `work` in a span of its own. What it throws ends the span as failed, by its code alone. */
  traced<Result>(
    name: string,
    attributes: TraceAttributes,
    work: (span: TraceSpan) => Promise<Result>,
  ): Promise<Result>;
  /**
   * Work that is done for several spans together. For one, it is a part of that; for more, a trace of its own, linked to and
   * from each.
   */
  tracedFor<Result>(spans: readonly TraceSpan[], name: string, work: () => Promise<Result>): Promise<Result>;
  /** Of the span that runs now: for the log. */
  ids(): { readonly trace_id: string; readonly span_id: string } | undefined;
  /** For a request to another server, so that its spans join this trace. */
  headers(): TraceHeaders;
  /** Hands over what was not sent yet. */
  close(): Promise<void>;
}

export const NO_SPAN: TraceSpan = {
  note: () => undefined,
  fail: () => undefined,
  within: (work) => work(),
  end: () => undefined,
};

export const NO_TRACING: Tracing = {
  isOn: false,
  start: () => NO_SPAN,
  traced: (_name, _attributes, work) => work(NO_SPAN),
  tracedFor: (_spans, _name, work) => work(),
  ids: () => undefined,
  headers: () => ({}),
  close: () => Promise.resolve(),
};

export interface TracingSettings {
  readonly OTEL_EXPORTER_OTLP_ENDPOINT: string;
  readonly OTEL_EXPORTER_OTLP_HEADERS: Readonly<Record<string, string>>;
  readonly OTEL_SERVICE_NAME: string;
  readonly OTEL_TRACES_SAMPLER_ARG: number;
}

/** OpenTelemetry takes a tenth of a second to load: only who wants it waits for it. */
export async function openTracing(settings: TracingSettings): Promise<Tracing> {
  if (settings.OTEL_EXPORTER_OTLP_ENDPOINT === "") return NO_TRACING;
  const { traceByHttp } = await import("./openTelemetry.ts");
  return traceByHttp(settings);
}
