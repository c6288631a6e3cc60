/** The platform's own key: what signs its messages, and the JWKS in which tools find the public half. */
import { createPrivateKey, createPublicKey, generateKeyPair } from "node:crypto";
import { promisify } from "node:util";
import jwt from "jsonwebtoken";
import type { SigningKey } from "./platformTypes.ts";
import type { Shelf } from "./shelf.ts";

const generate = promisify(generateKeyPair);
const KEY_BITS = 2048;

export async function newSigningKey(kid: string): Promise<SigningKey> {
  const { privateKey } = await generate("rsa", { modulusLength: KEY_BITS });
  return { kid, private_key: privateKey.export({ type: "pkcs8", format: "pem" }).toString() };
}

export function jwksOf(keys: readonly SigningKey[]): { keys: object[] } {
  return {
    keys: keys.map(({ kid, private_key }) => ({
      ...createPublicKey(createPrivateKey(private_key)).export({ format: "jwk" }),
      kid,
      alg: "RS256",
      use: "sig",
    })),
  };
}

export function signed(keys: readonly SigningKey[], claims: object): string {
  const [key] = keys;
  if (key === undefined) throw new Error("The platform has no key");
  return jwt.sign(claims, createPrivateKey(key.private_key), {
    algorithm: "RS256",
    keyid: key.kid,
  });
}

/** The former key is gone at once, as after a leak: tools that still hold it must look again. */
export async function rotateKey(shelf: Shelf, newId: () => string): Promise<void> {
  const key = await newSigningKey(newId());
  await shelf.change(() => ({ keys: [key] }));
  shelf.log({ direction: "here", words: `The signing key was rotated: from now on ${key.kid} signs.` });
}
