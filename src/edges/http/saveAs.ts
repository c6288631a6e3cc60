/** What a file is called by whoever saves it (RFC 6266). */

export interface FileName {
  readonly utf8: string;
  /** For whoever knows no other letters. */
  readonly ascii: string;
}

export function saveAs({ utf8, ascii }: FileName): Readonly<Record<string, string>> {
  const encoded = encodeURIComponent(utf8).replace(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return { "Content-Disposition": `attachment; filename="${ascii}"; filename*=UTF-8''${encoded}` };
}
