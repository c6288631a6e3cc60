/** The running tally of licenses whose seats are charged as they are confirmed (RULES §3.1): a row for each seat. */
import { KINDS } from "../../core/licensing/kinds/index.ts";
import { decimalOf } from "../../core/money.ts";
import { listTalliedSeats, type TalliedSeat } from "../../store/reports/charges.ts";
import { type LicenseLabel, listLicenseLabels } from "../../store/reports/licenses.ts";
import type { Context } from "../context.ts";
import { requireLicense } from "../licenses.ts";
import { openedSeats, PERSON, type ReportPeriod } from "./consumption.ts";
import { LICENSE } from "./labels.ts";
import type { OpenedSeat } from "./lessons.ts";
import { type Column, once, type Report, reportOf } from "./report.ts";

interface TallyRow extends OpenedSeat {
  readonly license: LicenseLabel;
  readonly tallied: TalliedSeat;
}

function money(amount: number | null, currency: string | null): number | null {
  return amount === null || currency === null ? null : decimalOf(amount, currency);
}

const COLUMNS: readonly Column<TallyRow>[] = [
  ...LICENSE,
  ...PERSON,
  ["Course", ({ course }) => course],
  ["Seat", ({ tallied }) => tallied.status],
  ["First launch (UTC)", ({ starts_at }) => starts_at],
  ["Seat ends (UTC)", ({ tallied }) => tallied.ends_at],
  ["Charged at (UTC)", ({ tallied }) => tallied.charged_at],
  ["Rule", ({ tallied }) => tallied.rule],
  ["Charged", ({ tallied }) => money(tallied.charged_minor, tallied.currency)],
  ["Credited", ({ tallied }) => money(tallied.credited_minor, tallied.currency)],
  ["Net", ({ tallied }) => money(netOf(tallied), tallied.currency)],
  ["Currency", ({ tallied }) => tallied.currency],
];

function netOf({ charged_minor, credited_minor }: TalliedSeat): number | null {
  return charged_minor === null ? null : charged_minor + (credited_minor ?? 0);
}

const CHARGED_KIND_NAMES = KINDS.filter((kind) => kind.needs_price).map((kind) => kind.name);

/** License by license, the oldest first. @throws Fault `not_found`. */
export async function tallyReport(
  context: Context,
  account_id: string,
  license_id: string | undefined,
  period: ReportPeriod,
): Promise<Report> {
  if (license_id !== undefined) await requireLicense(context.db, account_id, license_id);
  const labels = (await listLicenseLabels(context.db, account_id)).filter(
    ({ id, kind }) => CHARGED_KIND_NAMES.includes(kind) && (license_id === undefined || id === license_id),
  );
  return reportOf("tally", COLUMNS, tallied(context, account_id, labels, period));
}

async function* tallied(
  context: Context,
  account_id: string,
  labels: readonly LicenseLabel[],
  period: ReportPeriod,
): AsyncGenerator<readonly TallyRow[]> {
  for (const license of labels)
    for await (const page of openedSeats(context, account_id, license.id, period)) {
      const ids = page.map(({ id }) => id);
      const found = await listTalliedSeats(context.db, account_id, ids);
      const bySeat = new Map(found.map((seat) => [seat.seat_id, seat]));
      const rows = page.flatMap((seat) => {
        const tallied = bySeat.get(seat.id);
        return tallied ? [{ ...seat, license, tallied }] : [];
      });
      yield* once(rows);
    }
}
