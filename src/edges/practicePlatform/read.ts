/** Reads what others sent: every field may be missing or of another type. */
import { wrong } from "./refusal.ts";

export type Fields = Readonly<Record<string, unknown>>;

const LONGEST_TEXT = 4_000;

export function fieldsOf(value: unknown): Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

/** @throws Refusal where it is missing, empty or no text. */
export function text(fields: Fields, name: string): string {
  const value = fields[name];
  if (typeof value !== "string" || value.trim() === "" || value.length > LONGEST_TEXT)
    throw wrong(`${name}: found ${JSON.stringify(value)?.slice(0, 100) ?? "nothing"}, expected a text.`);
  return value.trim();
}

export function optionalText(fields: Fields, name: string): string {
  return fields[name] === undefined || fields[name] === null || fields[name] === "" ? "" : text(fields, name);
}

/** @throws Refusal where it is no http(s) address. */
export function webAddress(fields: Fields, name: string): string {
  const value = text(fields, name);
  if (!URL.canParse(value) || !/^https?:$/.test(new URL(value).protocol))
    throw wrong(`${name}: found ${JSON.stringify(value.slice(0, 100))}, expected an http or https address.`);
  return value;
}

export function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((one): one is string => typeof one === "string") : [];
}

/** @throws Refusal where it is none of them. */
export function oneOf<const Choice extends string>(
  fields: Fields,
  name: string,
  choices: readonly Choice[],
): Choice {
  const found = choices.find((choice) => choice === fields[name]);
  if (found === undefined)
    throw wrong(
      `${name}: found ${JSON.stringify(fields[name]) ?? "nothing"}, expected one of ${choices.join(", ")}.`,
    );
  return found;
}

/** @throws Refusal where it is there and no number in the range. */
export function optionalNumber(fields: Fields, name: string, least: number, most: number): number | null {
  const value = fields[name];
  if (value === undefined || value === null) return null;
  if (typeof value !== "number" || !(value >= least && value <= most))
    throw wrong(
      `${name}: found ${JSON.stringify(value)}, expected a number from ${least} to ${most === Number.MAX_VALUE ? "any" : most}.`,
    );
  return value;
}

export function flag(fields: Fields, name: string): boolean {
  return fields[name] === true;
}
