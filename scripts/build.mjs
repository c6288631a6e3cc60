// Builds dist/: the server by tsc, the browser scripts by esbuild, and what neither copies.
//   node scripts/build.mjs [--client]    --client: only the browser scripts
import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, existsSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";

const root = join(import.meta.dirname, "..");
const clientOnly = process.argv.includes("--client");
/** A whole build takes the old one's place at its end, so that what runs from there never finds half of it. */
const dist = join(root, clientOnly ? "dist" : `dist.${process.pid}`);

/** Every script directly in a `client` folder named in `entries` becomes dist/client/<name>.js. */
const entries = [
  // import.meta and import() are of 2020; the player is a module script, which no older browser runs anyway.
  {
    folder: "src/edges/player/client",
    format: "esm",
    target: "es2020",
    names: ["player.ts", "player-scorm12.ts", "player-scorm2004.ts"],
  },
  { folder: "src/edges/player/client", format: "iife", names: ["shim.ts", "beatWorker.ts"] },
  { folder: "src/edges/lti/client", format: "iife", names: ["ltiCatalog.ts", "ltiDoor.ts"] },
  { folder: "src/edges/practice/client", format: "iife", names: ["practice.ts"] },
  {
    folder: "src/edges/practicePlatform/client",
    format: "iife",
    names: ["platform.ts", "platform-frame.ts"],
  },
];

async function buildClient() {
  for (const { folder, format, names, target = "es2018" } of entries) {
    const entryPoints = names.map((name) => join(root, folder, name)).filter((file) => existsSync(file));
    if (entryPoints.length === 0) continue;
    await build({
      entryPoints,
      outdir: join(dist, "client"),
      bundle: true,
      minify: true,
      sourcemap: true,
      format,
      target,
      logLevel: "warning",
    });
  }
  for (const folder of new Set(entries.map((entry) => entry.folder))) copyAssets(folder);
}

function copyAssets(folder) {
  const from = join(root, folder);
  if (!existsSync(from)) return;
  for (const name of readdirSync(from))
    if (/\.(css|html|svg)$/.test(name)) cpSync(join(from, name), join(dist, "client", name));
}

function buildServer() {
  const tsc = spawnSync(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "--outDir", dist], {
    cwd: root,
    stdio: "inherit",
  });
  if (tsc.status !== 0) {
    rmSync(dist, { recursive: true, force: true });
    process.exit(tsc.status ?? 1);
  }
  // npx links to it once and for all; the next build must be as runnable as the one that it found.
  chmodSync(join(dist, "cli.js"), 0o755);
  cpSync(join(root, "src/store/migrations"), join(dist, "store/migrations"), { recursive: true });
  cpSync(join(root, "src/edges/lti/register/icon.png"), join(dist, "edges/lti/register/icon.png"));
  if (existsSync(join(root, "src/demo/course")))
    cpSync(join(root, "src/demo/course"), join(dist, "demo/course"), { recursive: true });
}

function takePlace() {
  const place = join(root, "dist");
  const old = `${dist}.old`;
  if (existsSync(place)) renameSync(place, old);
  renameSync(dist, place);
  rmSync(old, { recursive: true, force: true });
}

if (!clientOnly) buildServer();
await buildClient();
if (!clientOnly) takePlace();
