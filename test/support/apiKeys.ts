/** Keys to the API, made through the flows. */
import type { Role } from "../../src/core/permissions.ts";
import { createApiKey, type KeyOwner } from "../../src/flows/apiKeys.ts";
import type { Context } from "../../src/flows/context.ts";
import { createVendorUser } from "../../src/flows/vendorUsers.ts";
import { BY } from "./fixtures.ts";

export interface TestKey {
  readonly id: string;
  /** As it is sent. */
  readonly text: string;
}

/** A key of a new vendor user. */
export async function vendorKey(
  context: Context,
  role: "owner" | "support",
): Promise<TestKey & { readonly vendor_user_id: string }> {
  const email = `${context.deps.newId()}@vendor.example.com`;
  const { id: vendor_user_id } = await createVendorUser(context, BY, { name: "Vera Vendor", email, role });
  return { ...(await keyOf(context, { type: "vendor_user", vendor_user_id })), vendor_user_id };
}

export function accountKey(context: Context, account_id: string, role: "admin" | "viewer"): Promise<TestKey> {
  return keyOf(context, { type: "account", account_id, role });
}

async function keyOf(context: Context, owner: KeyOwner): Promise<TestKey> {
  const maker: { role: Role } = { role: "owner" };
  const made = await createApiKey(context, BY, maker, { owner, name: "Test", expires_at: null });
  return { id: made.key.id, text: made.text };
}
