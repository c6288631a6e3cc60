/**
 * One keep-alive connection that sends prepared text and reads just enough of an answer to know it. Node's own HTTP
 * client would cost as much as the server it measures.
 */
import { connect, type Socket } from "node:net";

export interface Answer {
  readonly status: number;
  /** The head, as it came. */
  readonly head: string;
  /** The body, as far as it was kept. */
  readonly body: string;
}

/** Enough to tell an answer by; all of it where a driver needs to read it. */
const KEPT_BYTES = 64;
const END_OF_HEAD = "\r\n\r\n";

export class Connection {
  readonly #port: number;
  readonly #keptBytes: number;
  #socket: Socket | null = null;
  #received: Buffer | null = null;
  #answer: { head: string; status: number; body: string; left: number } | null = null;
  #settle: { resolve: (answer: Answer) => void; reject: (error: Error) => void } | null = null;

  constructor(port: number, kept: "beginnings" | "bodies" = "beginnings") {
    this.#port = port;
    this.#keptBytes = kept === "bodies" ? Number.POSITIVE_INFINITY : KEPT_BYTES;
  }

  open(): Promise<void> {
    return new Promise((resolve, reject) => {
      const socket = connect({ host: "127.0.0.1", port: this.#port, noDelay: true });
      this.#socket = socket;
      socket.once("connect", resolve);
      socket.once("error", reject);
      socket.on("data", (chunk: Buffer) => this.#take(chunk));
      socket.on("error", (error) => this.#fail(error));
      socket.on("close", () => {
        if (this.#socket === socket) this.#socket = null;
        this.#fail(new Error("The server closed the connection"));
      });
    });
  }

  close(): void {
    this.#socket?.destroy();
    this.#socket = null;
  }

  /** One at a time. @throws Error when the connection breaks before the answer is whole. */
  async ask(request: string): Promise<Answer> {
    // A server may close a connection between two requests, as browsers know.
    if (!this.#socket) await this.open();
    return new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
      this.#socket?.write(request, "utf8");
    });
  }

  #fail(error: Error): void {
    this.#received = null;
    this.#answer = null;
    const settle = this.#settle;
    this.#settle = null;
    settle?.reject(error);
  }

  #take(chunk: Buffer): void {
    const body = this.#answer ? chunk : this.#readHead(chunk);
    const answer = this.#answer;
    if (!body || !answer) return;
    answer.left -= body.length;
    if (answer.body.length < this.#keptBytes)
      answer.body += body.toString("latin1", 0, Math.min(body.length, this.#keptBytes));
    if (answer.left > 0) return;
    this.#answer = null;
    const settle = this.#settle;
    this.#settle = null;
    settle?.resolve(answer);
  }

  /** @returns What follows the head, or null where its end has not come yet. */
  #readHead(chunk: Buffer): Buffer | null {
    const received = this.#received ? Buffer.concat([this.#received, chunk]) : chunk;
    const end = received.indexOf(END_OF_HEAD);
    if (end < 0) {
      this.#received = received;
      return null;
    }
    this.#received = null;
    const head = received.toString("latin1", 0, end);
    const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1];
    if (length === undefined) {
      this.#fail(new Error(`An answer without Content-Length: ${head.slice(0, 300)}`));
      return null;
    }
    this.#answer = { head, status: Number(head.slice(9, 12)), body: "", left: Number(length) };
    return received.subarray(end + END_OF_HEAD.length);
  }
}
