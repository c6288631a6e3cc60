/** A platform whose keys tools read from the bench's process; what it signs, the driver signs. */
import { generateKeyPairSync } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { LtiPlatform } from "../driver/lti/plan.ts";

const KID = "key-1";

export async function openPlatform(): Promise<LtiPlatform & { close(): void }> {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const keys = [{ ...publicKey.export({ format: "jwk" }), kid: KID, alg: "RS256", use: "sig" }];
  const jwks = JSON.stringify({ keys });
  const server = createServer((_request, response) =>
    response.writeHead(200, { "content-type": "application/json" }).end(jwks),
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    client_id: "tool-1",
    deployment_id: "deployment-1",
    kid: KID,
    private_key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
