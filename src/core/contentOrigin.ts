/**
 * The content origin: one for all accounts, or, with a `*` in it, a host of its own for each. Browsers keep what a course
 * stores, and what may be cached, by origin: with a host each, nothing of one account's courses meets another's.
 */

/** Where an account's player and courses lie. */
export function contentOriginFor(contentOrigin: string, accountId: string): string {
  return contentOrigin.replace("*", accountId);
}

/** Whose content a host serves; null: everyone's. */
export interface ContentHost {
  readonly account_id: string | null;
}

export type ReadContentHost = (host: string) => ContentHost | undefined;

const ACCOUNT_LABEL = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * @param contentOrigins Each with or without a `*`.
 * @returns What a `Host` header, in lower case, stands for; undefined where it is none of them.
 */
export function contentHosts(contentOrigins: readonly string[]): ReadContentHost {
  const hosts = contentOrigins.map((origin) => new URL(origin).host);
  const shared = new Set(hosts.filter((host) => !host.startsWith("*")));
  const domains = hosts.filter((host) => host.startsWith("*")).map((host) => host.slice(1));
  return (host) => {
    if (shared.has(host)) return { account_id: null };
    const domain = domains.find((one) => host.endsWith(one));
    const label = domain === undefined ? "" : host.slice(0, -domain.length);
    return ACCOUNT_LABEL.test(label) ? { account_id: label } : undefined;
  };
}
