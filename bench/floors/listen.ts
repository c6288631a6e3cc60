/** What every floor begins with: bare Express 5, as its own pages show it. */
import type { AddressInfo } from "node:net";
import type { Express } from "express";

/** Tells the bench its port. */
export function listen(app: Express): void {
  const server = app.listen(0, "127.0.0.1", () =>
    process.send?.({ port: (server.address() as AddressInfo).port }),
  );
  process.on("disconnect", () => process.exit(0));
}

export function setting(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is missing`);
  return value;
}
