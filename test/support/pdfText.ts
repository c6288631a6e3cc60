/** What stands in a PDF of ours, and where it leads: enough of PDF 1.3 to read text in the standard fonts back. */
import { inflateSync } from "node:zlib";

export interface ReadPdf {
  /** By page, each text that was drawn, in order. */
  readonly pages: readonly (readonly string[])[];
  readonly links: readonly string[];
  readonly title: string;
}

export function readPdf(bytes: Buffer): ReadPdf {
  const whole = bytes.toString("latin1");
  if (!whole.startsWith("%PDF-") || !whole.trimEnd().endsWith("%%EOF"))
    throw new Error("It is not a whole PDF");
  const objects = new Map(
    [...whole.matchAll(/(\d+) 0 obj\n([\s\S]*?)\nendobj/g)].map(
      ([, id = "", body = ""]) => [id, body] as const,
    ),
  );
  const all = [...objects.values()];
  const pages = all.filter((body) => /\/Type \/Page\b(?!s)/.test(body));
  return {
    pages: pages.map((page) => textsIn(streamOf(objects, /\/Contents (\d+) 0 R/.exec(page)?.[1]))),
    links: all.flatMap((body) =>
      [...body.matchAll(/\/URI \(((?:[^()\\]|\\.)*)\)/g)].map(([, link = ""]) => link),
    ),
    title: objects.get(/\/Title (\d+) 0 R/.exec(whole)?.[1] ?? "")?.slice(1, -1) ?? "",
  };
}

function streamOf(objects: ReadonlyMap<string, string>, id = ""): string {
  const stream = /stream\n([\s\S]*)\nendstream/.exec(objects.get(id) ?? "")?.[1];
  if (stream === undefined) throw new Error(`Object ${id} has no stream`);
  return inflateSync(Buffer.from(stream, "latin1")).toString("latin1");
}

/** `[<4163> 20 <6d65> 0] TJ`: hexadecimal pieces, with what moves them nearer together. */
function textsIn(content: string): string[] {
  return [...content.matchAll(/\[([^\]]*)\] TJ/g)].map(([, pieces = ""]) =>
    decoder.decode(Buffer.from([...pieces.matchAll(/<([0-9a-f]*)>/g)].map(([, hex]) => hex).join(""), "hex")),
  );
}

/** WinAnsi, as the standard fonts are encoded. */
const decoder = new TextDecoder("windows-1252");
