/** Measures and traces every request, whoever answers it: Express, or what is answered before it. */
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import type { Deps } from "../../deps.ts";
import { methodName, type RouteNamer } from "./routeNames.ts";

type Observers = Pick<Deps, "metrics" | "tracing" | "stopwatch">;

const COURSE_FILES = "/c/*";

export function observed(
  { metrics, tracing, stopwatch }: Observers,
  routeOf: RouteNamer,
  listener: RequestListener,
): RequestListener {
  return (request, response) => {
    const seconds = stopwatch();
    const method = methodName(request.method);
    const route = routeOf(request.url);
    const sentBefore = request.socket.bytesWritten;
    const span = tracing.start(`${method} ${route}`, {
      arrived: traceHeadersOf(request),
      attributes: { "http.request.method": method, "http.route": route },
    });
    metrics.requestsUnderWay.inc();
    // Not `finish`: a client that leaves in the middle is a request too.
    response.once("close", () => {
      metrics.requestsUnderWay.dec();
      metrics.requestSeconds.observe({ method, route, status: statusOf(response) }, seconds());
      if (route === COURSE_FILES) metrics.contentBytes.inc(request.socket.bytesWritten - sentBefore);
      span.note({
        "http.response.status_code": response.statusCode,
        "tallygate.request_id": String(response.getHeader("X-Request-Id") ?? ""),
      });
      if (response.statusCode >= 500) span.fail(String(response.statusCode));
      span.end();
    });
    span.within(() => listener(request, response));
  };
}

/** Nothing was answered where the client left before: nginx and its kin call that 499. */
function statusOf(response: ServerResponse): string {
  return response.headersSent ? String(response.statusCode) : "499";
}

function traceHeadersOf({ headers }: IncomingMessage) {
  const { traceparent, tracestate } = headers;
  return { traceparent: textOf(traceparent), tracestate: textOf(tracestate) };
}

function textOf(header: string | string[] | undefined): string | undefined {
  return typeof header === "string" ? header : header?.join(",");
}
