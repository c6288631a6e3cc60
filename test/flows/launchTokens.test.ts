/** What launch tokens are signed with, and how that is changed while learners are in their courses. */
import { createHmac, generateKeyPairSync } from "node:crypto";
import { describe, expect, test } from "@jest/globals";
import jsonwebtoken from "jsonwebtoken";
import { createKeyRing, type KeyRing } from "../../src/flows/keyRing.ts";
import { createLaunchTokens, type LaunchClaims } from "../../src/flows/launch/tokens.ts";

const OLD = "the old secret, of 32 characters or more";
const NEW = "the new secret, of 32 characters or more";
const AT = new Date("2026-01-05T09:00:00Z");

const CLAIMS: LaunchClaims = {
  account_id: "account",
  launch_id: "launch",
  delivery_id: "delivery",
  learner_id: "learner",
  attempt_id: "attempt",
  reference: "ABCD-EFGH",
  launch_number: 1,
  opened_at: AT,
  open_time: { open_seconds: 0, counted_at: AT },
  due: null,
};

/** One gateway process, with what it signs and accepts. */
function processWith(...secrets: string[]) {
  const keys = createKeyRing(secrets);
  const tokens = createLaunchTokens(keys);
  return {
    keys,
    sign: () => tokens.sign(CLAIMS, AT),
    accepts: (token: string) => {
      try {
        return tokens.verify(token, AT).claims.launch_id === "launch";
      } catch (error) {
        expect(error).toMatchObject({ code: "launch_token_invalid", status: 401 });
        return false;
      }
    },
  };
}

const headerOf = (token: string) =>
  JSON.parse(Buffer.from(token.split(".")[0] ?? "", "base64url").toString()) as Record<string, string>;

const encoded = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");

/** A token with the right signature under whatever header. */
function withHeader(keys: KeyRing, header: object, payload: string): string {
  const signed = `${encoded(header)}.${payload}`;
  const signature = createHmac("sha256", keys.keyFor("launch_token").key).update(signed).digest("base64url");
  return `${signed}.${signature}`;
}

describe("the key that a token is signed with", () => {
  test("is named in its header, and the name says nothing about the secret", () => {
    const header = headerOf(processWith(OLD).sign());
    expect(header).toEqual({ alg: "HS256", typ: "JWT", kid: expect.stringMatching(/^[\w-]{8}$/) });
    expect(headerOf(processWith(NEW).sign())["kid"]).not.toBe(header["kid"]);
  });

  test("is another one for each purpose: what is signed for one is of no use for another", () => {
    const keys = createKeyRing([OLD]);
    const [launch, content] = [keys.keyFor("launch_token"), keys.keyFor("content_address")];
    expect(launch.kid).not.toBe(content.kid);
    expect(launch.key.equals(content.key)).toBe(false);
    const process = processWith(OLD);
    const claims = jsonwebtoken.decode(process.sign()) as object;
    const options = { algorithm: "HS256", noTimestamp: true, keyid: launch.kid } as const;
    expect(process.accepts(jsonwebtoken.sign(claims, launch.key, options))).toBe(true);
    expect(process.accepts(jsonwebtoken.sign(claims, content.key, options))).toBe(false);
    expect(process.accepts(jsonwebtoken.sign(claims, OLD, options))).toBe(false);
    const elsewhere = { ...claims, aud: "session" };
    expect(process.accepts(jsonwebtoken.sign(elsewhere, launch.key, options))).toBe(false);
  });

  test("must be one of ours, under exactly the algorithm that is ours", () => {
    const process = processWith(OLD);
    const token = process.sign();
    const header = headerOf(token);
    const [, payload = ""] = token.split(".");
    expect(process.accepts(withHeader(process.keys, header, payload))).toBe(true);
    for (const other of [
      { alg: "HS256", typ: "JWT" },
      { ...header, kid: "unknown1" },
      { ...header, kid: ["kid"] },
      { ...header, kid: "__proto__" },
      { ...header, alg: "none" },
      { ...header, alg: "HS512" },
      { ...header, alg: "RS256" },
      { ...header, crit: ["exp"] },
      { ...header, jwk: { kty: "oct", k: "AAAA" } },
    ])
      expect([other, process.accepts(withHeader(process.keys, other, payload))]).toEqual([other, false]);
    expect(process.accepts(`${encoded({ ...header, alg: "none" })}.${payload}.`)).toBe(false);
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const claims = jsonwebtoken.decode(token) as object;
    const options = { algorithm: "RS256", keyid: header["kid"] ?? "" } as const;
    expect(process.accepts(jsonwebtoken.sign(claims, privateKey, options))).toBe(false);
  });
});

describe("changing the secret", () => {
  test("signs with the first of the secrets and accepts what any of them signed", () => {
    const changed = processWith(NEW, OLD);
    expect(changed.accepts(processWith(OLD).sign())).toBe(true);
    expect(changed.sign()).toBe(processWith(NEW).sign());
    expect(processWith(NEW).accepts(processWith(OLD).sign())).toBe(false);
  });

  /**
   * docs/security.md, "Changing secrets": at each step the processes are restarted one after the other. Between the second
   * and the last lie 12 hours, after which no launch that the old secret signed for still runs.
   */
  test("in three steps over two processes refuses no token on the way", () => {
    const steps = [[OLD], [OLD, NEW], [NEW, OLD], [NEW]] as const;
    for (const [index, step] of steps.slice(1).entries()) {
      const restarted = processWith(...step);
      const notYet = processWith(...(steps[index] ?? []));
      expect([index, notYet.accepts(restarted.sign())]).toEqual([index, true]);
      expect([index, restarted.accepts(notYet.sign())]).toEqual([index, true]);
    }
  });

  test("takes hold in a process that runs", () => {
    const process = processWith(OLD);
    const before = process.sign();
    process.keys.replace([NEW, OLD]);
    expect(process.accepts(before)).toBe(true);
    expect(process.sign()).toBe(processWith(NEW).sign());
    process.keys.replace([NEW]);
    expect(process.accepts(before)).toBe(false);
    expect(process.accepts(process.sign())).toBe(true);
  });
});
