/**
 * The operator's door: a command line that comes second finds the folder held, and has the gateway that holds it run the
 * command (DESIGN §1). Opened by a key that only the folder's owner can read, and only from this machine.
 */
import { timingSafeEqual } from "node:crypto";
import express, { type Request, Router } from "express";
import { z } from "zod";
import { Fault } from "../../core/faults.ts";
import type { Context } from "../../flows/context.ts";
import { runCommand } from "./runCommand.ts";

const commandRequest = z.object({
  command: z.string(),
  options: z.record(z.string(), z.unknown()),
  why: z.string().max(1000),
});

/** Answers in JSON lines: `{progress}` while it runs, then `{result}` or `{fault}`. */
export function operatorRouter(context: Context, operatorKey: string): Router {
  const router = Router();
  // The key first: without it, what is malformed is answered as what is well-formed.
  router.use((request, _response, next) => {
    requireKey(request, operatorKey);
    next();
  });
  router.post("/run", express.json({ limit: "100kb" }), async (request, response) => {
    const parsed = commandRequest.safeParse(request.body);
    if (!parsed.success) throw new Fault("body_invalid", describe(parsed.error));
    response.type("application/x-ndjson");
    const say = (line: object) => response.write(`${JSON.stringify(line)}\n`);
    try {
      say({ result: await runCommand(context, parsed.data, (progress) => say({ progress })) });
    } catch (error) {
      if (!(error instanceof Fault))
        context.deps.log.error("A command failed", { command: parsed.data.command, error });
      say({
        fault:
          error instanceof Fault
            ? { code: error.code, detail: error.message }
            : { code: "internal_error", detail: "The gateway failed; see its log." },
      });
    }
    response.end();
  });
  return router;
}

function describe(error: z.ZodError): string {
  return error.issues.map((issue) => `${issue.path.join(".") || "body"}: ${issue.message}.`).join(" ");
}

/** By the loopback address, or where the gateway listens on another one, by that one itself. */
function isFromThisMachine({ remoteAddress = "", localAddress }: Request["socket"]): boolean {
  return /^(::ffff:)?127\.|^::1$/.test(remoteAddress) || remoteAddress === localAddress;
}

function requireKey(request: Request, operatorKey: string): void {
  const given = Buffer.from(request.headers.authorization?.replace(/^Bearer /, "") ?? "");
  const expected = Buffer.from(operatorKey);
  if (
    !isFromThisMachine(request.socket) ||
    given.length !== expected.length ||
    !timingSafeEqual(given, expected)
  )
    throw new Fault("not_found", "There is nothing here.");
}
