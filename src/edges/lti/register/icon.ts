import { readFileSync } from "node:fs";
import { join } from "node:path";

/** What LMSs show beside the tool: five strokes of a tally. */
export const ICON_SVG = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64" width="64" height="64" role="img" aria-label="Tallygate">
<rect width="64" height="64" rx="12" fill="#1f5fae"/>
<path d="M16 16v32M27 16v32M38 16v32M49 16v32M10 44 55 20" fill="none" stroke="#fff" stroke-width="5" stroke-linecap="round"/>
</svg>
`;

/**
 * The same, for platforms that show no SVG: 128 points a side, with alpha. Drawn by Chromium (a page of that size without a
 * background, screenshot), its metadata taken out by ImageMagick (`convert -strip`). Copied by scripts/build.mjs.
 */
export const ICON_PNG = readFileSync(join(import.meta.dirname, "icon.png"));
