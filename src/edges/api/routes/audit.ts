/** Who changed what, when and why. */
import { z } from "zod";
import { Fault } from "../../../core/faults.ts";
import { type AuditEntry, pageOfAudit } from "../../../store/audit.ts";
import { type PageRequest, paged, pageOf, pageQuery } from "../paging.ts";
import { defineRoute, type Route, reply } from "../route.ts";
import { id, moment, text } from "../schemas.ts";

const values = z.record(z.string(), z.unknown()).nullable();

const entryShape = z
  .object({
    id,
    account_id: id.nullable().meta({ description: "Null: concerns the vendor as a whole." }),
    at: moment,
    actor: z.string().meta({
      description:
        "`vendor_user:<id>`, `api_key:<id>` for an account's key, `cli` for the operator, `gateway` for what it did by itself.",
    }),
    api_key_id: id.nullable().meta({ description: "The key that it was done with." }),
    action: z.string().meta({ examples: ["license.pause"] }),
    subject_type: z.string(),
    subject_id: z.string(),
    before: values,
    after: values,
    why: z.string(),
  })
  .meta({ id: "AuditEntry" });

const showEntry = (entry: AuditEntry): z.output<typeof entryShape> => ({
  ...entry,
  before: entry.before as Record<string, unknown> | null,
  after: entry.after as Record<string, unknown> | null,
});

const filters = {
  subject_type: text(100)
    .optional()
    .meta({ examples: ["license"] }),
  subject_id: text(100).optional(),
  action: text(100)
    .optional()
    .meta({ examples: ["license.pause"] }),
  actor: text(100).optional(),
  api_key_id: id.optional(),
  from: moment.optional().meta({ description: "From this instant on." }),
  until: moment.optional().meta({ description: "Before this instant." }),
};

export const AUDIT_ROUTES: readonly Route[] = [
  defineRoute({
    id: "audit.list",
    tag: "Audit",
    method: "get",
    path: "/audit",
    permission: "audit",
    need: "see",
    summary: "List what was changed, newest first",
    description: "An account's admin sees their own account's part.",
    query: pageQuery({ ...filters, account_id: id.optional() }),
    answers: { 200: pageOf(entryShape) },
    faults: ["not_found"],
    run: async (call) => {
      const { limit: _limit, cursor: _cursor, ...filter } = call.query;
      const own = call.principal.account_id;
      if (own !== null && filter.account_id !== undefined && filter.account_id !== own)
        throw new Fault("not_found", `account_id: found no account with the id ${filter.account_id}.`);
      const account_id = own ?? filter.account_id;
      const read = (page: PageRequest) => pageOfAudit(call.context.db, { ...filter, account_id }, page);
      return reply(200, await paged(call, read, showEntry));
    },
  }),
  defineRoute({
    id: "account_audit.list",
    tag: "Audit",
    method: "get",
    path: "/accounts/{account_id}/audit",
    permission: "audit",
    need: "see",
    summary: "List what was changed in an account, newest first",
    query: pageQuery(filters),
    answers: { 200: pageOf(entryShape) },
    faults: [],
    run: async (call) => {
      const { limit: _limit, cursor: _cursor, ...filter } = call.query;
      const { account_id } = call.params;
      const read = (page: PageRequest) => pageOfAudit(call.context.db, { ...filter, account_id }, page);
      return reply(200, await paged(call, read, showEntry));
    },
  }),
];
