import { randomInt } from "node:crypto";
import { createServer } from "node:net";

/**
 * Below the ports that systems give to outgoing connections (Linux: from 32768 on): one of those may be taken by any
 * connection between our look at it and the server's start.
 */
const LOWEST = 10_000;
const HIGHEST = 32_000;
const MOST_TRIES = 100;

/** Handed out by this process already: who got one may not listen yet. */
const handedOut = new Set<number>();

/** A loopback port that was free a moment ago, for a server that must know its port before it starts. */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const port = randomInt(LOWEST, HIGHEST);
    if (handedOut.has(port) || !(await isFree(port))) continue;
    handedOut.add(port);
    return port;
  }
  throw new Error(`None of ${MOST_TRIES} ports between ${LOWEST} and ${HIGHEST} is free`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}
