/**
 * One process holds a data folder (DESIGN §1): two on one embedded store lose rows without an error. The hold is a
 * listening socket, which the system frees when its process dies, however it dies; whoever comes second asks it who it is.
 */
import { createHash } from "node:crypto";
import { realpath, unlink } from "node:fs/promises";
import { connect, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface Holder {
  readonly pid: number;
  /** For a command line that comes second: what it listens on (0: nothing that is known), and the name it answers to. */
  readonly host: string;
  readonly port: number;
  readonly app_origin: string;
}

export interface Hold {
  release(): Promise<void>;
}

/** Names the process that holds the folder. */
export class FolderHeld extends Error {
  override readonly name = "FolderHeld";
  readonly holder: Holder;

  constructor(folder: string, holder: Holder) {
    super(`The folder ${folder} is held by process ${holder.pid} (${holder.app_origin}); stop it first.`);
    this.holder = holder;
  }
}

/**
 * @param folder Must exist.
 * @throws FolderHeld
 */
export async function holdFolder(folder: string, holder: Holder): Promise<Hold> {
  const address = await addressOf(folder);
  for (;;) {
    const server = await listen(address, holder);
    if (server) return { release: () => new Promise((resolve) => server.close(() => resolve())) };
    const other = await askHolder(folder);
    if (other) throw new FolderHeld(folder, other);
    if (process.platform !== "linux") await unlink(address).catch(() => undefined);
  }
}

/** Who holds the folder; null where nobody does. */
export async function askHolder(folder: string): Promise<Holder | null> {
  const address = await addressOf(folder);
  return new Promise((resolve) => {
    let said = "";
    const socket = connect(address);
    socket.setEncoding("utf8");
    socket.on("data", (text: string) => {
      said += text;
    });
    socket.on("error", () => resolve(null));
    // One that died before it could say who it is holds nothing any more.
    socket.on("end", () => resolve(said === "" ? null : (JSON.parse(said) as Holder)));
  });
}

function listen(address: string, holder: Holder): Promise<Server | null> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => {
      socket.on("error", () => undefined);
      socket.end(JSON.stringify(holder));
    });
    server.once("error", (error: NodeJS.ErrnoException) =>
      error.code === "EADDRINUSE" ? resolve(null) : reject(error),
    );
    server.listen(address, () => {
      server.unref();
      resolve(server);
    });
  });
}

/** On Linux an abstract socket, which leaves no file; elsewhere a file whose owner may be gone. */
async function addressOf(folder: string): Promise<string> {
  const name = `tallygate-${createHash("sha256")
    .update(await realpath(folder))
    .digest("hex")
    .slice(0, 32)}`;
  return process.platform === "linux" ? `\0${name}` : join(tmpdir(), `${name}.sock`);
}
