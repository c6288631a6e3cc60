/**
 * A server that slow clients can't hold: no time for a request as a whole, which would cut a long upload or a big video,
 * but a slowest pace for each direction. Whoever sends headers late, a body by drops, or reads an answer by drops, is
 * cut; whoever is slow but moves is not (docs/security.md).
 */
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from "node:http";
import type { Socket } from "node:net";
import type { Config } from "../../config.ts";
import { Fault } from "../../core/faults.ts";
import { type Bagged, createBag } from "./bag.ts";
import { sendFault } from "./problems.ts";

export type ConnectionSettings = Pick<
  Config,
  "HEADERS_SECONDS" | "STALL_SECONDS" | "SLOWEST_BYTES_PER_SECOND" | "KEEP_ALIVE_SECONDS" | "MOST_CONNECTIONS"
>;

/** Browsers and proxies send a third of it. */
const MOST_HEADERS = 100;
const MOST_HEADER_BYTES = 16 * 1024;
const CHECK_SECONDS = 1;

export function createLimitedServer(settings: ConnectionSettings, listener: RequestListener): Server {
  const exchanges = createBag<Exchange>();
  const newest = new WeakMap<Socket, Exchange>();
  const forgetOnceOver = (exchange: Exchange) => {
    if (!isOver(exchange)) return;
    exchanges.delete(exchange);
    if (newest.get(exchange.socket) === exchange) newest.delete(exchange.socket);
  };
  const server = createServer(
    {
      headersTimeout: settings.HEADERS_SECONDS * 1000,
      // Not by the whole time of a request: see above.
      requestTimeout: 0,
      keepAliveTimeout: settings.KEEP_ALIVE_SECONDS * 1000,
      connectionsCheckingInterval: CHECK_SECONDS * 1000,
      maxHeaderSize: MOST_HEADER_BYTES,
      insecureHTTPParser: false,
      requireHostHeader: true,
    },
    (request, response) => {
      const exchange = beginExchange(request, response);
      exchanges.add(exchange);
      newest.set(request.socket, exchange);
      // At once: whatever outlives its moment is copied by every collection of garbage, and a second's requests are megabytes.
      response.once("close", () => forgetOnceOver(exchange));
      if (hasBody(request) && !response.shouldKeepAlive) closeOnceRead(request, response);
      const refusal = refusalOf(request);
      if (refusal) endWith(response, refusal);
      else listener(request, response);
    },
  );
  server.maxHeadersCount = MOST_HEADERS;
  server.maxConnections = settings.MOST_CONNECTIONS;
  server.setTimeout(settings.STALL_SECONDS * 1000, (socket) => {
    // Silent while we work at its request: that is not the client's doing.
    const exchange = newest.get(socket);
    if (!exchange || isOver(exchange) || socket.writableLength > 0) socket.destroy();
  });
  const check = setInterval(() => {
    for (const exchange of exchanges) {
      if (!isOver(exchange)) cutWhereTooSlow(exchange, settings);
      forgetOnceOver(exchange);
    }
  }, CHECK_SECONDS * 1000);
  check.unref();
  server.once("close", () => clearInterval(check));
  return server;
}

/** Shapes that a proxy in front may read otherwise than we do: nobody honest sends them. */
function refusalOf({ url = "", rawHeaders }: IncomingMessage): Fault | undefined {
  if (!url.startsWith("/"))
    return new Fault("body_invalid", "The request's target: expected a path that begins with a slash.");
  let hosts = 0;
  for (let index = 0; index < rawHeaders.length; index += 2)
    if (rawHeaders[index]?.length === 4 && rawHeaders[index]?.toLowerCase() === "host") hosts++;
  return hosts > 1 ? new Fault("body_invalid", "Host: found several, expected one.") : undefined;
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;
}

/**
 * A connection that is closed with bytes unread is reset, and the answer that is under way is lost with it: whoever is
 * refused early would never hear why. So the rest is read first, as far as it comes in time.
 */
function closeOnceRead(request: IncomingMessage, response: ServerResponse): void {
  response.shouldKeepAlive = true;
  response.once("finish", () => {
    if (request.complete) request.socket.end();
    else request.once("end", () => request.socket.end());
  });
}

function endWith(response: ServerResponse, fault: Fault): void {
  response.setHeader("Connection", "close");
  sendFault(response, fault);
}

/** One request and its answer, as far as bytes go. Seconds are counted by checks, so that a busy process is to nobody's loss. */
interface Exchange extends Bagged {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly socket: Socket;
  /** Since when the body's pace is looked at, and how much had come by then. */
  receiving: { seconds: number; from: number };
  /** Up to where the answer must have gone out, and for how long that may still take. */
  sending: { secondsLeft: number; to: number } | null;
}

function beginExchange(request: IncomingMessage, response: ServerResponse): Exchange {
  const { socket } = request;
  const receiving = { seconds: 0, from: socket.bytesRead };
  return { request, response, socket, receiving, sending: null, place: null };
}

function isOver({ request, response, socket }: Exchange): boolean {
  return socket.destroyed || (request.complete && response.closed);
}

function cutWhereTooSlow(exchange: Exchange, settings: ConnectionSettings): void {
  const { response, socket } = exchange;
  const sendsSlowly = sendsTooSlowly(exchange, settings);
  if (sendsSlowly && !response.headersSent) endWith(response, tooSlow());
  else if (sendsSlowly || readsTooSlowly(exchange, settings)) socket.destroy();
}

function tooSlow(): Fault {
  return new Fault("request_too_slow", "The request's body came too slowly, or not to its end.");
}

function sendsTooSlowly(exchange: Exchange, settings: ConnectionSettings): boolean {
  const { request, response, socket, receiving } = exchange;
  if (request.complete) return false;
  const isAnswered = response.writableEnded;
  receiving.seconds += CHECK_SECONDS;
  // Where we are the slow ones (a disk, say), the time starts anew.
  const isForUs = !isAnswered && request.readableLength >= request.readableHighWaterMark;
  const isDue = receiving.seconds >= settings.STALL_SECONDS;
  if (!isForUs && !isDue) return false;
  // What still comes after the answer is read for a while, so that the client gets to read it, and in vain.
  const expected = isAnswered
    ? Number.POSITIVE_INFINITY
    : receiving.seconds * settings.SLOWEST_BYTES_PER_SECOND;
  const isSlow = !isForUs && socket.bytesRead - receiving.from < expected;
  if (!isSlow) exchange.receiving = { seconds: 0, from: socket.bytesRead };
  return isSlow;
}

/** What waits to be sent must be gone in the time that it takes at the slowest pace, whatever pieces it was written in. */
function readsTooSlowly(exchange: Exchange, settings: ConnectionSettings): boolean {
  const { socket } = exchange;
  const waiting = socket.writableLength;
  const sent = socket.bytesWritten - waiting;
  if (waiting === 0) {
    exchange.sending = null;
    return false;
  }
  if (exchange.sending === null || sent >= exchange.sending.to) {
    const secondsLeft = settings.STALL_SECONDS + waiting / settings.SLOWEST_BYTES_PER_SECOND;
    exchange.sending = { secondsLeft, to: sent + waiting };
    return false;
  }
  exchange.sending.secondsLeft -= CHECK_SECONDS;
  return exchange.sending.secondsLeft <= 0;
}
