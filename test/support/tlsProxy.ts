/** Ends TLS in front of plain servers, as a reverse proxy does: one port, and a certificate of its own for any number of names. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { type IncomingMessage, request, type ServerResponse } from "node:http";
import { createServer } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "./freePort.ts";

export interface TlsProxy {
  readonly port: number;
  /** From now on, requests for this name go to that port of this machine. */
  lead(hostName: string, toPort: number): void;
  close(): Promise<void>;
}

export async function startTlsProxy(hostNames: readonly string[]): Promise<TlsProxy> {
  const ports = new Map<string, number>();
  const port = await freePort();
  const server = createServer(certificateFor(hostNames), (incoming, response) => {
    const hostName = (incoming.headers.host ?? "").replace(/:\d+$/, "");
    forward(incoming, response, ports.get(hostName));
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  return {
    port,
    lead: (hostName, toPort) => void ports.set(hostName, toPort),
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

function forward(incoming: IncomingMessage, response: ServerResponse, port: number | undefined): void {
  if (port === undefined) {
    response.writeHead(502).end();
    return;
  }
  const headers = {
    ...incoming.headers,
    "x-forwarded-for": incoming.socket.remoteAddress,
    "x-forwarded-proto": "https",
  };
  const { method, url } = incoming;
  const onward = request({ host: "127.0.0.1", port, method, path: url, headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  onward.on("error", () => response.headersSent || response.writeHead(502).end());
  response.on("close", () => onward.destroy());
  incoming.pipe(onward);
}

/** Self-signed, for a day. */
function certificateFor(hostNames: readonly string[]): { key: Buffer; cert: Buffer } {
  const folder = mkdtempSync(join(tmpdir(), "certificate-"));
  const [key, cert] = [join(folder, "key.pem"), join(folder, "certificate.pem")];
  try {
    const names = hostNames.map((name) => `DNS:${name}`).join(",");
    execFileSync(
      "openssl",
      [
        ...["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1"],
        ...["-subj", `/CN=${hostNames[0]}`, "-addext", `subjectAltName=${names}`],
        ...["-keyout", key, "-out", cert],
      ],
      { stdio: "ignore" },
    );
    return { key: readFileSync(key), cert: readFileSync(cert) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
