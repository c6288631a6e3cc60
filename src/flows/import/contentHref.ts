/** From an href in a manifest to a file of the zip, forgiving what Windows and hand-made manifests get wrong. */
import { cleanContentPath, contentKey } from "../../core/contentPath.ts";

/** The files of a package, found by the path that a manifest writes. */
export class ContentFiles {
  readonly #byKey: ReadonlyMap<string, string>;

  constructor(paths: readonly string[]) {
    this.#byKey = new Map(paths.map((path) => [contentKey(path), path]));
  }

  /** The file's own path, whatever the case it was asked in. */
  find(path: string): string | undefined {
    return this.#byKey.get(contentKey(path));
  }
}

export type ResolvedHref =
  | { readonly type: "file"; readonly href: string; readonly exactName: boolean }
  | { readonly type: "external"; readonly href: string }
  | { readonly type: "missing"; readonly path: string }
  | { readonly type: "refused"; readonly why: string };

/** Longer ones have no honest use, and a base put before each of many hrefs would add up. */
const MAX_HREF_LENGTH = 2_048;

/**
 * @param bases The `xml:base` of the elements around the href, outermost first (IMS CP 1.1.4, 4.2.1.3).
 * @param href As written, with query and fragment.
 */
export function resolveHref(files: ContentFiles, bases: readonly string[], href: string): ResolvedHref {
  if (href.length + bases.reduce((sum, base) => sum + base.length, 0) > MAX_HREF_LENGTH) {
    return { type: "refused", why: "is too long" };
  }
  const address = bases.reduceRight((inner, base) => joinBase(base, inner), href.trim());
  if (/^https?:\/\//i.test(address)) return external(address);
  const scheme = /^([a-z][a-z0-9+.-]+):/i.exec(address)?.[1];
  if (scheme !== undefined) return { type: "refused", why: `is a ${scheme}: address` };
  if (/^[/\\]{2}/.test(address)) return { type: "refused", why: "names another server" };
  return resolveFile(files, address);
}

function joinBase(base: string, inner: string): string {
  if (base === "" || /^([a-z][a-z0-9+.-]+:|[/\\])/i.test(inner)) return inner;
  return /[/\\]$/.test(base) ? base + inner : `${base}/${inner}`;
}

function external(address: string): ResolvedHref {
  if (!URL.canParse(address)) return { type: "refused", why: "is not a valid address" };
  const url = new URL(address);
  if (url.username !== "" || url.password !== "") return { type: "refused", why: "holds a password" };
  return { type: "external", href: url.href };
}

function resolveFile(files: ContentFiles, address: string): ResolvedHref {
  const { path, tail } = splitTail(address);
  const written = insideFolder(path);
  if (written === null) return { type: "refused", why: "leads out of the package" };
  // A file may really be called `50%25.html`; only where none is does the percent sign mean something.
  for (const candidate of [written, percentDecoded(written)]) {
    const found = files.find(candidate);
    if (found !== undefined) {
      const exactName = found === candidate.normalize("NFC") && !path.includes("\\");
      return { type: "file", href: encodePath(found) + encodeTail(tail), exactName };
    }
  }
  return { type: "missing", path: written };
}

function splitTail(address: string): { path: string; tail: string } {
  const start = address.search(/[?#]/);
  return start === -1
    ? { path: address, tail: "" }
    : { path: address.slice(0, start), tail: address.slice(start) };
}

/** `..` is followed as far as the package's own folder, a leading slash means that folder. */
function insideFolder(path: string): string | null {
  const kept: string[] = [];
  for (const segment of path.replaceAll("\\", "/").split("/")) {
    if (segment !== "..") kept.push(...(segment === "" || segment === "." ? [] : [segment]));
    else if (kept.pop() === undefined) return null;
  }
  const clean = cleanContentPath(kept.join("/"));
  return clean.ok ? clean.path : null;
}

function percentDecoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

function encodePath(path: string): string {
  // A colon in the first segment would be read as the end of a scheme.
  return encodeURI(path).replace(/[?#:]/g, (character) => encodeURIComponent(character));
}

/** As written, but for characters that no address may hold. */
function encodeTail(tail: string): string {
  return tail.replace(/[^\u0021-\u007e]|["<>\\^`{|}]/gu, (character) => encodeURIComponent(character));
}

/**
 * Appends an item's `parameters` to its resource's href by the steps that both content aggregation models
 * give, literally: what does not begin with `#` goes to the end even where the href has a fragment, since
 * courses have been made to work with players that do just that.
 */
export function appendParameters(href: string, parameters: string): string {
  const clean = encodeTail(parameters.trim().replace(/^[?&]+/, ""));
  if (clean === "") return href;
  if (clean.startsWith("#")) return href.includes("#") ? href : href + clean;
  return href + (href.includes("?") ? "&" : "?") + clean;
}
