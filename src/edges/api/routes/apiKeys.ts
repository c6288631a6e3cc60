/** Keys to this API: of the vendor's people, and of accounts. */
import { z } from "zod";
import { Fault } from "../../../core/faults.ts";
import { createApiKey, revokeKey } from "../../../flows/apiKeys.ts";
import { type ApiKey, findApiKey, pageOfApiKeys } from "../../../store/apiKeys.ts";
import type { Sql } from "../../../store/db.ts";
import { type PageRequest, paged, pageOf, pageQuery } from "../paging.ts";
import { defineRoute, type Route, reply } from "../route.ts";
import { id, moment, nameText } from "../schemas.ts";

const keyFields = {
  id,
  account_id: id.nullable().meta({ description: "Null: of the vendor." }),
  vendor_user_id: id.nullable(),
  role: z
    .enum(["owner", "support", "admin", "viewer"])
    .meta({ description: "Of a vendor user's key: the role that the user has now." }),
  name: z.string(),
  prefix: z.string().meta({ description: "How the key begins.", examples: ["tg_0123456789ab"] }),
  created_at: moment,
  created_by: z.string(),
  last_used_at: moment.nullable().meta({ description: "To the minute." }),
  expires_at: moment.nullable(),
  revoked_at: moment.nullable(),
};

const keyShape = z.object(keyFields).meta({ id: "ApiKey" });

const newKeyShape = z
  .object({
    ...keyFields,
    key: z.string().meta({ description: "The key itself: shown this once, and nowhere stored." }),
  })
  .meta({ id: "NewApiKey" });

const showKey = (key: ApiKey): z.output<typeof keyShape> => key;

const expiry = moment.nullable().optional().meta({ description: "If not given: until it is revoked." });

/** @param accountId Null: the vendor's. */
async function requireKey(sql: Sql, accountId: string | null, keyId: string): Promise<ApiKey> {
  const key = await findApiKey(sql, accountId, keyId);
  if (!key) throw new Fault("not_found", `api_key: found none with the id ${keyId}.`);
  return key;
}

const ONCE_SHOWN =
  "The key is in the answer and nowhere else; sent again with the same Idempotency-Key, the request gives it again. Nobody makes a key with more rights than their own.";

const VENDOR_ROUTES: readonly Route[] = [
  defineRoute({
    id: "api_keys.list",
    tag: "API keys",
    method: "get",
    path: "/api-keys",
    permission: "vendor",
    need: "see",
    summary: "List the keys of the vendor's people, newest first",
    query: pageQuery({ vendor_user_id: id.optional() }),
    answers: { 200: pageOf(keyShape) },
    faults: [],
    run: async (call) => {
      const read = (page: PageRequest) => pageOfApiKeys(call.context.db, null, call.query, page);
      return reply(200, await paged(call, read, showKey));
    },
  }),
  defineRoute({
    id: "api_keys.create",
    tag: "API keys",
    method: "post",
    path: "/api-keys",
    permission: "vendor",
    need: "change",
    summary: "Make a key for one of the vendor's people",
    description: ONCE_SHOWN,
    body: z.strictObject({ vendor_user_id: id, name: nameText, expires_at: expiry }),
    answers: { 201: newKeyShape },
    faults: ["not_found", "conflict"],
    run: async ({ context, by, principal, body }) => {
      const { vendor_user_id, name, expires_at = null } = body;
      const owner = { type: "vendor_user", vendor_user_id } as const;
      const made = await createApiKey(context, by, principal, { owner, name, expires_at });
      return reply(201, { ...showKey(made.key), key: made.text }, { location: `/api-keys/${made.key.id}` });
    },
  }),
  defineRoute({
    id: "api_keys.get",
    tag: "API keys",
    method: "get",
    path: "/api-keys/{key_id}",
    permission: "vendor",
    need: "see",
    summary: "Read what is known of a key of the vendor's people",
    answers: { 200: keyShape },
    faults: [],
    run: async ({ context, params }) =>
      reply(200, showKey(await requireKey(context.db, null, params.key_id))),
  }),
  defineRoute({
    id: "api_keys.revoke",
    tag: "API keys",
    method: "delete",
    path: "/api-keys/{key_id}",
    permission: "vendor",
    need: "change",
    summary: "Revoke a key of the vendor's people, for good",
    description: "It is refused from the next request on. What it did stays in the audit log.",
    answers: { 200: keyShape },
    faults: [],
    run: async ({ context, by, params }) =>
      reply(200, showKey(await revokeKey(context, by, null, params.key_id))),
  }),
];

const ACCOUNT_ROUTES: readonly Route[] = [
  defineRoute({
    id: "account_api_keys.list",
    tag: "API keys",
    method: "get",
    path: "/accounts/{account_id}/api-keys",
    permission: "access",
    need: "see",
    summary: "List an account's keys, newest first",
    query: pageQuery({}),
    answers: { 200: pageOf(keyShape) },
    faults: [],
    run: async (call) => {
      const { context, params } = call;
      const read = (page: PageRequest) => pageOfApiKeys(context.db, params.account_id, {}, page);
      return reply(200, await paged(call, read, showKey));
    },
  }),
  defineRoute({
    id: "account_api_keys.create",
    tag: "API keys",
    method: "post",
    path: "/accounts/{account_id}/api-keys",
    permission: "access",
    need: "change",
    summary: "Make a key for an account",
    description: ONCE_SHOWN,
    body: z.strictObject({
      name: nameText,
      role: z.enum(["admin", "viewer"], { error: "expected admin or viewer" }),
      expires_at: expiry,
    }),
    answers: { 201: newKeyShape },
    faults: [],
    run: async ({ context, by, principal, params: { account_id }, body }) => {
      const { role, name, expires_at = null } = body;
      const owner = { type: "account", account_id, role } as const;
      const made = await createApiKey(context, by, principal, { owner, name, expires_at });
      const location = `/accounts/${account_id}/api-keys/${made.key.id}`;
      return reply(201, { ...showKey(made.key), key: made.text }, { location });
    },
  }),
  defineRoute({
    id: "account_api_keys.get",
    tag: "API keys",
    method: "get",
    path: "/accounts/{account_id}/api-keys/{key_id}",
    permission: "access",
    need: "see",
    summary: "Read what is known of an account's key",
    answers: { 200: keyShape },
    faults: [],
    run: async ({ context, params }) =>
      reply(200, showKey(await requireKey(context.db, params.account_id, params.key_id))),
  }),
  defineRoute({
    id: "account_api_keys.revoke",
    tag: "API keys",
    method: "delete",
    path: "/accounts/{account_id}/api-keys/{key_id}",
    permission: "access",
    need: "change",
    summary: "Revoke an account's key, for good",
    description: "It is refused from the next request on. What it did stays in the audit log.",
    answers: { 200: keyShape },
    faults: [],
    run: async ({ context, by, params }) =>
      reply(200, showKey(await revokeKey(context, by, params.account_id, params.key_id))),
  }),
];

export const API_KEY_ROUTES: readonly Route[] = [...VENDOR_ROUTES, ...ACCOUNT_ROUTES];
