/**
 * The header `Link` of an answer (RFC 8288), as far as it leads to the next page. Platforms write it, and the process reads
 * nothing else meanwhile: so in one pass, of which every character takes the same, whatever it says.
 */

/** Where the next page is, as written: it may be relative to the page. Null: this is the last one. */
export function nextLinkOf(header: string): string | null {
  for (const link of piecesOf(header, ",")) {
    const [target = "", ...parameters] = piecesOf(link, ";").map((piece) => piece.trim());
    if (!target.startsWith("<") || !target.endsWith(">")) continue;
    if (relationsOf(parameters).includes("next")) return target.slice(1, -1).trim();
  }
  return null;
}

/** Of several parameters `rel` the first one counts (RFC 8288 §3.3). */
function relationsOf(parameters: readonly string[]): readonly string[] {
  for (const parameter of parameters) {
    const equals = parameter.indexOf("=");
    if (parameter.slice(0, Math.max(equals, 0)).trim().toLowerCase() !== "rel") continue;
    const value = parameter.slice(equals + 1).replaceAll('"', "");
    return value.toLowerCase().trim().split(/\s+/);
  }
  return [];
}

/** What stands between separators, those aside that stand within quotes or an address. */
function piecesOf(text: string, separator: string): string[] {
  const pieces: string[] = [];
  let begin = 0;
  let closer: string | null = null;
  for (let index = 0; index < text.length; index++) {
    const one = text[index];
    if (closer === '"' && one === "\\") index++;
    else if (closer !== null) closer = one === closer ? null : closer;
    else if (one === "<") closer = ">";
    else if (one === '"') closer = '"';
    else if (one === separator) {
      pieces.push(text.slice(begin, index));
      begin = index + 1;
    }
  }
  return [...pieces, text.slice(begin)];
}
