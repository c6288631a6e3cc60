/** Small SCORM packages of our own: one page that a test drives by calling the functions it puts on its window. */
import { zipBytes } from "./zips.ts";

export interface ScoPackage {
  readonly title?: string;
  /** Items' own elements, such as `<adlcp:masteryscore>80</adlcp:masteryscore>`. */
  readonly item?: string;
  readonly parameters?: string;
  /** Of further items, each with a launchable page. */
  readonly more_items?: readonly string[];
  /** Runs in the page after it has loaded; `lms` is the API it found, or null. */
  readonly script?: string;
}

/** Finds the API the way courses do and keeps it as `lms`; `call` answers what the API answers, of whichever standard. */
const PAGE_SCRIPT = `
function find(from) {
  for (let at = from, hops = 0; at && hops < 30; at = at.parent, hops += 1) {
    try { if (at[NAME]) return at[NAME]; } catch { /* a frame of another origin */ }
    if (at === at.parent) return null;
  }
  return null;
}
window.lms = find(window) || (window.opener && find(window.opener));
window.call = (name, ...given) => window.lms && window.lms[name](...given);
document.querySelector("p").textContent = window.lms ? "Found the LMS." : "Found no LMS.";
`;

function page(apiName: string, script: string): string {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Sample course</title></head>
<body><h1>Sample course</h1><p>Looking…</p><script>const NAME = "${apiName}";${PAGE_SCRIPT}${script}</script></body></html>`;
}

function items(given: ScoPackage): string {
  const parameters = given.parameters === undefined ? "" : ` parameters="${given.parameters}"`;
  const first = `<item identifier="item-1" identifierref="res-1"${parameters}><title>Lesson</title>${given.item ?? ""}</item>`;
  const others = (given.more_items ?? []).map(
    (title, index) =>
      `<item identifier="item-${index + 2}" identifierref="res-1"><title>${title}</title></item>`,
  );
  return [first, ...others].join("");
}

/** A SCORM 1.2 package. */
export function scorm12Zip(given: ScoPackage = {}): Buffer {
  const manifest = `<?xml version="1.0" encoding="UTF-8"?>
<manifest identifier="sample" version="1" xmlns="http://www.imsproject.org/xsd/imscp_rootv1p1p2" xmlns:adlcp="http://www.adlnet.org/xsd/adlcp_rootv1p2">
<metadata><schema>ADL SCORM</schema><schemaversion>1.2</schemaversion></metadata>
<organizations default="org"><organization identifier="org"><title>${given.title ?? "Sample 1.2"}</title>${items(given)}</organization></organizations>
<resources><resource identifier="res-1" type="webcontent" adlcp:scormtype="sco" href="course/index.html"><file href="course/index.html"/></resource></resources>
</manifest>`;
  return zipBytes([
    { name: "imsmanifest.xml", content: manifest },
    { name: "course/index.html", content: page("API", given.script ?? "") },
  ]);
}

/** A SCORM 2004 package, 4th Edition unless said. */
export function scorm2004Zip(given: ScoPackage & { readonly edition?: "3rd" | "4th" } = {}): Buffer {
  const manifest = `<?xml version="1.0" encoding="UTF-8"?>
<manifest identifier="sample" version="1" xmlns="http://www.imsglobal.org/xsd/imscp_v1p1" xmlns:adlcp="http://www.adlnet.org/xsd/adlcp_v1p3" xmlns:imsss="http://www.imsglobal.org/xsd/imsss">
<metadata><schema>ADL SCORM</schema><schemaversion>2004 ${given.edition ?? "4th"} Edition</schemaversion></metadata>
<organizations default="org"><organization identifier="org"><title>${given.title ?? "Sample 2004"}</title>${items(given)}</organization></organizations>
<resources xml:base="course/"><resource identifier="res-1" type="webcontent" adlcp:scormType="sco" href="index.html"><file href="index.html"/></resource></resources>
</manifest>`;
  return zipBytes([
    { name: "imsmanifest.xml", content: manifest },
    { name: "course/index.html", content: page("API_1484_11", given.script ?? "") },
  ]);
}
