/** What the role matrix knows of a route: who may use it, and a request that succeeds for them. */
import type { Role } from "../../../../src/core/permissions.ts";
import type { TestLicense } from "../../../support/fixtures.ts";
import type { TestGateway } from "../../../support/gateway.ts";

/** An account with a license, a delivery and a learner in mid-course; and another account with nothing. */
export interface World {
  readonly gateway: TestGateway;
  /** Of the account that requests are about. */
  readonly license: TestLicense;
  readonly account_id: string;
  /** The other account. */
  readonly stranger_id: string;
  readonly learner_id: string;
}

export interface Sample {
  /** Of the path; `account_id` is the world's unless said otherwise. */
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: string;
  readonly body?: unknown;
  /** Of an upload. */
  readonly type?: string;
}

export interface Expectation {
  /** As in RULES §7. The operator may what an owner may. */
  readonly may: readonly Role[];
  /**
   * What an account's roles are answered about what is another account's, where they may use the route at all. Said for
   * the vendor's routes alone; on those of an account it is always 404.
   */
  readonly stranger?: 200 | 404;
  /** Asked anew for each caller, so that what can be done once is there to be done. */
  sample(world: World, caller: { readonly may: boolean }): Sample | Promise<Sample>;
}

export type Expectations = Readonly<Record<string, Expectation>>;

export const OWNER: readonly Role[] = ["owner"];
export const VENDOR: readonly Role[] = ["owner", "support"];
export const CHANGERS: readonly Role[] = ["owner", "support", "admin"];
export const ALL: readonly Role[] = ["owner", "support", "admin", "viewer"];
