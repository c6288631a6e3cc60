/**
 * The file of a delivery that an administrator uploads to an LMS (RULES §1 "package"): a manifest valid against the
 * schemas it carries, the wrapper, and what the wrapper must know. The same order always makes the same bytes.
 */
import { ZipArchive } from "archiver";
import { WRAPPER_VERSION } from "../../core/bridge.ts";
import { cut, type PackageNaming, packageTitle, plainText } from "./names.ts";
import { packageTemplate } from "./template.ts";

export interface PackageOrder extends PackageNaming {
  /** The delivery's key: letters, digits, `-` and `_`, so that it can stand in a URL and in an XML id. */
  readonly key: string;
  /** Where the wrapper finds the player, such as `https://content.example.com`. */
  readonly contentOrigin: string;
}

export async function buildPackage(order: PackageOrder): Promise<Buffer> {
  const template = await packageTemplate(order.format);
  return archive(
    new Map([
      ...template.files,
      ["imsmanifest.xml", Buffer.from(manifest(template.manifest, order))],
      ["tallygate.js", Buffer.from(wrapperConfig(order))],
    ]),
  );
}

function manifest(template: string, order: PackageOrder): string {
  if (!/^[A-Za-z0-9_-]{1,100}$/.test(order.key))
    throw new Error(`delivery key "${order.key}": expected 1 to 100 letters, digits, "-" and "_"`);
  const values: Readonly<Record<string, string>> = { key: order.key, title: escapeXml(packageTitle(order)) };
  return template.replace(/\{\{(\w+)\}\}/g, (_, name: string) => values[name] ?? "");
}

/** The script that tells the wrapper which delivery it stands for. */
function wrapperConfig(order: PackageOrder): string {
  const origin = new URL(order.contentOrigin).origin;
  if (origin !== order.contentOrigin)
    throw new Error(
      `content origin "${order.contentOrigin}": expected scheme, host and port only, such as "${origin}"`,
    );
  const config = {
    wrapper: WRAPPER_VERSION,
    format: order.format,
    origin,
    key: order.key,
    title: cut(plainText(order.courseTitle), 60),
  };
  return `window.TALLYGATE = ${escapeScript(JSON.stringify(config))};\n`;
}

function escapeXml(value: string): string {
  return value.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** `<` could open a tag where an LMS inlines the file; U+2028 and U+2029 end a line in ES5. */
function escapeScript(json: string): string {
  return json.replace(
    /[<\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/**
 * Entries in order of their names, of one date, and stored: what deflate makes of them differs between versions
 * of zlib and processors, and a package must come out the same on every machine. It is also the fastest.
 */
async function archive(files: ReadonlyMap<string, Buffer>): Promise<Buffer> {
  const zip = new ZipArchive({ store: true });
  const finished = new Promise<Buffer>((resolve, reject) => {
    const chunks: Buffer[] = [];
    zip.on("data", (chunk) => chunks.push(chunk));
    zip.on("end", () => resolve(Buffer.concat(chunks)));
    zip.on("error", reject);
  });
  for (const [name, content] of [...files].sort(([a], [b]) => (a < b ? -1 : 1)))
    zip.append(content, { name, date: "2020-01-01T00:00:00Z", mode: 0o644 });
  await zip.finalize();
  return finished;
}
