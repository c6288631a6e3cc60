/** Faults and bugs become answers here and nowhere else (DESIGN §7): problem+json, RFC 9457. */
import { type ServerResponse, STATUS_CODES } from "node:http";
import type { ErrorRequestHandler, RequestHandler } from "express";
import type { Logger } from "winston";
import { FAULTS, Fault } from "../../core/faults.ts";
import type { Deps } from "../../deps.ts";
import type { Step } from "./securityHeaders.ts";

export interface Problem {
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly detail: string;
}

function sendProblem(response: ServerResponse, problem: Problem): void {
  response.statusCode = problem.status;
  response.setHeader("Cache-Control", "no-store");
  response.setHeader("Content-Type", "application/problem+json; charset=utf-8");
  response.end(
    JSON.stringify({
      type: `urn:tallygate:error:${problem.code}`,
      ...problem,
      reference: requestIdOf(response),
    }),
  );
}

/** For what is answered before Express has a say. */
export function sendFault(response: ServerResponse, fault: Fault): void {
  sendProblem(response, problemOf(fault));
}

/** Every request has an id, on its answer and on its lines in the log. */
export function requestIds(deps: Pick<Deps, "newId">): Step {
  return (_request, response, next) => {
    response.setHeader("X-Request-Id", deps.newId());
    next();
  };
}

export function requestIdOf(response: ServerResponse): string {
  return String(response.getHeader("X-Request-Id") ?? "");
}

export const notFound: RequestHandler = (request, response) => {
  sendProblem(response, {
    status: FAULTS.not_found.status,
    code: "not_found",
    title: FAULTS.not_found.title,
    detail: `There is nothing at ${request.method} ${request.path}.`,
  });
};

/** The last handler of Express. */
export function problems(log: Logger): ErrorRequestHandler {
  return (error: unknown, _request, response, next) => {
    if (!answerError(log, error, response)) next(error);
  };
}

/**
 * A fault says what it is; anything else is a bug: logged with its reference, nothing leaked.
 * @returns False where half of another answer is out already: then only the connection can end.
 */
export function answerError(log: Logger, error: unknown, response: ServerResponse): boolean {
  const problem = noteError(log, error, response);
  if (response.headersSent) return false;
  sendProblem(response, problem);
  return true;
}

const BUG: Problem = {
  status: 500,
  code: "internal_error",
  title: "The gateway failed",
  detail: "This is not your fault; tell support the reference.",
};

/** Logs what is worth it. @returns What may be said of it, for those who answer with a page of their own. */
export function noteError(log: Logger, error: unknown, response: ServerResponse): Problem {
  const fault = faultOf(error);
  const requestId = requestIdOf(response);
  if (!fault) log.error("A request failed", { requestId, error });
  else if (fault.status >= 500)
    log.warn("A request could not be served", { requestId, code: fault.code, error: fault.cause });
  return fault ? problemOf(fault) : BUG;
}

function problemOf({ status, code, title, message }: Fault): Problem {
  return { status, code, title, detail: message };
}

/** Express's own errors, of bodies that are too large or no JSON, are faults of ours. */
function faultOf(error: unknown): Fault | undefined {
  if (error instanceof Fault) return error;
  const status = error instanceof Error && "status" in error ? error.status : undefined;
  if (typeof status !== "number" || status < 400 || status >= 500) return undefined;
  if (status === 413) return new Fault("body_too_large", "The body is larger than allowed here.");
  return new Fault("body_invalid", `The request can't be read (${STATUS_CODES[status] ?? status}).`);
}
