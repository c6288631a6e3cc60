/** Lots and their use: what was bought, and what became of it. */
import { type LotUsage, usageOfLots } from "../../core/licensing/usage.ts";
import type { Role } from "../../core/permissions.ts";
import type { LotRow } from "../../store/licenses.ts";
import { pageOfLots } from "../../store/listing/licenses.ts";
import type { LicenseLabel } from "../../store/reports/licenses.ts";
import type { Context } from "../context.ts";
import { requireLicense } from "../licenses.ts";
import { LICENSE, shownLabels } from "./labels.ts";
import { type Column, pagesById, type Report, reportOf } from "./report.ts";

interface LotInReport extends LotRow {
  readonly license: LicenseLabel;
  readonly usage: LotUsage;
}

const COLUMNS: readonly Column<LotInReport>[] = [
  ...LICENSE,
  ["Lot ID", ({ id }) => id],
  ["Bought (UTC)", ({ created_at }) => created_at],
  ["Starts (UTC)", ({ starts_at }) => starts_at],
  ["Ends (UTC)", ({ ends_at }) => ends_at],
  ["State", ({ usage }) => usage.state.replaceAll("_", " ")],
  ["Purchased", ({ usage }) => usage.purchased],
  ["Used", ({ usage }) => usage.used],
  ["Remaining", ({ usage }) => usage.remaining],
  ["Lapsed", ({ usage }) => usage.lapsed],
];

/** Newest first. @throws Fault `not_found`. */
export async function lotsReport(
  context: Context,
  account_id: string,
  role: Role,
  filter: { readonly license_id?: string | undefined },
): Promise<Report> {
  if (filter.license_id !== undefined) await requireLicense(context.db, account_id, filter.license_id);
  return reportOf("lots", COLUMNS, lots(context, account_id, role, filter));
}

async function* lots(
  context: Context,
  account_id: string,
  role: Role,
  filter: { readonly license_id?: string | undefined },
): AsyncGenerator<readonly LotInReport[]> {
  const at = context.deps.clock.now();
  const labels = await shownLabels(context, account_id, role);
  const read = (after: string | null, most: number) =>
    pageOfLots(context.db, account_id, filter, { after, most });
  for await (const page of pagesById(read)) {
    const usage = new Map(usageOfLots(page, at).lots.map((each) => [each.id, each]));
    yield page.flatMap((lot) => {
      // A license that was made meanwhile: its lots are in the next report.
      const [license, used] = [labels.get(lot.license_id), usage.get(lot.id)];
      return license && used ? [{ ...lot, license, usage: used }] : [];
    });
  }
}
