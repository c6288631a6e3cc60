/**
 * Where the shim's `<script>` goes in a document, so that it runs before anything the course brings (DESIGN §5).
 * Documents are old, broken and in any encoding: only the bytes before the first script could stand are
 * read, one token after the other as a browser would, and all other bytes are left as they are.
 */

/** How much of a document is looked at: a place is found in the first kilobyte, or the file is odd. */
export const SHIM_SEARCH_BYTES = 64 * 1024;

export type DocumentType = "html" | "xhtml";

export interface ShimPlace {
  /** In bytes. */
  readonly offset: number;
  /** The tag in the document's encoding. */
  readonly tag: Buffer;
}

type Encoding = "utf16le" | "utf16be" | "latin1";

/**
 * @param head The document's first bytes, `SHIM_SEARCH_BYTES` of them at most.
 * @returns Undefined where no place is safe: the document then stays as it is.
 */
export function findShimPlace(head: Buffer, type: DocumentType, shimUrl: string): ShimPlace | undefined {
  const { encoding, bytes: markBytes } = readByteOrderMark(head);
  const text = decode(head.subarray(markBytes), encoding);
  const place = type === "html" ? placeInHtml(text) : placeInXhtml(text);
  if (place === undefined) return undefined;
  const unitBytes = encoding === "latin1" ? 1 : 2;
  return { offset: markBytes + place * unitBytes, tag: encode(shimTag(type, shimUrl), encoding) };
}

/**
 * Short, for some browsers look for `<meta charset>` in the first kilobyte only. In XHTML it names its namespace itself:
 * the root element may have given the default one away.
 */
function shimTag(type: DocumentType, url: string): string {
  const namespace = type === "html" ? "" : ' xmlns="http://www.w3.org/1999/xhtml"';
  return `<script src="${url}"${namespace}></script>`;
}

function readByteOrderMark(head: Buffer): { encoding: Encoding; bytes: number } {
  if (head[0] === 0xff && head[1] === 0xfe) return { encoding: "utf16le", bytes: 2 };
  if (head[0] === 0xfe && head[1] === 0xff) return { encoding: "utf16be", bytes: 2 };
  const utf8 = head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf;
  // UTF-8, Windows-1252, Shift_JIS, GBK and their like write `<`, `>`, quotes and letters as ASCII does, and use
  // no byte of `<`, `>` or a quote within another character: one byte, one unit will do.
  return { encoding: "latin1", bytes: utf8 ? 3 : 0 };
}

function decode(bytes: Buffer, encoding: Encoding): string {
  if (encoding !== "utf16be") return bytes.toString(encoding);
  const whole = bytes.subarray(0, bytes.length - (bytes.length % 2));
  return Buffer.from(whole).swap16().toString("utf16le");
}

function encode(text: string, encoding: Encoding): Buffer {
  return encoding === "utf16be" ? Buffer.from(text, "utf16le").swap16() : Buffer.from(text, encoding);
}

/**
 * After `<head>` where there is one, else after `<html>`, else after the doctype, else before the first thing that
 * is none of these; a browser opens the missing elements around a script by itself, a frameset's document included.
 * Never before a doctype: the page would be shown in quirks mode.
 */
function placeInHtml(text: string): number | undefined {
  let place: number | undefined;
  let at = skipSpace(text, 0);
  while (at < text.length) {
    const isHtml = startsTag(text, at, "html");
    const isHead = startsTag(text, at, "head");
    const end = isHtml || isHead ? tagEnd(text, at) : fillerEnd(text, at);
    if (end === "unfinished") return place;
    if (end === "none") return place ?? at;
    if (isHead) return end;
    if (isHtml || /^<!doctype/i.test(text.slice(at, at + 9))) place = end;
    at = skipSpace(text, end);
  }
  return place;
}

/** In XML nothing may stand before the root element, and what is inserted must leave the whole well-formed. */
function placeInXhtml(text: string): number | undefined {
  const root = skipXmlFillers(text, 0);
  if (root === undefined || !/^<[^\s!?/>]/.test(text.slice(root, root + 2))) return undefined;
  const afterRoot = tagEnd(text, root);
  if (afterRoot === "unfinished" || text[afterRoot - 2] === "/") return undefined;
  const next = skipXmlFillers(text, afterRoot);
  if (next === undefined || !startsTag(text, next, "head")) return afterRoot;
  const afterHead = tagEnd(text, next);
  return afterHead === "unfinished" || text[afterHead - 2] === "/" ? afterRoot : afterHead;
}

/** Comments, the doctype, and what HTML reads as a comment: `<?…>`, `<![if …]>` (WHATWG HTML 13.2.5.42). */
function fillerEnd(text: string, at: number): number | "unfinished" | "none" {
  if (text.startsWith("<!--", at)) return commentEnd(text, at);
  return text[at] === "<" && (text[at + 1] === "!" || text[at + 1] === "?") ? after(text, ">", at) : "none";
}

/** HTML also ends a comment at `--!>`, and at once in `<!-->` and `<!--->`, but not in `<!--!>`. */
function commentEnd(text: string, at: number): number | "unfinished" {
  const end = /--!?>/g;
  end.lastIndex = text.startsWith("<!--!>", at) ? at + 4 : at + 2;
  return end.test(text) ? end.lastIndex : "unfinished";
}

/** The first thing that is no space, comment, processing instruction or doctype. */
function skipXmlFillers(text: string, from: number): number | undefined {
  for (let at = skipSpace(text, from); at < text.length; ) {
    let end: number | "unfinished";
    if (text.startsWith("<!--", at)) end = after(text, "-->", at + 4);
    else if (text.startsWith("<?", at)) end = after(text, "?>", at);
    else if (text.startsWith("<!DOCTYPE", at)) end = xmlDoctypeEnd(text, at);
    else return at;
    if (end === "unfinished") return undefined;
    at = skipSpace(text, end);
  }
  return undefined;
}

/** A doctype of XML can hold declarations in brackets, with `>` in them. */
function xmlDoctypeEnd(text: string, from: number): number | "unfinished" {
  let inBrackets = false;
  for (let at = from + 1; at < text.length; at += 1) {
    const character = text[at];
    if (character === ">" && !inBrackets) return at + 1;
    if (character === "[") inBrackets = true;
    if (character === "]") inBrackets = false;
    let end: number | "unfinished" | undefined;
    if (character === '"' || character === "'") end = after(text, character, at + 1);
    else if (text.startsWith("<!--", at)) end = after(text, "-->", at + 4);
    if (end === "unfinished") return end;
    if (end !== undefined) at = end - 1;
  }
  return "unfinished";
}

function startsTag(text: string, at: number, name: string): boolean {
  const found = text.slice(at, at + name.length + 2).toLowerCase();
  return found.startsWith(`<${name}`) && /[\s/>]/.test(found.slice(name.length + 1));
}

/** Past the `>` that ends the tag at `from`: one in a quoted value does not, a quote elsewhere quotes nothing. */
function tagEnd(text: string, from: number): number | "unfinished" {
  let at = from;
  while (at < text.length) {
    if (text[at] === ">") return at + 1;
    if (text[at] !== "=") {
      at += 1;
      continue;
    }
    at = skipSpace(text, at + 1);
    const quote = text[at];
    if (quote === '"' || quote === "'") {
      const end = after(text, quote, at + 1);
      if (end === "unfinished") return end;
      at = end;
    } else while (at < text.length && /[^\t\n\f\r >]/.test(text.charAt(at))) at += 1;
  }
  return "unfinished";
}

function skipSpace(text: string, from: number): number {
  let at = from;
  while (at < text.length && /[\t\n\f\r ]/.test(text.charAt(at))) at += 1;
  return at;
}

function after(text: string, what: string, from: number): number | "unfinished" {
  const at = text.indexOf(what, from);
  return at < 0 ? "unfinished" : at + what.length;
}
