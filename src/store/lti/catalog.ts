/**
 * What people can pick inside an LMS: each license that goes on with each of its courses, by title. A page goes on where the
 * one before ended, and costs the same however many there are: of each way in which a license has courses, no more
 * rows are read than the page shows.
 */
import type { Sql } from "../db.ts";

export interface CatalogEntry {
  readonly license_id: string;
  readonly course_id: string;
  readonly course_title: string;
  readonly kind: string;
  readonly short_id: string;
  /** Of the LTI delivery on this connection that there is; null where it would be made. */
  readonly label: string | null;
}

/** Names a license with one of its courses. */
export type CatalogPlace = Pick<CatalogEntry, "license_id" | "course_id">;

export interface CatalogFilter {
  /** In the title or the delivery's label, in any case; or the short id. "" for all. */
  readonly search: string;
  readonly kind: string | null;
  /** Of those alone whose delivery was made before. */
  readonly delivered: boolean;
}

export interface CatalogPage {
  readonly most: number;
  /** Of the rows beyond this place: those after it or, going back, those before it. Null: from the beginning. */
  readonly from: CatalogPlace | null;
  readonly backwards: boolean;
}

export interface CatalogOf {
  readonly account_id: string;
  readonly connection_id: string;
  /** What has ended by then is not offered. */
  readonly at: Date;
}

const OFFERED_COURSE = "course.retired_at is null and course.current_version_id is not null";

/** Of a license whose lots have all ended nothing opens any more; pilots are not there for the account (RULES §3.6). */
const offeredLicense = (at: string) => `license.account_id = $1 and not license.pilot
  and (license.ends_at is null or license.ends_at > ${at})
  and (not exists (select from lot where lot.account_id = $1 and lot.license_id = license.id)
    or exists (select from lot where lot.account_id = $1 and lot.license_id = license.id and lot.ends_at > ${at}))`;

/**
 * As in `licenseScope.ts`, each way by itself: which licenses have their courses so, and how they lead to them. The licenses of
 * a way are found once, and not for each course anew.
 */
interface Way {
  readonly name: string;
  readonly licenses: string;
  readonly joined: string;
}

const WAYS: readonly Way[] = [
  {
    name: "of_course",
    licenses: "license.course_id is not null",
    joined: "of_course as offer join course on course.id = offer.course_id where true",
  },
  {
    name: "of_bundle",
    licenses: "license.bundle_id is not null",
    joined: `of_bundle as offer join bundle_course on bundle_course.bundle_id = offer.bundle_id
      join course on course.id = bundle_course.course_id where true`,
  },
  {
    name: "of_catalog",
    licenses: "license.course_id is null and license.bundle_id is null",
    joined: `course cross join of_catalog as offer where not exists (select from bundle_course
      join bundle on bundle.id = bundle_course.bundle_id
      where bundle_course.course_id = course.id and offer.kind = any (bundle.barred_kinds))`,
  },
];

const DELIVERED = `delivery.account_id = $1 and delivery.connection_id = $2 and delivery.format = 'lti'
  and delivery.revoked_at is null`;

/** In the order of the page, whichever way it is read. */
export async function pageOfCatalog(
  sql: Sql,
  of: CatalogOf,
  filter: CatalogFilter,
  page: CatalogPage,
): Promise<CatalogEntry[]> {
  const { parameters, place } = parametersOf(of);
  const text = statement({
    kind: filter.kind === null ? null : place(filter.kind),
    search: filter.search === "" ? null : place(filter.search),
    delivered: filter.delivered,
    conditions: placeConditions(page, place),
    direction: page.backwards ? "desc" : "asc",
    most: place(page.most),
  });
  const rows = await sql.query<CatalogEntry>(text, parameters);
  return page.backwards ? rows.reverse() : rows;
}

/** Those of `places` that are offered. */
export function listCatalogEntries(
  sql: Sql,
  of: CatalogOf,
  { delivered }: Pick<CatalogFilter, "delivered">,
  places: readonly CatalogPlace[],
): Promise<CatalogEntry[]> {
  const { parameters, place } = parametersOf(of);
  const licenses = place(places.map(({ license_id }) => license_id));
  const courses = place(places.map(({ course_id }) => course_id));
  const asked = `(offer.id, course.id) in (select * from unnest(${licenses}::uuid[], ${courses}::uuid[]))`;
  const text = statement({
    kind: null,
    search: null,
    delivered,
    conditions: [asked],
    direction: "asc",
    most: place(places.length),
  });
  return sql.query<CatalogEntry>(text, parameters);
}

/** Of the licenses that offer something now. */
export async function listCatalogKinds(sql: Sql, of: CatalogOf): Promise<string[]> {
  const rows = await sql.query<{ kind: string }>(
    `select distinct kind from license where ${offeredLicense("$2")} order by kind`,
    [of.account_id, of.at],
  );
  return rows.map(({ kind }) => kind);
}

type Place = (value: unknown) => string;

/** `$1` the account, `$2` the connection, `$3` the time; `place` puts another one after them. */
function parametersOf(of: CatalogOf): { readonly parameters: readonly unknown[]; readonly place: Place } {
  const parameters: unknown[] = [of.account_id, of.connection_id, of.at];
  return { parameters, place: (value) => `$${parameters.push(value)}` };
}

/** Parameters by their places in the statement; null where nothing is asked. */
interface Asked {
  readonly kind: string | null;
  readonly search: string | null;
  readonly delivered: boolean;
  /** On `offer`, the license, and `course`. */
  readonly conditions: readonly string[];
  readonly direction: "asc" | "desc";
  readonly most: string;
}

function statement({ kind, search, delivered, conditions, direction, most }: Asked): string {
  const offered = [offeredLicense("$3"), ...(kind === null ? [] : [`license.kind = ${kind}`])].join(" and ");
  const all = [OFFERED_COURSE, ...conditions, ...(search === null ? [] : [isFound(search)])];
  if (delivered)
    all.push(
      `exists (select from delivery where ${DELIVERED} and license_id = offer.id and course_id = course.id)`,
    );
  const licenses = WAYS.map(
    ({
      name,
      licenses,
    }) => `${name} as materialized (select id, kind, short_id, course_id, bundle_id from license
      where ${offered} and ${licenses})`,
  );
  const ways = WAYS.map(
    ({
      joined,
    }) => `(select offer.id as license_id, course.id as course_id, course.title as course_title, offer.kind,
      offer.short_id from ${joined} and ${all.join(" and ")}
      order by lower(course.title) ${direction}, course.id ${direction}, offer.id ${direction} limit ${most})`,
  );
  const found = [...licenses, ...(search === null ? [] : [labelled(search)])];
  return `with ${found.join(", ")}, offered as (${ways.join(" union all ")})
    select offered.*, (select label from delivery where ${DELIVERED}
      and delivery.license_id = offered.license_id and delivery.course_id = offered.course_id) as label
    from offered order by lower(course_title) ${direction}, course_id ${direction}, license_id ${direction} limit ${most}`;
}

function labelled(search: string): string {
  return `labelled as materialized (select license_id, course_id from delivery
    where ${DELIVERED} and strpos(lower(label), lower(${search})) > 0)`;
}

function isFound(search: string): string {
  return `(strpos(lower(course.title), lower(${search})) > 0 or offer.short_id = upper(${search})
    or (offer.id, course.id) in (select license_id, course_id from labelled))`;
}

/** The title's own condition says nothing new, and is the one that the index of titles answers. */
function placeConditions({ from, backwards }: CatalogPage, place: Place): readonly string[] {
  if (!from) return [];
  const beyond = backwards ? "<" : ">";
  const [course, license] = [`${place(from.course_id)}::uuid`, `${place(from.license_id)}::uuid`];
  const title = `(select lower(title) from course where id = ${course})`;
  return [
    `lower(course.title) ${beyond}= ${title}`,
    `(lower(course.title), course.id, offer.id) ${beyond} (${title}, ${course}, ${license})`,
  ];
}
