/** What the catalog's page sends: everything that it knows, for it keeps nothing in between. */

import { KIND_NAMES } from "../../../core/licensing/kinds/index.ts";
import { type CatalogAsked, type Pick, placeName } from "../../../flows/lti/catalog/browse.ts";
import type { CatalogPlace } from "../../../store/lti/catalog.ts";

/** What was pressed. */
export type Pressed = "search" | "previous" | "next" | "add" | "cancel";

export interface CatalogForm {
  readonly session: string;
  readonly pressed: Pressed;
  readonly asked: CatalogAsked;
}

/** Fields of one selected course are its own: `title.<place>`, `grade.<place>`. */
export const FIELDS = {
  session: "session",
  pressed: "go",
  search: "search",
  kind: "kind",
  /** Where this page begins, with `<` before it where it was reached by going back. */
  here: "here",
  before: "before",
  after: "after",
  pick: "pick",
  title: (place: CatalogPlace) => `title.${placeName(place)}`,
  grade: (place: CatalogPlace) => `grade.${placeName(place)}`,
} as const;

const PRESSED: readonly Pressed[] = ["search", "previous", "next", "add", "cancel"];
const LONGEST_SEARCH = 200;
/** No more are read; those who select by hand never come near it. */
const MOST_READ = 200;
const PLACE =
  /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;

/** @param body As Express reads a form: each field a text, or several of one name. What makes no sense is left out. */
export function readCatalogForm(body: unknown): CatalogForm {
  const fields = new Map(Object.entries(typeof body === "object" && body !== null ? body : {}));
  const all = (name: string) =>
    [fields.get(name)]
      .flat()
      .flatMap((value) => (typeof value === "string" ? value.replaceAll("\u0000", "") : []));
  const one = (name: string) => all(name)[0] ?? "";
  const pressed = PRESSED.find((name) => name === one(FIELDS.pressed)) ?? "search";
  const picks = [...new Set(all(FIELDS.pick))].slice(0, MOST_READ).flatMap((name): Pick[] => {
    const place = readPlace(name);
    if (!place) return [];
    return [{ ...place, title: one(FIELDS.title(place)) || null, graded: one(FIELDS.grade(place)) !== "" }];
  });
  return {
    session: one(FIELDS.session),
    pressed,
    asked: {
      search: one(FIELDS.search).trim().slice(0, LONGEST_SEARCH),
      kind: KIND_NAMES.find((name) => name === one(FIELDS.kind)) ?? null,
      picks,
      ...pageAsked(pressed, one),
    },
  };
}

function pageAsked(pressed: Pressed, one: (name: string) => string) {
  if (pressed === "search") return { from: null, backwards: false };
  if (pressed === "next") return { from: readPlace(one(FIELDS.after)), backwards: false };
  if (pressed === "previous") return { from: readPlace(one(FIELDS.before)), backwards: true };
  const here = one(FIELDS.here);
  return { from: readPlace(here.replace(/^</, "")), backwards: here.startsWith("<") };
}

export function hereOf({ from, backwards }: CatalogAsked): string {
  return from ? `${backwards ? "<" : ""}${placeName(from)}` : "";
}

function readPlace(name: string): CatalogPlace | null {
  const [, license_id, course_id] = PLACE.exec(name) ?? [];
  return license_id !== undefined && course_id !== undefined ? { license_id, course_id } : null;
}

/** What sends the same again. */
export function fieldsOf({ session, pressed, asked }: CatalogForm): readonly (readonly [string, string])[] {
  const ofPick = (pick: Pick): (readonly [string, string])[] => [
    [FIELDS.pick, placeName(pick)],
    ...(pick.title === null ? [] : [[FIELDS.title(pick), pick.title] as const]),
    ...(pick.graded ? [[FIELDS.grade(pick), "on"] as const] : []),
  ];
  return [
    [FIELDS.session, session],
    [FIELDS.pressed, pressed],
    [FIELDS.search, asked.search],
    [FIELDS.kind, asked.kind ?? ""],
    [FIELDS.here, hereOf(asked)],
    ...asked.picks.flatMap(ofPick),
  ];
}
