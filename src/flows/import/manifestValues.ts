/** Values of a manifest's elements and attributes; what is not one of those allowed is left out and told. */
import type { ImportWarnings } from "./importWarnings.ts";
import { show } from "./zipNames.ts";

export class ManifestValues {
  readonly #warnings: ImportWarnings;
  readonly #where: string;

  /** @param where As it stands in a warning: `the item "intro"`. */
  constructor(warnings: ImportWarnings, where: string) {
    this.#warnings = warnings;
    this.#where = where;
  }

  boolean(name: string, written: string | undefined): boolean | undefined {
    if (written === undefined) return undefined;
    if (/^(true|1|yes)$/i.test(written)) return true;
    if (/^(false|0|no)$/i.test(written)) return false;
    return this.#leftOut(name, written, "true or false");
  }

  number(name: string, written: string | undefined, least: number, most: number): number | undefined {
    if (written === undefined) return undefined;
    const value = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(written) ? Number(written) : Number.NaN;
    if (value >= least && value <= most) return value;
    return this.#leftOut(name, written, `a number from ${least} to ${most}`);
  }

  count(name: string, written: string | undefined): number | undefined {
    if (written === undefined) return undefined;
    if (/^\d{1,9}$/.test(written)) return Number(written);
    return this.#leftOut(name, written, "a whole number");
  }

  /** @returns The word as the standard writes it, whatever its case in the manifest. */
  word<Word extends string>(
    name: string,
    written: string | undefined,
    words: readonly Word[],
  ): Word | undefined {
    if (written === undefined) return undefined;
    const found = words.find((word) => word.toLowerCase() === written.toLowerCase());
    return found ?? this.#leftOut(name, written, `one of ${words.join(", ")}`);
  }

  matching(name: string, written: string | undefined, pattern: RegExp, expected: string): string | undefined {
    if (written === undefined || pattern.test(written)) return written;
    return this.#leftOut(name, written, expected);
  }

  unsupported(what: string): void {
    this.#warnings.add(
      "not_supported",
      `${capitalized(this.#where)} has ${what}, which is not supported here and is left out.`,
    );
  }

  #leftOut(name: string, written: string, expected: string): undefined {
    const detail = `${capitalized(this.#where)} has ${name} ${show(written)}, expected ${expected}; it is left out.`;
    this.#warnings.add("value_invalid", detail);
    return undefined;
  }
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Without the fields that are undefined, so that what a manifest does not state is not there. */
export function stated<T extends object>(fields: { [Name in keyof T]: T[Name] | undefined }): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;
}

/** As `stated`, or undefined where nothing is left. */
export function statedOrNothing<T extends object>(
  fields: { [Name in keyof T]: T[Name] | undefined },
): T | undefined {
  const kept = stated<T>(fields);
  return Object.keys(kept).length === 0 ? undefined : kept;
}
