/** Who calls? The key first: without it, what is malformed is answered as what is well-formed. */
import type { Request, RequestHandler, Response } from "express";
import { Fault } from "../../core/faults.ts";
import { authenticateKey } from "../../flows/apiKeys.ts";
import type { Context } from "../../flows/context.ts";
import type { Principal } from "../../flows/principal.ts";
import { createApiLimits } from "./apiLimits.ts";
import { isOperator } from "./operatorKey.ts";

export interface Caller {
  readonly principal: Principal;
  /** What they proved it with; never stored or logged. */
  readonly credential: string;
}

const OPERATOR: Principal = {
  type: "operator",
  key_id: null,
  role: "owner",
  account_id: null,
  vendor_user_id: null,
};

export function authentication(context: Context, operatorKey: string): RequestHandler {
  const limits = createApiLimits(context);
  return async (request, response, next) => {
    const caller = await limits.listenTo(request, response, () =>
      authenticate(context, operatorKey, request, response),
    );
    await limits.countOfKey(caller.principal, response);
    response.locals[CALLER] = caller;
    next();
  };
}

const CALLER = "caller";

export function callerOf(response: Response): Caller {
  return response.locals[CALLER] as Caller;
}

async function authenticate(
  context: Context,
  operatorKey: string,
  request: Request,
  response: Response,
): Promise<Caller> {
  response.set("WWW-Authenticate", 'Bearer realm="tallygate"');
  const [, credential] = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? "") ?? [];
  if (credential === undefined)
    throw new Fault("unauthenticated", "Authorization: expected `Bearer` and an API key.");
  const principal = isOperator(request, credential, operatorKey)
    ? OPERATOR
    : await authenticateKey(context, credential);
  response.removeHeader("WWW-Authenticate");
  return { principal, credential };
}
