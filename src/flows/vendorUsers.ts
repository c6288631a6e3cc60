/** The vendor's people and their roles (RULES §7). The audit log names them by id only. */
import { Fault } from "../core/faults.ts";
import { codeOf, type Sql } from "../store/db.ts";
import {
  findVendorUser,
  insertVendorUser,
  lockOwners,
  updateVendorUser,
  type VendorUser,
} from "../store/vendorUsers.ts";
import { type By, writeAudit } from "./audited.ts";
import type { Context } from "./context.ts";

export async function createVendorUser(
  context: Context,
  by: By,
  wanted: Pick<VendorUser, "name" | "email" | "role">,
): Promise<VendorUser> {
  const at = context.deps.clock.now();
  const user: VendorUser = { id: context.deps.newId(), ...wanted, created_at: at, deactivated_at: null };
  return context.db
    .transaction(async (sql) => {
      await insertVendorUser(sql, user);
      await writeAudit(context, sql, by, at, {
        account_id: null,
        action: "vendor_user.create",
        subject: ["vendor_user", user.id],
        before: null,
        after: { role: user.role },
      });
      return user;
    })
    .catch(refuseTakenEmail);
}

/** What is undefined stays as it is. */
export interface VendorUserChange {
  readonly name?: string | undefined;
  readonly email?: string | undefined;
  readonly role?: VendorUser["role"] | undefined;
  /** True: their keys are refused from now on; false: they are good again. */
  readonly deactivated?: boolean | undefined;
}

/**
 * @param check Is handed the user as they are, with the row locked; throws where the change is not to be made.
 * @throws Fault `last_owner`.
 */
export async function changeVendorUser(
  context: Context,
  by: By,
  userId: string,
  change: VendorUserChange,
  check: (current: VendorUser) => void,
): Promise<VendorUser> {
  const at = context.deps.clock.now();
  return context.db
    .transaction(async (sql) => {
      const owners = await lockOwners(sql);
      const current = await requireVendorUser(sql, userId, true);
      check(current);
      const changed = apply(current, change, at);
      const staysOwner = changed.role === "owner" && !changed.deactivated_at;
      if (!staysOwner && owners.length === 1 && owners[0] === userId)
        throw new Fault("last_owner", "The last owner can neither lose the role nor be deactivated.");
      await updateVendorUser(sql, changed);
      await writeAudit(context, sql, by, at, {
        account_id: null,
        action: "vendor_user.change",
        subject: ["vendor_user", userId],
        before: { role: current.role, deactivated_at: current.deactivated_at },
        after: {
          role: changed.role,
          deactivated_at: changed.deactivated_at,
          renamed: changed.name !== current.name,
          email_changed: changed.email !== current.email,
        },
      });
      return changed;
    })
    .catch(refuseTakenEmail);
}

function apply(current: VendorUser, change: VendorUserChange, at: Date): VendorUser {
  const deactivated = change.deactivated ?? current.deactivated_at !== null;
  return {
    ...current,
    name: change.name ?? current.name,
    email: change.email ?? current.email,
    role: change.role ?? current.role,
    deactivated_at: deactivated ? (current.deactivated_at ?? at) : null,
  };
}

/** @throws Fault `not_found`. */
export async function requireVendorUser(sql: Sql, userId: string, lock = false): Promise<VendorUser> {
  const user = await findVendorUser(sql, userId, lock);
  if (!user) throw new Fault("not_found", `vendor_user: found none with the id ${userId}.`);
  return user;
}

const UNIQUE_VIOLATION = "23505";

function refuseTakenEmail(error: unknown): never {
  if (codeOf(error) !== UNIQUE_VIOLATION) throw error;
  throw new Fault("conflict", "email: another vendor user has this address.");
}
