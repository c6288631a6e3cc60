// The house rules that a machine can keep (docs/decisions/house-rules.md). Prints what breaks them; exits 1 then.
//   node scripts/house-rules.mjs
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative, resolve } from "node:path";

const root = join(import.meta.dirname, "..");
const broken = [];
const breaks = (file, line, rule) => broken.push(`${relative(root, file)}:${line}  ${rule}`);

function filesOf(folder, ending) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true })
    .map((name) => join(folder, name))
    .filter((file) => ending.test(file) && statSync(file).isFile());
}

const sources = filesOf(join(root, "src"), /\.tsx?$/).map((file) => ({
  file,
  path: relative(join(root, "src"), file),
  text: readFileSync(file, "utf8"),
}));

/** What each part of src may import from src; `type` imports of deps and config are free. */
const MAY_IMPORT = {
  core: ["core"],
  store: ["store", "core"],
  flows: ["flows", "store", "core"],
  edges: ["edges", "flows", "store", "core", "paths.ts"],
};

function partOf(path) {
  return path.includes("/") ? path.split("/")[0] : path;
}

const IMPORT =
  /^\s*(?:import|export)\s+(type\s+)?(?:[^"';]*?\sfrom\s+)?["']([^"']+)["']|\bimport\(\s*["']([^"']+)["']\s*\)/gm;

function lineAt(text, index) {
  return text.slice(0, index).split("\n").length;
}

function checkImports({ file, path, text }) {
  const part = partOf(path);
  const isClient = path.includes("/client/");
  for (const match of text.matchAll(IMPORT)) {
    const [, isType, from, dynamic] = match;
    const target = from ?? dynamic;
    const line = lineAt(text, match.index);
    if (!target.startsWith(".")) {
      if (part === "core") breaks(file, line, `the core imports no package, found ${target} (rule 2)`);
      continue;
    }
    const imported = relative(join(root, "src"), resolve(join(file, ".."), target));
    const importedPart = partOf(imported);
    const allowed = MAY_IMPORT[part];
    if (isClient && !imported.startsWith(path.split("client/")[0]) && importedPart !== "core" && !isType)
      breaks(file, line, `browser code imports only the core and its own edge, found ${imported} (rule 1)`);
    if (!allowed || (isType && ["deps.ts", "config.ts"].includes(imported))) continue;
    if (!allowed.includes(importedPart)) breaks(file, line, `${part} may not import ${imported} (rule 1)`);
  }
}

/** Somebody else's platform: what it has of the gateway's inside would hide the gateway's mistakes. */
const PRACTICE_PLATFORM = "edges/practicePlatform/";
const PRACTICE_PLATFORM_PACKAGES = /^(?:node:.+|express|jsonwebtoken|preact(?:\/.+)?)$/;

function checkPracticePlatform({ file, path, text }) {
  if (!path.startsWith(PRACTICE_PLATFORM)) return;
  for (const match of text.matchAll(IMPORT)) {
    const target = match[2] ?? match[3];
    const isOwn = relative(join(root, "src"), resolve(join(file, ".."), target)).startsWith(
      PRACTICE_PLATFORM,
    );
    if (target.startsWith(".") ? !isOwn : !PRACTICE_PLATFORM_PACKAGES.test(target))
      breaks(file, lineAt(text, match.index), `the practice platform stands on its own, found ${target}`);
  }
}

/**
 * The one way out to addresses that others choose; to what belongs to this gateway, on this machine; and of the practice
 * platform, which is not the gateway.
 */
const GO_OUT = [
  "flows/outgoing.ts",
  "edges/cli/http.ts",
  "store/holder.ts",
  `${PRACTICE_PLATFORM}callOut.ts`,
];

/** Each: where it holds, what must not stand there, and the rule. */
const MUST_NOT = [
  {
    where: (path) => path !== "deps.ts" && !path.includes("/client/"),
    what: /\bDate\.now\(|\bnew Date\(\)|\bMath\.random\(|\bperformance\.now\(/g,
    rule: "time and chance come from deps (rule 3)",
  },
  {
    where: (path) => /^(store|flows)\//.test(path),
    what: /\b(?:now\(\)|current_timestamp|current_date|clock_timestamp\(\)|gen_random_uuid\(\)|random\(\))/gi,
    rule: "SQL takes time and ids as parameters (rule 3)",
    except: /clock\.now\(\)/,
  },
  {
    where: (path) =>
      !path.startsWith("flows/") &&
      !["store/db.ts", "store/migrate.ts", "store/observedDb.ts"].includes(path),
    what: /\.transaction\(/g,
    rule: "only flows open transactions (rule 5)",
  },
  {
    where: (path) => !path.startsWith("core/licensing/kinds/"),
    what: /\bkind\s*[!=]==?\s*["'`]|["'`](?:pay_per_use|volume|subscription|population|course_assignment|mauc|mau)["'`]\s*[!=]==?|case\s+["'](?:pay_per_use|volume|subscription|population|course_assignment|mauc|mau)["']/g,
    rule: "nothing compares kinds outside kinds/ (rule 6)",
  },
  {
    where: (path) => !GO_OUT.includes(path) && !path.includes("/client/"),
    what: /(?<![.\w])fetch\(|\bnew WebSocket\(|^import (?!type\b)[^;]*?\b(?:request|get|connect|createConnection|createSecureContext|\w+ from|\* as \w+) ?[^;"]*?"node:(?:https?|http2|net|tls|dgram)"/gm,
    rule: "calls go out by flows/outgoing.ts alone (rule 13)",
  },
];

function checkMustNot({ file, path, text }) {
  for (const { where, what, rule, except } of MUST_NOT) {
    if (!where(path)) continue;
    for (const match of text.matchAll(what)) {
      const line = lineAt(text, match.index);
      const whole = text.split("\n")[line - 1];
      if (/^\s*(\*|\/\/|\/\*)/.test(whole) || except?.test(whole)) continue;
      breaks(file, line, `${match[0].trim()}: ${rule}`);
    }
  }
}

function checkMigrations() {
  for (const file of filesOf(join(root, "src/store/migrations"), /\.sql$/)) {
    const text = readFileSync(file, "utf8").replace(/^\s*--.*$/gm, "");
    for (const match of text.matchAll(/\bdefault\s+(now\(\)|current_timestamp|gen_random_uuid\(\))/gi))
      breaks(file, lineAt(text, match.index), `${match[0]}: SQL takes time and ids as parameters (rule 3)`);
  }
}

/** Public codes: each stands in its page of docs (rule 9). */
function checkCodes() {
  const pages = [
    { from: "src/core/faults.ts", what: /^\s{2}([a-z][a-z0-9_]+): \{ status:/gm, page: "docs/errors.md" },
    { from: "src/core/faults.ts", what: /^\s{2}([a-z][a-z0-9_]+): \{\n/gm, page: "docs/errors.md" },
    { from: "src/core/denials.ts", what: /^\s{2}"([a-z_]+)",$/gm, page: "docs/denials.md" },
  ];
  for (const { from, what, page } of pages) {
    const file = join(root, from);
    const documented = existsSync(join(root, page)) ? readFileSync(join(root, page), "utf8") : "";
    for (const [, code] of readFileSync(file, "utf8").matchAll(what))
      if (!documented.includes(`\`${code}\``))
        breaks(file, 1, `${code} is not documented in ${page} (rule 9)`);
  }
  const warnings = new Set(
    sources
      .filter(({ path }) => path.startsWith("flows/import/"))
      .flatMap(({ text }) =>
        [...text.matchAll(/(?:code: |warnings\.add\(\s*)"([a-z]+(?:_[a-z]+)+)"/g)].map(([, code]) => code),
      ),
  );
  const errors = existsSync(join(root, "docs/errors.md"))
    ? readFileSync(join(root, "docs/errors.md"), "utf8")
    : "";
  for (const code of warnings)
    if (!errors.includes(`\`${code}\``))
      broken.push(`src/flows/import  ${code} is not documented in docs/errors.md (rule 9)`);
}

function checkTests() {
  for (const file of filesOf(join(root, "test"), /\.ts$/)) {
    const text = readFileSync(file, "utf8");
    for (const match of text.matchAll(
      /\b(?:it|test|describe)\.(?:skip|only|todo|failing)\b|\bx(?:it|describe|test)\(|jest\.retryTimes/g,
    ))
      breaks(file, lineAt(text, match.index), `${match[0]}: no test is skipped, focused or retried`);
  }
}

for (const source of sources) {
  checkImports(source);
  checkPracticePlatform(source);
  checkMustNot(source);
}
checkMigrations();
checkCodes();
checkTests();

if (broken.length > 0) {
  console.error(broken.join("\n"));
  console.error(`\n${broken.length} house rules broken.`);
  process.exit(1);
}
console.log(`House rules: ${sources.length} files, none broken.`);
