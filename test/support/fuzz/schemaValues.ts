/** Values that a JSON schema takes, so that a fuzzed request gets past the parsing to what lies behind it. */
import type { Chance } from "./chance.ts";

export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly items?: Schema;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly format?: string;
  readonly examples?: readonly unknown[];
}

/** @param idOf Finds an id for a field of that name. */
export function valueFor(chance: Chance, schema: Schema, idOf: (name: string) => string, name = ""): unknown {
  const inner = (of: Schema, as = name) => valueFor(chance, of, idOf, as);
  if (schema.const !== undefined) return schema.const;
  if (schema.enum) return chance.pick(schema.enum);
  if (schema.examples && schema.examples.length > 0) return chance.pick(schema.examples);
  const options = schema.anyOf ?? schema.oneOf;
  if (options && options.length > 0) return inner(chance.pick(options));
  if (schema.allOf) return Object.assign({}, ...schema.allOf.map((one) => inner(one)));
  const type = typeof schema.type === "string" ? schema.type : chance.pick(schema.type ?? ["object"]);
  switch (type) {
    case "object":
      return objectFor(chance, schema, inner);
    case "array":
      return Array.from({ length: (schema.minItems ?? 0) + chance.number(3) }, () =>
        inner(schema.items ?? {}),
      );
    case "integer":
    case "number": {
      const [least, most] = [schema.minimum ?? 0, Math.min(schema.maximum ?? 1000, 1e6)];
      const value = least + chance.number(Math.max(1, most - least + 1));
      return type === "integer" ? Math.round(value) : value;
    }
    case "boolean":
      return chance.percent(50);
    case "null":
      return null;
    default:
      return textFor(chance, schema, name, idOf);
  }
}

function objectFor(chance: Chance, schema: Schema, inner: (of: Schema, as: string) => unknown): unknown {
  const required = new Set(schema.required);
  const entries = Object.entries(schema.properties ?? {})
    .filter(([name]) => required.has(name) || chance.percent(50))
    .map(([name, of]) => [name, inner(of, name)]);
  return Object.fromEntries(entries);
}

function textFor(chance: Chance, { format }: Schema, name: string, idOf: (name: string) => string): string {
  if (format === "uuid") return idOf(name);
  if (format === "date-time")
    return chance.pick(["2026-01-05T09:00:00Z", "2026-06-01T00:00:00Z", "2027-01-31T12:00:00+02:00"]);
  if (format === "email") return `person${chance.number(1000)}@example.com`;
  if (format === "uri") return "https://example.com/course";
  return chance.pick(["Name", "Ünïcode name", "https://lms.example.com", "pay_per_use", "scorm12", "EUR"]);
}
