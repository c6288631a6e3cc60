/** Who calls the API, once they have proven it (RULES §7). */
import type { Role } from "../core/permissions.ts";

export interface Principal {
  /** The operator holds the key of the data folder, and acts as an owner. */
  readonly type: "api_key" | "operator";
  /** Null: the operator. */
  readonly key_id: string | null;
  readonly role: Role;
  /** Null: of the vendor. */
  readonly account_id: string | null;
  readonly vendor_user_id: string | null;
}
