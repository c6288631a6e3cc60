/** The vendor's people, API keys, the gateway's own secrets, and the audit log. */
import { z } from "zod";
import { command, flag, given, id, most, rowsOf } from "../command.ts";

const keysOf = (account: string | undefined) =>
  account === undefined ? "/api-keys" : `/accounts/${account}/api-keys`;

export const ACCESS_COMMANDS = {
  "user create": command(
    "Add one of the vendor's people",
    { name: z.string(), email: z.string(), role: z.string().describe("owner or support") },
    async ({ api }, asked) => ({ made: await api.post("/vendor-users", asked) }),
  ),
  "user list": command("List the vendor's people", most, (call, asked) =>
    rowsOf(call, "/vendor-users", asked),
  ),
  "user change": command(
    "Change a name, an address or a role; turn somebody's keys off or on again",
    {
      user: id,
      name: z.string().optional(),
      email: z.string().optional(),
      role: z.string().optional().describe("owner or support"),
      deactivated: flag.optional().describe("on: none of their keys is good any more"),
    },
    async ({ api }, { user, ...asked }) => ({
      made: await api.patch(`/vendor-users/${user}`, given(asked)),
    }),
  ),
  "key create": command(
    "Make an API key for one of the vendor's people, or for an account; shown this once",
    {
      user: id.optional().describe("one of the vendor's people, or"),
      account: id.optional().describe("an account, with its"),
      role: z.string().optional().describe("admin or viewer"),
      name: z.string(),
      expires: z.string().optional(),
    },
    async ({ api }, { user: vendor_user_id, account, role, name, expires: expires_at }) => ({
      made: await api.post(keysOf(account), given({ vendor_user_id, role, name, expires_at })),
    }),
  ),
  "key list": command(
    "List the API keys of the vendor's people, or of an account",
    { account: id.optional(), ...most },
    (call, asked) => rowsOf(call, keysOf(asked.account), { most: asked.most }),
  ),
  "key revoke": command(
    "Revoke an API key, for good",
    { key: id, account: id.optional() },
    async ({ api }, asked) => ({
      made: await api.delete(`${keysOf(asked.account)}/${asked.key}`).then((it) => it ?? {}),
    }),
  ),
  "token-secret renew": command(
    "Sign launch tokens and content addresses with a new secret; where it is no setting",
    {
      forget: flag
        .default(false)
        .describe("on: refuse what the old one signed at once; open courses must be opened again"),
    },
    async ({ api }, asked) => ({ made: await api.post("/token-secret/renew", asked) }),
  ),
  "audit list": command(
    "List what was changed, by whom and why",
    { account: id.optional(), ...most },
    (call, asked) =>
      rowsOf(call, asked.account === undefined ? "/audit" : `/accounts/${asked.account}/audit`, {
        most: asked.most,
      }),
  ),
} as const;
