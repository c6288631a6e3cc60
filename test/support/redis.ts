/** A real Redis of a test's own, that keeps nothing. It can be stopped, killed, frozen and started again. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "./freePort.ts";
import { until } from "./until.ts";

export interface RedisServer {
  readonly url: string;
  /** As a crash ends it: connections are cut, and what it held is gone. */
  kill(): Promise<void>;
  /** Starts it again. @returns Once it answers. */
  start(): Promise<void>;
  /** Connections stay, nothing answers, as when a network is cut. */
  freeze(): void;
  thaw(): void;
  /** All that it holds, names and values, as text. */
  dump(): Promise<string>;
  /** Stops it and deletes its files. */
  remove(): Promise<void>;
}

const START_SECONDS = 20;

export async function startRedis(): Promise<RedisServer> {
  const folder = await mkdtemp(join(tmpdir(), "tallygate-redis-"));
  const port = await freePort();
  let server: ChildProcess | undefined;

  const start = async () => {
    const options = ["--port", `${port}`, "--bind", "127.0.0.1", "--save", "", "--dir", folder];
    const child = spawn("redis-server", options, { stdio: "ignore" });
    let failure: Error | undefined;
    child.once("error", (error) => {
      failure = error;
    });
    server = child;
    await until(
      "Redis answers",
      async () => {
        if (failure) throw failure;
        if (child.exitCode !== null) throw new Error(`Redis did not start: exit code ${child.exitCode}`);
        return (await ask(port, "PING").catch(() => "")).startsWith("+PONG");
      },
      START_SECONDS,
    );
  };
  const kill = async () => {
    if (!server || server.exitCode !== null || server.signalCode !== null) return;
    const gone = new Promise((resolve) => server?.once("exit", resolve));
    server.kill("SIGKILL");
    await gone;
  };
  await start();
  return {
    url: `redis://127.0.0.1:${port}`,
    kill,
    start,
    freeze: () => void server?.kill("SIGSTOP"),
    thaw: () => void server?.kill("SIGCONT"),
    dump: () => ask(port, `EVAL "${DUMP}" 0`),
    remove: async () => {
      await kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const DUMP = `
  local all = {}
  for _, name in ipairs(redis.call('keys', '*')) do
    local kind = redis.call('type', name).ok
    all[#all + 1] = name
    all[#all + 1] = cjson.encode(kind == 'stream' and redis.call('xrange', name, '-', '+') or redis.call('get', name))
  end
  return table.concat(all, ' ')`.replace(/\n\s*/g, " ");

/** One command, as one types it, and the whole answer. */
function ask(port: number, command: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = "";
    const socket = connect(port, "127.0.0.1");
    socket.setEncoding("utf8");
    socket.setTimeout(1000, () => socket.destroy(new Error("Redis does not answer")));
    socket.once("error", reject);
    socket.on("data", (text: string) => {
      said += text;
    });
    socket.once("end", () => resolve(said));
    socket.end(`${command}\r\nQUIT\r\n`);
  });
}
