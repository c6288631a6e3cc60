/** Forms as Stripe reads them: `metadata[account_id]=…` is a value within a value. */

export interface Form {
  readonly [name: string]: string | Form;
}

export function readForm(encoded: string): Form {
  const form: Record<string, string | Record<string, unknown>> = {};
  for (const [name, value] of new URLSearchParams(encoded)) {
    const [first = "", ...inner] = name.split(/[[\]]+/).filter((part) => part !== "");
    let place: Record<string, unknown> = form;
    for (const [index, key] of [first, ...inner].entries()) {
      if (index === inner.length) place[key] = value;
      else {
        place[key] ??= {};
        place = place[key] as Record<string, unknown>;
      }
    }
  }
  return form as Form;
}
