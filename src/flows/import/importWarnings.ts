import type { ImportWarning } from "../../core/course.ts";

/** More of one kind than this tells nobody anything new; the rest is counted. */
const SHOWN_PER_CODE = 20;

/** Gathers what an import accepts all the same, each thing once, and however often a manifest repeats itself. */
export class ImportWarnings {
  readonly #byCode = new Map<string, { details: Set<string>; more: number }>();

  add(code: string, detail: string): void {
    const found = this.#byCode.get(code) ?? { details: new Set(), more: 0 };
    this.#byCode.set(code, found);
    const clipped = detail.length > 400 ? `${detail.slice(0, 399).toWellFormed()}…` : detail;
    if (found.details.size < SHOWN_PER_CODE) found.details.add(clipped);
    else if (!found.details.has(clipped)) found.more += 1;
  }

  list(): ImportWarning[] {
    return [...this.#byCode].flatMap(([code, { details, more }]) => {
      const shown = [...details].map((detail) => ({ code, detail }));
      return more === 0 ? shown : [...shown, { code, detail: `The same holds in ${more} more places.` }];
    });
  }
}
