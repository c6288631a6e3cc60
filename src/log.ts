/** JSON lines to standard error. No learner's name, no id of an LMS, no token is ever logged. */
import winston from "winston";
import { errorCode } from "./core/systemErrors.ts";
import { NO_TRACING, type Tracing } from "./tracing.ts";

/** Of what is logged as `error`, only what `loggableError` lets through. */
const safeError = winston.format((line) =>
  "error" in line ? { ...line, error: loggableError(line["error"]) } : line,
);

export const LOG_FORMAT = winston.format.combine(
  safeError(),
  winston.format.timestamp(),
  winston.format.json(),
);

/** What is logged while a span runs bears the ids of its trace. */
const traceIds = winston.format((line, tracing) => Object.assign(line, (tracing as Tracing).ids()));

export function createLog(level: string, tracing: Tracing = NO_TRACING): winston.Logger {
  return winston.createLogger({
    level,
    defaultMeta: { pid: process.pid },
    format: tracing.isOn ? winston.format.combine(traceIds(tracing), LOG_FORMAT) : LOG_FORMAT,
    transports: [new winston.transports.Console({ stderrLevels: ["error", "warn", "info", "debug"] })],
  });
}

/** Five digits and letters: an error of the database (SQLSTATE). */
const SQLSTATE = /^[0-9A-Z]{5}$/;
const DATABASE_FIELDS = ["severity", "table", "constraint", "routine"] as const;

/**
 * Where an error happened and of what kind it is. A database quotes the values it was given (in `detail`, `params` and some
 * messages), and a JSON parser the text: these messages stay out.
 */
function loggableError(error: unknown): object {
  if (typeof error !== "object" || error === null) return { type: typeof error };
  const fields = error as Readonly<Record<string, unknown>>;
  const code = errorCode(error);
  const isOfDatabase = code !== undefined && SQLSTATE.test(code) && "severity" in error;
  const quotesValues = isOfDatabase || fields["name"] === "SyntaxError";
  return {
    name: fields["name"],
    ...(code === undefined ? {} : { code }),
    ...(quotesValues ? {} : { message: fields["message"] }),
    ...(isOfDatabase ? Object.fromEntries(DATABASE_FIELDS.map((name) => [name, fields[name]])) : {}),
    stack: framesOf(fields["stack"]),
    ...(fields["cause"] === undefined ? {} : { cause: loggableError(fields["cause"]) }),
  };
}

/** A stack begins with the message, which may have several lines. */
function framesOf(stack: unknown): string[] {
  return String(stack ?? "")
    .split("\n")
    .filter((line) => line.startsWith("    at "))
    .map((line) => line.trim());
}
