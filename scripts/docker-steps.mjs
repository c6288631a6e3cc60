// Runs the Dockerfile's own steps in a clean folder, for machines without a Docker engine: builds, copies, starts what CMD says
// as another user than root with a Postgres and a Redis of its own, runs the HEALTHCHECK, looks around, and stops it by
// SIGTERM. The steps are read from the Dockerfile, so they can't differ from it. What it can't try: the base image itself.
//
// A stage's root is a folder; absolute paths in the steps (/app, /data) are read as paths in it. When root runs this, the
// Dockerfile's USER is played by `nobody`; otherwise by whoever runs it.
import { execFileSync, spawn, spawnSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { basename, dirname, join, relative } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { readDockerfile, readIgnored } from "./dockerfile.mjs";

const project = join(import.meta.dirname, "..");
const folder = mkdtempSync(join(tmpdir(), "tallygate-docker-"));
const asRoot = process.getuid() === 0;
const other = asRoot ? { name: "nobody", uid: idOf("-u", "nobody"), gid: idOf("-g", "nobody") } : null;
const ignored = readIgnored(readFileSync(join(project, ".dockerignore"), "utf8"));
const running = [];

function idOf(flag, user) {
  return Number(execFileSync("id", [flag, user], { encoding: "utf8" }));
}

function say(text) {
  console.log(text);
}

function must(isSo, what) {
  if (!isSo) throw new Error(`Not so: ${what}`);
  say(`  ✓ ${what}`);
}

/** Absolute paths of the image's, but not those of programs and devices. */
function mapped(stage, text) {
  return text.replace(/(?<=^|[\s='"])\/(?!bin\/|usr\/|dev\/|tmp\b)(?=[a-z])/g, `${stage.root}/`);
}

function copy(stage, stages, { from, sources, target }) {
  const destination = target.startsWith("/") ? mapped(stage, target) : join(stage.workdir, target);
  const base = from ? stages.find(({ name }) => name === from).root : project;
  for (const source of sources) {
    const path = join(base, source);
    const isFolder = statSync(path).isDirectory();
    const into = !isFolder && target.endsWith("/") ? join(destination, basename(source)) : destination;
    mkdirSync(dirname(into), { recursive: true });
    const filter = from ? undefined : (found) => !ignored(relative(project, found));
    cpSync(path, into, { recursive: true, verbatimSymlinks: true, ...(filter ? { filter } : {}) });
  }
}

function run(stage, command) {
  const text = mapped(
    stage,
    other
      ? command.replaceAll("node:node", `${other.uid}:${other.gid}`)
      : command.replaceAll("chown node:node", "true"),
  );
  const done = spawnSync("sh", ["-c", text], {
    cwd: stage.workdir,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...stage.env },
    stdio: ["ignore", "ignore", "inherit"],
  });
  if (done.status !== 0) throw new Error(`RUN ${command} ended with ${done.status}`);
}

function build() {
  const stages = [];
  for (const { instruction, value, text } of readDockerfile(
    readFileSync(join(project, "Dockerfile"), "utf8"),
  )) {
    const stage = stages.at(-1);
    const begun = performance.now();
    if (instruction === "FROM") {
      const root = join(folder, `stage-${stages.length + 1}`);
      mkdirSync(root);
      stages.push({
        name: value.name,
        root,
        workdir: root,
        env: {},
        user: "root",
        command: null,
        healthcheck: null,
      });
    } else if (instruction === "WORKDIR") {
      stage.workdir = mapped(stage, value);
      mkdirSync(stage.workdir, { recursive: true });
    } else if (instruction === "COPY") copy(stage, stages, value);
    else if (instruction === "RUN") run(stage, value);
    else if (instruction === "ENV")
      for (const [name, set] of Object.entries(value)) stage.env[name] = mapped(stage, set);
    else if (instruction === "USER") stage.user = value;
    else if (instruction === "CMD") stage.command = value;
    else if (instruction === "HEALTHCHECK") stage.healthcheck = value;
    else if (!["VOLUME", "EXPOSE"].includes(instruction)) throw new Error(`${instruction}: not known here`);
    const seconds = (performance.now() - begun) / 1000;
    say(`${text}${seconds > 0.5 ? `   ${seconds.toFixed(1)} s` : ""}`);
  }
  return stages.at(-1);
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

async function until(what, isSo, mostSeconds) {
  const deadline = performance.now() + mostSeconds * 1000;
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error(`After ${mostSeconds} s still not so: ${what}`);
    await sleep(50);
  }
}

async function startPostgres() {
  const versions = readdirSync("/usr/lib/postgresql").sort((a, b) => b - a);
  const binaries = join("/usr/lib/postgresql", versions[0], "bin");
  const home = join(folder, "postgres");
  mkdirSync(home);
  const owner = asRoot ? { uid: idOf("-u", "postgres"), gid: idOf("-g", "postgres") } : {};
  if (asRoot) chownSync(home, owner.uid, owner.gid);
  const data = join(home, "data");
  execFileSync(join(binaries, "initdb"), ["-D", data, "-U", "tallygate", "-A", "trust", "--no-sync"], {
    ...owner,
    cwd: home,
    stdio: "ignore",
  });
  const port = await freePort();
  const settings = [`port=${port}`, "listen_addresses=127.0.0.1", "unix_socket_directories="].flatMap(
    (one) => ["-c", one],
  );
  start("Postgres", join(binaries, "postgres"), ["-D", data, ...settings], {
    ...owner,
    cwd: home,
    stdio: "ignore",
  });
  const ask = () =>
    spawnSync(join(binaries, "pg_isready"), ["-h", "127.0.0.1", "-p", String(port)]).status === 0;
  await until("Postgres takes connections", ask, 60);
  return `postgres://tallygate@127.0.0.1:${port}/postgres`;
}

async function startRedis() {
  const port = await freePort();
  start("Redis", "redis-server", ["--port", String(port), "--save", "", "--appendonly", "no"], {
    stdio: "ignore",
  });
  return `redis://127.0.0.1:${port}`;
}

function start(name, program, words, options) {
  const child = spawn(program, words, options);
  const gone = new Promise((resolve) => child.once("exit", (code, signal) => resolve(signal ?? code)));
  running.push({ name, child, gone });
  return { child, gone };
}

/** As the container would be started: the Dockerfile's ENV, and what compose.yaml adds. */
async function startGateway(stage) {
  const port = await freePort();
  const environment = {
    PATH: process.env.PATH,
    ...stage.env,
    PORT: String(port),
    DATABASE_URL: await startPostgres(),
    REDIS_URL: await startRedis(),
    TOKEN_SECRET: "only for trying the steps of the Dockerfile out",
    APP_ORIGIN: "https://gateway.example.com",
    CONTENT_ORIGIN: "https://play.example.com",
    PROCESSES: "2",
  };
  const [program, ...words] = stage.command;
  const options = {
    cwd: stage.workdir,
    env: environment,
    stdio: ["ignore", "pipe", "pipe"],
    ...(other ? { uid: other.uid, gid: other.gid } : {}),
  };
  const begun = performance.now();
  const { child, gone } = start("the gateway", program, words, options);
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (said += chunk));
  await until(
    "ready",
    () =>
      ask(port, "/readyz").then((status) => {
        if (child.exitCode !== null) throw new Error(`It ended:\n${said}`);
        return status === 200;
      }),
    60,
  );
  return { child, gone, port, options, said: () => said, seconds: (performance.now() - begun) / 1000 };
}

function ask(port, path) {
  return fetch(`http://127.0.0.1:${port}${path}`).then(
    (answer) => answer.status,
    () => 0,
  );
}

function megabytes(path) {
  return Math.round(Number(execFileSync("du", ["-sk", path], { encoding: "utf8" }).split("\t")[0]) / 1024);
}

function lookAround(stage, gateway) {
  const { devDependencies } = JSON.parse(readFileSync(join(project, "package.json"), "utf8"));
  // Of those that no other package needs in production, as the types that Stripe's library brings.
  const { packages } = JSON.parse(readFileSync(join(project, "package-lock.json"), "utf8"));
  const left = Object.keys(devDependencies).filter(
    (name) => packages[`node_modules/${name}`]?.dev && existsSync(join(stage.root, "app/node_modules", name)),
  );
  must(left.length === 0, `no development package is in it${left.length > 0 ? `: ${left}` : ""}`);
  const asUser = (command) => spawnSync("sh", ["-c", mapped(stage, command)], gateway.options).status;
  must(stage.user !== "root" && stage.user !== "0", `USER is ${stage.user}`);
  if (other)
    must(asUser("test -w /app || test -w /app/dist/main.js") !== 0, "that user can't write to the program");
  must(asUser("test -w /data") === 0, "that user can write to /data");
  must((statSync(mapped(stage, "/data")).mode & 0o077) === 0, "/data is for its owner alone");
  const healthy = spawnSync("sh", ["-c", stage.healthcheck.command], gateway.options);
  must(healthy.status === 0, "the HEALTHCHECK says healthy");
  const sick = spawnSync("sh", ["-c", stage.healthcheck.command], {
    ...gateway.options,
    env: { ...gateway.options.env, PORT: "1" },
  });
  must(sick.status === 1, "the HEALTHCHECK says unhealthy where nothing answers");
  const cli = spawnSync(process.execPath, ["dist/cli.js", "account", "list"], {
    ...gateway.options,
    encoding: "utf8",
  });
  must(cli.status === 0, "the command line works beside it");
}

async function main() {
  chmodSync(folder, 0o755);
  const stage = build();
  const gateway = await startGateway(stage);
  say(`\nStarted as ${other?.name ?? "this user"}: ready after ${gateway.seconds.toFixed(1)} s`);
  lookAround(stage, gateway);
  const begun = performance.now();
  gateway.child.kill("SIGTERM");
  const ended = await gateway.gone;
  must(ended === 0, `SIGTERM ends it in order, ${((performance.now() - begun) / 1000).toFixed(1)} s after`);
  say(
    `\n${megabytes(stage.root)} MB above the base image, of which node_modules ${megabytes(join(stage.root, "app/node_modules"))} MB`,
  );
}

try {
  await main();
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
} finally {
  for (const { child, gone } of running.reverse())
    if (child.exitCode === null && child.signalCode === null) {
      child.kill("SIGINT");
      await gone;
    }
  if (process.argv.includes("--keep")) say(`Left in ${folder}`);
  else rmSync(folder, { recursive: true, force: true });
}
