/** What platforms answer, read as if it came from a stranger: of the types that are meant, and of lengths that can be kept. */
import { wellFormed } from "../../../core/text.ts";

export interface Member {
  /** `sub` of their launches. */
  readonly user_id: string;
  readonly status: "Active" | "Inactive" | "Deleted";
  readonly name: string;
  readonly given_name: string;
  readonly family_name: string;
  readonly email: string;
  readonly sourcedid: string;
  /** As sent: full URIs, or the short names of the course's. */
  readonly roles: readonly string[];
}

export interface LineItem {
  /** Its URL. */
  readonly id: string;
  readonly label: string;
  readonly score_maximum: number | null;
  readonly resource_link_id: string;
  readonly resource_id: string;
  readonly tag: string;
}

export interface NewLineItem {
  readonly label: string;
  readonly score_maximum: number;
  readonly resource_id?: string;
  readonly tag?: string;
}

const MOST_ITEMS = 5000;
const MOST_ROLES = 50;
const MOST_TEXT = 500;
const MOST_URL = 2048;

type Fields = Readonly<Record<string, unknown>>;

/** Of a page, all: who is not on it is taken to have left. Those without an id are left out: nobody could be meant. Null: no list. */
export function readMembers(page: object): readonly Member[] | null {
  const { members } = page as Fields;
  if (!Array.isArray(members)) return null;
  return members.flatMap((one: unknown) => readMember(one) ?? []);
}

function readMember(one: unknown): Member | null {
  if (!isFields(one)) return null;
  const user_id = idIn(one["user_id"]);
  if (user_id === "") return null;
  const roles = Array.isArray(one["roles"]) ? one["roles"].slice(0, MOST_ROLES) : [];
  return {
    user_id,
    status: statusIn(one["status"]),
    name: textIn(one["name"]),
    given_name: textIn(one["given_name"]),
    family_name: textIn(one["family_name"]),
    email: textIn(one["email"]),
    sourcedid: textIn(one["lis_person_sourcedid"]),
    roles: roles.map(textIn).filter((role) => role !== ""),
  };
}

/** Not said: active (NRPS 2.0 §2.2). */
function statusIn(value: unknown): Member["status"] {
  return value === "Inactive" || value === "Deleted" ? value : "Active";
}

export function readLineItems(items: unknown): readonly LineItem[] {
  if (!Array.isArray(items)) return [];
  return items.slice(0, MOST_ITEMS).flatMap((one: unknown) => readLineItem(one) ?? []);
}

/** Null: nothing that scores could be sent to. */
export function readLineItem(one: unknown): LineItem | null {
  if (!isFields(one)) return null;
  const { id, scoreMaximum } = one;
  if (typeof id !== "string" || id.length > MOST_URL || !URL.canParse(id)) return null;
  return {
    id,
    label: textIn(one["label"]),
    score_maximum: typeof scoreMaximum === "number" && scoreMaximum > 0 ? scoreMaximum : null,
    resource_link_id: idIn(one["resourceLinkId"]),
    resource_id: idIn(one["resourceId"]),
    tag: textIn(one["tag"]),
  };
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Some platforms send numbers for ids. What can't be kept whole would be somebody else's once it is cut. */
function idIn(value: unknown): string {
  const text = typeof value === "number" ? String(value) : value;
  return typeof text === "string" && text.length <= MOST_TEXT && !/\p{Cc}/u.test(text)
    ? wellFormed(text)
    : "";
}

/** What can't be stored or shown is left out; half a surrogate pair, also where it was cut there, is replaced. */
function textIn(value: unknown): string {
  if (typeof value !== "string") return "";
  const shown = value.replace(/\p{Cc}+/gu, " ").trim();
  return wellFormed(shown.slice(0, MOST_TEXT));
}
