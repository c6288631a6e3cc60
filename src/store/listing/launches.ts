/** Launches as they are listed and looked up. */
import type { DenialCode } from "../../core/denials.ts";
import type { Sql } from "../db.ts";
import type { ListedLaunch } from "../launches.ts";
import { type Condition, type Page, pageStatement, readPage } from "./page.ts";

const LAUNCH = `launch.account_id, launch.id, launch.delivery_id, launch.license_id, launch.course_id, launch.nonce,
  launch.lms_origin, launch.identity_id, launch.learner_id, launch.seat_id, launch.attempt_id, launch.number,
  launch.outcome, launch.code, launch.reference, launch.count, launch.opened_at, launch.open_seconds,
  launch.last_seen_at, launch.closed_at, launch.note`;

export interface LaunchFilter {
  readonly license_id?: string | undefined;
  readonly delivery_id?: string | undefined;
  readonly learner_id?: string | undefined;
  readonly attempt_id?: string | undefined;
  /** What the page of a denial told the learner. */
  readonly reference?: string | undefined;
  readonly outcome?: "allowed" | "denied" | "test" | undefined;
  readonly code?: DenialCode | undefined;
  /** Opened from this instant on, and before that one. */
  readonly from?: Date | undefined;
  readonly until?: Date | undefined;
}

export function pageOfLaunches(
  sql: Sql,
  accountId: string,
  filter: LaunchFilter,
  page: Page,
): Promise<ListedLaunch[]> {
  const { license_id, ...others } = filter;
  const isNarrow = [filter.delivery_id, filter.learner_id, filter.attempt_id, filter.reference].some(
    (value) => value !== undefined,
  );
  if (license_id !== undefined && !isNarrow) return pageOfLicense(sql, accountId, license_id, others, page);
  return readPage<ListedLaunch>(
    sql,
    {
      select: `select ${LAUNCH} from launch`,
      account_id: accountId,
      where: [
        ["launch.license_id = ?", license_id],
        ["launch.delivery_id = ?", filter.delivery_id],
        ["launch.learner_id = ?", filter.learner_id],
        ["launch.attempt_id = ?", filter.attempt_id],
        ["launch.reference = ?", filter.reference],
        ...conditions(others),
      ],
      table: "launch",
      by: "opened_at",
    },
    page,
  );
}

function conditions(filter: LaunchFilter): readonly Condition[] {
  return [
    ["launch.outcome = ?", filter.outcome],
    // Said twice, so that the index of denied launches is used.
    ["launch.outcome = 'denied' and launch.code = ?", filter.code],
    ["launch.opened_at >= ?", filter.from],
    ["launch.opened_at < ?", filter.until],
  ];
}

/** Launches are indexed by delivery, and a license has few of those: the newest of each, then the newest of them. */
function pageOfLicense(
  sql: Sql,
  accountId: string,
  licenseId: string,
  filter: LaunchFilter,
  page: Page,
): Promise<ListedLaunch[]> {
  const newest = pageStatement(
    {
      select: `select ${LAUNCH} from launch`,
      account_id: accountId,
      parameters: [licenseId],
      where: [["launch.delivery_id = delivery.id", true], ...conditions(filter)],
      table: "launch",
      by: "opened_at",
    },
    page,
  );
  return sql.query<ListedLaunch>(
    `select launch.* from delivery cross join lateral (${newest.text}) launch
     where delivery.account_id = $1 and delivery.license_id = $2
     order by launch.opened_at desc, launch.id desc limit $${newest.parameters.length}`,
    newest.parameters,
  );
}
