/** A wire between a client and a server on this machine, whose connections can go dead without a sign. */
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

export interface Wire {
  readonly port: number;
  /** From now on nothing passes, and nobody is told: as when a machine fails or a network is cut. */
  goDark(): void;
  /** New connections pass again; those from before stay dead. */
  mend(): void;
  close(): Promise<void>;
}

export function layWire(toPort: number): Promise<Wire> {
  const sockets = new Set<Socket>();
  let isDark = false;
  const server = createServer((near) => {
    sockets.add(near);
    near.on("error", () => undefined);
    if (isDark) return void near.pause();
    const far = connect(toPort, "127.0.0.1");
    sockets.add(far);
    far.on("error", () => near.destroy());
    near.on("close", () => far.destroy());
    far.on("close", () => near.destroy());
    near.pipe(far).pipe(near);
  });
  const stopAll = () => {
    for (const socket of sockets) {
      socket.removeAllListeners("close");
      socket.unpipe();
      socket.pause();
    }
  };
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () =>
      resolve({
        port: (server.address() as AddressInfo).port,
        goDark: () => {
          isDark = true;
          stopAll();
        },
        mend: () => {
          isDark = false;
        },
        close: () =>
          new Promise((closed) => {
            for (const socket of sockets) socket.destroy();
            server.close(() => closed());
          }),
      }),
    );
  });
}
