/** Seats as they are listed. */
import type { Terms } from "../../core/licensing/kind.ts";
import type { Sql } from "../db.ts";
import { type Page, pageStatement, readPage } from "./page.ts";

export const SEAT_STATUSES = ["pending", "confirmed", "released"] as const;

export type SeatStatus = (typeof SEAT_STATUSES)[number];

export interface SeatInList {
  readonly account_id: string;
  readonly id: string;
  readonly license_id: string;
  readonly learner_id: string;
  readonly course_id: string | null;
  readonly lot_id: string | null;
  readonly status: SeatStatus;
  readonly launches: number;
  readonly starts_at: Date;
  readonly ends_at: Date | null;
  readonly confirmed_at: Date | null;
  readonly released_at: Date | null;
  readonly kind: string;
  readonly terms: Terms;
  /** Of a pending seat: how long the launch was open that was open longest, as far as it has told. */
  readonly open_seconds: number | null;
}

export interface SeatFilter {
  readonly license_id?: string | undefined;
  readonly learner_id?: string | undefined;
  readonly status?: SeatStatus | undefined;
}

const SEAT = `seat.account_id, seat.id, seat.license_id, seat.learner_id, seat.course_id, seat.lot_id, seat.status,
  seat.launches, seat.starts_at, seat.ends_at, seat.confirmed_at, seat.released_at, license.kind, license.terms,
  case when seat.status = 'pending' then (select coalesce(max(launch.open_seconds), 0) from launch
    where launch.account_id = seat.account_id and launch.learner_id = seat.learner_id
      and launch.opened_at >= seat.starts_at and launch.seat_id = seat.id) end as open_seconds`;
const WITH_LICENSE = "join license on license.account_id = seat.account_id and license.id = seat.license_id";
export function pageOfSeats(
  sql: Sql,
  accountId: string,
  filter: SeatFilter,
  page: Page,
): Promise<SeatInList[]> {
  if (filter.learner_id === undefined && (filter.license_id ?? filter.status) !== undefined)
    return pageByStatus(sql, accountId, filter, page);
  return readPage<SeatInList>(
    sql,
    {
      select: `select ${SEAT} from seat ${WITH_LICENSE}`,
      account_id: accountId,
      where: [
        ["seat.license_id = ?", filter.license_id],
        // By the license as well: the index of a learner's seats has both.
        [
          "seat.license_id = any(array(select id from license where account_id = $1)) and seat.learner_id = ?",
          filter.learner_id,
        ],
        ["seat.status = ?", filter.status],
      ],
      table: "seat",
    },
    page,
  );
}

/** The newest of each status of each license, then the newest of those: a few entries of an index, however many seats. */
function pageByStatus(sql: Sql, accountId: string, filter: SeatFilter, page: Page): Promise<SeatInList[]> {
  const statuses = filter.status ? [filter.status] : SEAT_STATUSES;
  const newest = pageStatement(
    {
      select: "select seat.id from seat",
      account_id: accountId,
      parameters: [filter.license_id ?? null, statuses],
      where: [["seat.license_id = license.id and seat.status = status.name", true]],
      table: "seat",
    },
    page,
  );
  return sql.query<SeatInList>(
    `select ${SEAT} from (
       select newest.id from license cross join unnest($3::text[]) as status (name)
       cross join lateral (${newest.text}) newest
       where license.account_id = $1 and ($2::uuid is null or license.id = $2)
       order by newest.id desc limit $${newest.parameters.length}) found
     join seat on seat.account_id = $1 and seat.id = found.id ${WITH_LICENSE} order by seat.id desc`,
    newest.parameters,
  );
}

export async function findListedSeat(
  sql: Sql,
  accountId: string,
  id: string,
): Promise<SeatInList | undefined> {
  return (
    await sql.query<SeatInList>(
      `select ${SEAT} from seat ${WITH_LICENSE} where seat.account_id = $1 and seat.id = $2`,
      [accountId, id],
    )
  )[0];
}
