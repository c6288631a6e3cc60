/**
 * Connections that may be dead without a sign: after a fail-over or a cut network nothing says so, and whoever uses one, or
 * waits to be connected, waits for as long as a statement may take.
 */
import { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/** Time for a server that was merely frozen to answer what it was asked before. */
const PATIENCE_MILLISECONDS = 300;

export interface Doubt {
  /**
   * For when the server was away: cuts the connections from before that bring nothing within 0.3 s. That includes
   * idle ones, and a transaction that waits for a lock; the ones are soon made again, the other can be tried again.
   */
  doubtConnections(): Promise<void>;
}

/** Makes the sockets of connections, and knows them. */
export interface Sockets extends Doubt {
  newSocket(): Socket;
}

export function createSockets(): Sockets {
  const open = new Set<Socket>();
  return {
    newSocket: () => {
      const socket = new Socket();
      open.add(socket);
      socket.once("close", () => open.delete(socket));
      return socket;
    },
    doubtConnections: async () => {
      const doubted = [...open].map((socket) => ({ socket, bytesBefore: socket.bytesRead }));
      await sleep(PATIENCE_MILLISECONDS, undefined, { ref: false });
      for (const { socket, bytesBefore } of doubted) if (socket.bytesRead === bytesBefore) socket.destroy();
    },
  };
}
