/**
 * What a route is. Declared once; from the declaration come its routing, its checks, its page in the OpenAPI document
 * and its rows in the role matrix.
 *
 *     defineRoute({
 *       id: "connections.change",
 *       tag: "Connections",
 *       method: "patch",
 *       path: "/accounts/{account_id}/connections/{connection_id}",
 *       permission: "deliveries",
 *       need: "change",
 *       summary: "Change a connection",
 *       body: z.strictObject({ name: nameText.optional() }),
 *       answers: { 200: connectionShape },
 *       faults: ["not_found", "changed_meanwhile"],
 *       etag: true,
 *       run: async ({ context, by, params, body, requireUnchanged }) => {
 *         const changed = await changeConnection(context, by, params, body, (current) =>
 *           requireUnchanged(showConnection(current)),
 *         );
 *         return reply(200, showConnection(changed));
 *       },
 *     });
 */
import type { Readable } from "node:stream";
import { z } from "zod";
import type { FaultCode } from "../../core/faults.ts";
import type { Permission } from "../../core/permissions.ts";
import type { By } from "../../flows/audited.ts";
import type { Context } from "../../flows/context.ts";
import type { Principal } from "../../flows/principal.ts";
import type { Account } from "../../store/accounts.ts";

export type Method = "get" | "post" | "put" | "patch" | "delete";

/** Bytes of a type of their own instead of JSON; `run` gives them as a buffer or a stream. */
export interface BinaryAnswer {
  readonly binary: string;
}

/** By status: the shape of the JSON, a file, or null where there is no body. */
export type Answers = Readonly<Partial<Record<200 | 201 | 202 | 204, z.ZodType | BinaryAnswer | null>>>;

/** A route's parameters are the `{names}` in its path; each is the id of something. */
export type PathParams<Path extends string> = Path extends `${string}{${infer Name}}${infer Rest}`
  ? { readonly [Key in Name]: string } & PathParams<Rest>
  : unknown;

interface Call<Params, Query, Body> {
  /** Where an Idempotency-Key was sent, its transactions are part of the one that keeps the answer. */
  readonly context: Context;
  readonly principal: Principal;
  /** Who and why, for the audit log. */
  readonly by: By;
  /** Of the path's `{account_id}`; null on routes without. */
  readonly account: Account | null;
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  /** Seals cursors: a page goes on only in the list that it is of. */
  readonly cursorScope: string;
  /**
   * @param current What a GET of the thing answers now; its row is locked.
   * @throws Fault `changed_meanwhile` where that is not what `If-Match` names.
   */
  requireUnchanged(current: object): void;
}

/** Of routes that take a file. */
export interface Upload {
  readonly content: Readable;
  readonly content_type: string;
  /** Null where the sender does not say. */
  readonly total_bytes: number | null;
  /**
   * Does `work` once for the request's Idempotency-Key, or without one simply does it.
   * @param digest Of the whole body, so that another body under the same key is noticed.
   */
  once<Done extends AnyReply>(digest: string, work: (context: Context) => Promise<Done>): Promise<Done>;
}

export interface AnyReply {
  readonly status: number;
  readonly body: unknown;
  /** Where the new thing is, below /api/v1. */
  readonly location?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export function reply<const Status extends number, Body>(
  status: Status,
  body: Body,
  extra: Pick<AnyReply, "location" | "headers"> = {},
) {
  return { status, body, ...extra };
}

type BodyOf<Answer> = Answer extends z.ZodType
  ? { readonly body: z.output<Answer> }
  : Answer extends BinaryAnswer
    ? { readonly body: Readable | Buffer }
    : { readonly body: null };

export type Reply<Expected extends Answers> = {
  [Status in keyof Expected & number]: Omit<AnyReply, "status" | "body"> & {
    readonly status: Status;
  } & BodyOf<Expected[Status]>;
}[keyof Expected & number];

interface Declared {
  /** `noun.verb`; the operationId of the OpenAPI document, the key in the role matrix. Never renamed. */
  readonly id: string;
  /** The heading that it stands under in the document. */
  readonly tag: string;
  readonly method: Method;
  /** A row of RULES §7; `anyone`: whoever has a key. */
  readonly permission: Permission | "anyone";
  readonly need: "see" | "change";
  /** Not for an account's roles, whatever the row lets them see of their own. */
  readonly vendorOnly?: true;
  /** What is billed is shown whole; everything else is shown to an account's roles without its pilots (RULES §3.6). */
  readonly showsPilots?: true;
  /** The account is named in the body, or is the key's own: `run` sees to it that nobody else's is. */
  readonly accountInBody?: true;
  /** Settles what is owed, which an account's closing does not end: of a closed account too. */
  readonly settles?: true;
  readonly summary: string;
  /** Markdown; what the summary can't say. */
  readonly description?: string;
  /** Besides those that any route can answer (`COMMON_FAULTS`). */
  readonly faults: readonly FaultCode[];
  /** The answer carries an ETag: the thing can be edited, or asked for again cheaply. */
  readonly etag?: true;
  /** A POST that changes nothing: an Idempotency-Key is of no use to it. */
  readonly reads?: true;
  /** Content types that are streamed to `run` as they come, instead of JSON; or beside it, where there is a `body` too. */
  readonly upload?: readonly string[];
}

export interface Route extends Declared {
  readonly path: string;
  readonly query: z.ZodObject;
  readonly body: z.ZodType | null;
  readonly answers: Answers;
  run(call: AnyCall): Promise<AnyReply>;
}

export type AnyCall = Call<unknown, unknown, unknown> & { readonly upload: Upload | null };

/** With uploads, the JSON may come instead of a file. */
type BodyFor<Body, Uploaded> = Body extends z.ZodType
  ? z.output<Body> | (Uploaded extends readonly string[] ? undefined : never)
  : undefined;

interface Definition<
  Path extends string,
  Expected extends Answers,
  Query extends z.ZodObject | undefined,
  Body extends z.ZodType | undefined,
  Uploaded extends readonly string[] | undefined,
> extends Declared {
  readonly path: Path;
  readonly query?: Query;
  readonly body?: Body;
  readonly answers: Expected;
  readonly upload?: Uploaded & readonly string[];
  run(
    call: Call<
      PathParams<Path>,
      Query extends z.ZodType ? z.output<Query> : unknown,
      BodyFor<Body, Uploaded>
    > & { readonly upload: Uploaded extends readonly string[] ? Upload : null },
  ): Promise<Reply<Expected>>;
}

export function uploadTypesOf({ upload = [], body }: Pick<Route, "upload" | "body">): readonly string[] {
  return [...upload, ...(body ? ["application/json"] : [])];
}

const NO_QUERY = z.strictObject({});

export function defineRoute<
  const Path extends string,
  const Expected extends Answers,
  Query extends z.ZodObject | undefined = undefined,
  Body extends z.ZodType | undefined = undefined,
  const Uploaded extends readonly string[] | undefined = undefined,
>(definition: Definition<Path, Expected, Query, Body, Uploaded>): Route {
  // What `run` is handed has been parsed by these very schemas.
  const run = definition.run as unknown as Route["run"];
  return { ...definition, query: definition.query ?? NO_QUERY, body: definition.body ?? null, run };
}
