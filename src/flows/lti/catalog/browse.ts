/** The catalog as whoever picks sees it: a page of what the account's licenses offer, and what was selected so far. */
import { kindOf } from "../../../core/licensing/kinds/index.ts";
import type { LicenseState } from "../../../core/licensing/state.ts";
import { findAccount, findConnection } from "../../../store/accounts.ts";
import type { Sql } from "../../../store/db.ts";
import { listLicenses } from "../../../store/listing/licenses.ts";
import {
  type CatalogEntry,
  type CatalogFilter,
  type CatalogOf,
  type CatalogPlace,
  listCatalogEntries,
  listCatalogKinds,
  pageOfCatalog,
} from "../../../store/lti/catalog.ts";
import type { Context } from "../../context.ts";
import { packageTitle } from "../../packaging/names.ts";
import { viewLicenses } from "../../viewLicenses.ts";
import type { PickingSession } from "./session.ts";

/** What was selected, and how it is to be added. */
export interface Pick extends CatalogPlace {
  /** Of the link; null: as the catalog calls it. */
  readonly title: string | null;
  readonly graded: boolean;
}

export interface CatalogAsked {
  readonly search: string;
  readonly kind: string | null;
  /** Where the page before ended or, going back, where the one after began. */
  readonly from: CatalogPlace | null;
  readonly backwards: boolean;
  readonly picks: readonly Pick[];
}

export interface CatalogItem extends CatalogEntry {
  readonly state: LicenseState;
  /** Tells it from its twins (RULES §4). */
  readonly link_title: string;
}

export interface CatalogView {
  /** Without those that are picked. */
  readonly items: readonly CatalogItem[];
  readonly picked: readonly (CatalogItem & Pick)[];
  readonly kinds: readonly string[];
  readonly before: CatalogPlace | null;
  readonly after: CatalogPlace | null;
  /** Of the picks, some are offered no longer. */
  readonly gone: boolean;
  /** Why there is nothing to see. */
  readonly nothing: "found" | "licensed" | "delivered" | null;
}

const PAGE_ROWS = 25;

export async function browseCatalog(
  context: Context,
  session: PickingSession,
  asked: CatalogAsked,
): Promise<CatalogView> {
  const of = catalogOf(context, session);
  const { db } = context;
  const delivered = await isDeliveredOnly(db, session);
  const { search, kind, from, backwards } = asked;
  const filter: CatalogFilter = { search, kind, delivered };
  const isOpen = await isAccountOpen(db, of.account_id);
  const found = isOpen ? await pageOfCatalog(db, of, filter, { most: PAGE_ROWS + 1, from, backwards }) : [];
  const kinds = isOpen ? await listCatalogKinds(db, of) : [];
  const rows = backwards ? found.slice(-PAGE_ROWS) : found.slice(0, PAGE_ROWS);
  const hasMore = found.length > PAGE_ROWS;
  const picked = await listPicked(db, of, delivered, asked.picks);
  const pickedPlaces = new Set(picked.map(placeName));
  const isFirst = backwards ? !hasMore : from === null;
  const isLast = backwards ? false : !hasMore;
  return {
    items: (await itemsOf(db, of, rows)).filter((row) => !pickedPlaces.has(placeName(row))),
    picked,
    kinds,
    before: isFirst ? null : placeOf(rows[0]),
    after: isLast ? null : placeOf(rows.at(-1)),
    gone: picked.length < asked.picks.length,
    nothing: rows.length > 0 ? null : whyNothing(filter, kinds),
  };
}

function whyNothing({ search, kind, delivered }: CatalogFilter, kinds: readonly string[]) {
  if (kinds.length === 0) return "licensed";
  if (search !== "" || kind !== null) return "found";
  return delivered ? "delivered" : "licensed";
}

export function catalogOf(context: Context, { message }: PickingSession): CatalogOf {
  const { account_id, connection_id } = message;
  return { account_id, connection_id, at: context.deps.clock.now() };
}

/** Administrators add what they like; teachers where the connection lets them, and else what was added before. */
export async function isDeliveredOnly(sql: Sql, { message, picker }: PickingSession): Promise<boolean> {
  if (picker === "administrator") return false;
  const connection = await findConnection(sql, message.account_id, message.connection_id);
  return connection?.teachers_add_courses !== true;
}

export async function isAccountOpen(sql: Sql, accountId: string): Promise<boolean> {
  const account = await findAccount(sql, accountId);
  return account !== undefined && account.closed_at === null;
}

/** In the order in which they were selected. What is not offered any more is left out. */
export async function listPicked(
  sql: Sql,
  of: CatalogOf,
  delivered: boolean,
  picks: readonly Pick[],
): Promise<(CatalogItem & Pick)[]> {
  if (picks.length === 0) return [];
  const items = await itemsOf(sql, of, await listCatalogEntries(sql, of, { delivered }, picks));
  const byPlace = new Map(items.map((item) => [placeName(item), item]));
  return picks.flatMap((pick) => {
    const item = byPlace.get(placeName(pick));
    return item && item.state !== "ended" ? [{ ...item, ...pick }] : [];
  });
}

async function itemsOf(sql: Sql, of: CatalogOf, entries: readonly CatalogEntry[]): Promise<CatalogItem[]> {
  if (entries.length === 0) return [];
  const ids = [...new Set(entries.map(({ license_id }) => license_id))];
  const views = await viewLicenses(sql, of.account_id, await listLicenses(sql, of.account_id, ids), of.at);
  const states = new Map(views.map(({ id, state }) => [id, state]));
  return entries.map((entry) => ({
    ...entry,
    state: states.get(entry.license_id) ?? "ended",
    link_title: packageTitle({
      courseTitle: entry.course_title,
      licenseKind: kindOf(entry.kind).title,
      label: entry.label ?? "",
      shortId: entry.short_id,
    }),
  }));
}

export function placeName({ license_id, course_id }: CatalogPlace): string {
  return `${license_id}.${course_id}`;
}

function placeOf(place: CatalogPlace | undefined): CatalogPlace | null {
  return place ? { license_id: place.license_id, course_id: place.course_id } : null;
}
