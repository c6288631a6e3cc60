/**
 * What metrics and traces call a request: the template of its route, from a list, and `other` for all else. Never its path,
 * which holds keys and ids, and of which a stranger can make up any number.
 */

const NAMED: readonly (readonly [pattern: RegExp, template: string])[] = [
  [/^\/c\//, "/c/*"],
  [/^\/play\/keep$/, "/play/keep"],
  [/^\/play\/lti\/launch$/, "/play/lti/launch"],
  [/^\/play\/[^/]+\/launch$/, "/play/:key/launch"],
  [/^\/play\/[^/]+$/, "/play/:key"],
  [/^\/lti\/login$/, "/lti/login"],
  [/^\/lti\/launch$/, "/lti/launch"],
  [/^\/lti\/jwks$/, "/lti/jwks"],
  [/^\/lti\/links\/[^/]+$/, "/lti/links/:key"],
  [/^\/lti\/register\/[^/]+$/, "/lti/register/:secret"],
  [/^\/lti\/config\/canvas\.json$/, "/lti/config/canvas.json"],
  [/^\/lti\/icon\.svg$/, "/lti/icon.svg"],
  [/^\/lti\/icon\.png$/, "/lti/icon.png"],
  [/^\/lti\/catalog$/, "/lti/catalog"],
  [/^\/lti\/(catalog\/)?files\/[^/]+$/, "/lti/files/*"],
  [/^\/player\/[^/]+$/, "/player/*"],
  [/^\/healthz$/, "/healthz"],
  [/^\/readyz$/, "/readyz"],
];

const METHODS: ReadonlySet<string> = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);

export type RouteNamer = (url: string | undefined) => string;

/** @param templates Of further routes, with `{names}` for what differs: `/api/v1/accounts/{account_id}`. */
export function routeNamer(templates: readonly string[]): RouteNamer {
  const further = templates.map((template) => [patternOf(template), template] as const);
  const all = [...NAMED, ...further];
  return (url = "") => {
    const end = url.indexOf("?");
    const path = end === -1 ? url : url.slice(0, end);
    return all.find(([pattern]) => pattern.test(path))?.[1] ?? "other";
  };
}

function patternOf(template: string): RegExp {
  const literals = template.split(/\{\w+\}/).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${literals.join("[^/]+")}$`);
}

export function methodName(method: string | undefined): string {
  return method !== undefined && METHODS.has(method) ? method : "other";
}
