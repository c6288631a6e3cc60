/** A customer in a running gateway, made by an operator's commands, and what the gateway then says about them. */
import type { GatewayProcess } from "./gatewayProcess.ts";

export interface Customer {
  readonly account: string;
  readonly course: string;
}

export interface Sold {
  readonly account: string;
  readonly license: string;
  readonly delivery: string;
  /** In the package: where launches go. */
  readonly key: string;
}

interface Made {
  readonly id: string;
}

type Options = Record<string, unknown>;

/** An account with a contract for pay-per-use, prices for it and for volume, and a course. */
export async function newCustomer(gateway: GatewayProcess, account: Options = {}): Promise<Customer> {
  const made = await gateway.operate<Made>("account create", {
    name: "Customer",
    currency: "EUR",
    ...account,
  });
  const kind = "pay_per_use";
  await gateway.operate("contract create", { account: made.id, kind });
  await gateway.operate("price create", { account: made.id, kind, amount: 1250 });
  await gateway.operate("price create", { account: made.id, kind: "volume", amount: 1000 });
  const version = await gateway.operate<{ course_id: string }>("course import", {
    url: "https://course.example.com/",
    title: "Course",
  });
  return { account: made.id, course: version.course_id };
}

/** A license for the customer's course, with its lots, delivered for SCORM 1.2. */
export async function sell(
  gateway: GatewayProcess,
  customer: Customer,
  wanted: { readonly kind: string; readonly lots?: readonly number[] } & Options,
): Promise<Sold> {
  const { lots = [], ...options } = wanted;
  const account = customer.account;
  const { id: license } = await gateway.operate<Made>("license create", { ...customer, ...options });
  for (const quantity of lots) await gateway.operate("lot create", { account, license, quantity });
  const delivery = await gateway.operate<Made & { key: string }>("delivery create", {
    account,
    license,
    format: "scorm12",
  });
  return { account, license, delivery: delivery.id, key: delivery.key };
}

/** Rows as the gateway lists them, dates as text; the oldest first. */
export interface Tally {
  readonly seats: readonly SeatRow[];
  readonly charges: readonly ChargeRow[];
  readonly lots: readonly { readonly id: string; readonly quantity: number; readonly taken: number }[];
  readonly attempts: readonly AttemptRow[];
  /** Lots whose counter differs from their seats: always none. */
  readonly miscounted: readonly object[];
}

export interface SeatRow {
  readonly id: string;
  readonly status: string;
  readonly learner_id: string;
  readonly lot_id: string | null;
  readonly launches: number;
}

export interface ChargeRow {
  readonly seat_id: string;
  readonly learner_id: string;
  readonly rule: string;
  readonly amount_minor: number;
  /** Null until it is sealed. */
  readonly hash: string | null;
}

export interface AttemptRow {
  readonly id: string;
  readonly learner_id: string;
  readonly number: number;
  readonly launches: number;
  readonly ended_reason: string | null;
}

export async function tallyOf(gateway: GatewayProcess, { account, license }: Sold): Promise<Tally> {
  const of = { account, license };
  const listed = async <Row>(command: string) => (await gateway.operate<Row[]>(command, of)).reverse();
  return {
    seats: await listed("seat list"),
    charges: await listed("charge list"),
    lots: await listed("lot list"),
    attempts: await listed("attempt list"),
    miscounted: await gateway.operate("lot recount"),
  };
}

export interface LaunchRow {
  readonly id: string;
  readonly nonce: string;
  readonly learner_id: string;
  readonly outcome: string;
  readonly code: string | null;
  readonly count: number;
  readonly open_seconds: number;
}

/** The newest thousand. */
export function launchesOf(gateway: GatewayProcess, { account, license }: Sold): Promise<LaunchRow[]> {
  return gateway.operate("launch list", { account, license, most: 1000 });
}

/** Internal ids of learners by the id that their LMS sends. */
export async function learnersOf(gateway: GatewayProcess, { account }: Sold): Promise<Map<string, string>> {
  const rows = await gateway.operate<{ id: string; identities: { value: string }[] }[]>("learner list", {
    account,
  });
  return new Map(rows.flatMap((row) => row.identities.map(({ value }) => [value, row.id] as const)));
}
