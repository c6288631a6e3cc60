/** Overages that were announced, disputed line by line, and charged (RULES §3.4 "Overage review"). */
import type { Sql } from "./db.ts";
import { type Page, readPage } from "./listing/page.ts";

export interface OverageReview {
  readonly account_id: string;
  readonly id: string;
  readonly license_id: string;
  readonly period_starts_at: Date;
  readonly period_ends_at: Date;
  /** As they were when it was announced. */
  readonly purchased: number;
  readonly consumed: number;
  readonly announced_at: Date;
  readonly announced_by: string;
  readonly disputable_until: Date;
  /** When its time was over and what was undisputed was charged; null: not yet. */
  readonly charged_at: Date | null;
}

const REVIEW =
  "account_id, id, license_id, period_starts_at, period_ends_at, purchased, consumed, announced_at, announced_by, disputable_until, charged_at";

/** @returns False where one of the same period is under way. */
export async function insertReview(sql: Sql, review: OverageReview): Promise<boolean> {
  const rows = await sql.query(
    `insert into overage_review (${REVIEW}) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
     on conflict (account_id, license_id, period_ends_at) where charged_at is null do nothing returning id`,
    [
      review.account_id,
      review.id,
      review.license_id,
      review.period_starts_at,
      review.period_ends_at,
      review.purchased,
      review.consumed,
      review.announced_at,
      review.announced_by,
      review.disputable_until,
      review.charged_at,
    ],
  );
  return rows.length === 1;
}

export async function findReview(
  sql: Sql,
  accountId: string,
  id: string,
): Promise<OverageReview | undefined> {
  return (
    await sql.query<OverageReview>(`select ${REVIEW} from overage_review where account_id = $1 and id = $2`, [
      accountId,
      id,
    ])
  )[0];
}

export async function setReviewCharged(sql: Sql, accountId: string, id: string, at: Date): Promise<void> {
  await sql.query("update overage_review set charged_at = $3 where account_id = $1 and id = $2", [
    accountId,
    id,
    at,
  ]);
}

/** Whose time is over, and which were not charged yet. */
export function listDueReviews(sql: Sql, at: Date): Promise<Pick<OverageReview, "account_id" | "id">[]> {
  return sql.query(
    `select account_id, id from overage_review where charged_at is null and disputable_until <= $1
     order by disputable_until, id`,
    [at],
  );
}

export function pageOfReviews(
  sql: Sql,
  accountId: string,
  filter: { readonly license_id?: string | undefined },
  page: Page,
): Promise<OverageReview[]> {
  return readPage<OverageReview>(
    sql,
    {
      select: `select ${REVIEW} from overage_review`,
      account_id: accountId,
      where: [["license_id = ?", filter.license_id]],
      table: "overage_review",
    },
    page,
  );
}

export interface OverageTally {
  /** Lines of the review that are neither disputed nor were found to be wrong. */
  readonly undisputed: number;
  readonly disputed: number;
  readonly upheld: number;
  /** Of all reviews of the license and period. */
  readonly charged: number;
}

/** Seats of these lots taken by the time of the announcement; what was released since is none of them. */
export async function tallyReview(
  sql: Sql,
  { account_id, license_id, period_ends_at, announced_at }: OverageReview,
  lotIds: readonly string[],
): Promise<OverageTally> {
  const [row] = await sql.query<OverageTally>(
    `select count(*) filter (where overage_dispute.id is null or overage_dispute.outcome = 'rejected')::integer as undisputed,
       count(*) filter (where overage_dispute.id is not null and overage_dispute.outcome is null)::integer as disputed,
       count(*) filter (where overage_dispute.outcome = 'upheld')::integer as upheld,
       (select coalesce(sum(overage_charge.quantity), 0)::integer
        from overage_charge join overage_review as review
          on review.account_id = overage_charge.account_id and review.id = overage_charge.review_id
        where review.account_id = $1 and review.license_id = $2 and review.period_ends_at = $3) as charged
     from seat left join overage_dispute
       on overage_dispute.account_id = seat.account_id and overage_dispute.seat_id = seat.id
     where seat.account_id = $1 and seat.lot_id = any($5::uuid[]) and seat.status <> 'released' and seat.starts_at <= $4`,
    [account_id, license_id, period_ends_at, announced_at, lotIds],
  );
  return row ?? { undisputed: 0, disputed: 0, upheld: 0, charged: 0 };
}

export async function insertOverageCharge(
  sql: Sql,
  charge: { account_id: string; charge_id: string; review_id: string; quantity: number },
): Promise<void> {
  await sql.query(
    "insert into overage_charge (account_id, charge_id, review_id, quantity) values ($1, $2, $3, $4)",
    [charge.account_id, charge.charge_id, charge.review_id, charge.quantity],
  );
}

export const DISPUTE_OUTCOMES = ["upheld", "rejected"] as const;

export type DisputeOutcome = (typeof DISPUTE_OUTCOMES)[number];

export interface OverageDispute {
  readonly account_id: string;
  readonly id: string;
  readonly review_id: string;
  readonly seat_id: string;
  readonly reason: string;
  readonly raised_at: Date;
  readonly raised_by: string;
  /** Null: it waits. */
  readonly outcome: DisputeOutcome | null;
  readonly note: string;
  readonly settled_at: Date | null;
  readonly settled_by: string | null;
}

const DISPUTE =
  "account_id, id, review_id, seat_id, reason, raised_at, raised_by, outcome, note, settled_at, settled_by";

/** Seats of the review that were disputed before are left out. */
export function insertDisputes(
  sql: Sql,
  review: OverageReview,
  lotIds: readonly string[],
  disputes: readonly { readonly id: string; readonly seat_id: string }[],
  raised: { readonly reason: string; readonly raised_at: Date; readonly raised_by: string },
): Promise<OverageDispute[]> {
  return sql.query<OverageDispute>(
    `insert into overage_dispute (account_id, id, review_id, seat_id, reason, raised_at, raised_by)
     select seat.account_id, wanted.id, $2, seat.id, $5, $6, $7
     from jsonb_to_recordset($4::jsonb) as wanted (id uuid, seat_id uuid)
     join seat on seat.account_id = $1 and seat.id = wanted.seat_id
     where seat.lot_id = any($3::uuid[]) and seat.status <> 'released' and seat.starts_at <= $8
     on conflict on constraint overage_dispute_once do nothing
     returning ${DISPUTE}`,
    [
      review.account_id,
      review.id,
      lotIds,
      JSON.stringify(disputes),
      raised.reason,
      raised.raised_at,
      raised.raised_by,
      review.announced_at,
    ],
  );
}

export async function findDispute(
  sql: Sql,
  accountId: string,
  id: string,
): Promise<OverageDispute | undefined> {
  return (
    await sql.query<OverageDispute>(
      `select ${DISPUTE} from overage_dispute where account_id = $1 and id = $2`,
      [accountId, id],
    )
  )[0];
}

export async function settleDisputeRow(
  sql: Sql,
  { account_id, id, outcome, note, settled_at, settled_by }: OverageDispute,
): Promise<void> {
  await sql.query(
    `update overage_dispute set outcome = $3, note = $4, settled_at = $5, settled_by = $6
     where account_id = $1 and id = $2`,
    [account_id, id, outcome, note, settled_at, settled_by],
  );
}

export function pageOfDisputes(
  sql: Sql,
  accountId: string,
  filter: { readonly review_id?: string | undefined },
  page: Page,
): Promise<OverageDispute[]> {
  return readPage<OverageDispute>(
    sql,
    {
      select: `select ${DISPUTE} from overage_dispute`,
      account_id: accountId,
      where: [["review_id = ?", filter.review_id]],
      table: "overage_dispute",
    },
    page,
  );
}
