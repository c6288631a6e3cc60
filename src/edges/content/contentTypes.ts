/** What a course's file is, by its name. */
import { lookup } from "mime-types";
import type { DocumentType } from "./shimPlace.ts";

/**
 * The `Content-Type`, always without a charset: courses come in any encoding, and a header would overrule what the
 * file's own `<meta>`, `@charset` or the page that loads it says. Undefined for an unknown name: the browser
 * then looks at the content itself, as it does with the web servers that courses were made for.
 */
export function contentTypeOf(path: string): string | undefined {
  return lookup(path) || undefined;
}

/** Documents get the shim. SVG and other XML can hold scripts too, but no SCO is one. */
export function documentTypeOf(contentType: string | undefined): DocumentType | undefined {
  if (contentType === "text/html") return "html";
  return contentType === "application/xhtml+xml" ? "xhtml" : undefined;
}
