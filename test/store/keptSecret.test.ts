/** The secrets that a data folder keeps. */
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { keptSecret, keptSecrets, renewSecret, SecretDamaged } from "../../src/store/keptSecret.ts";

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tallygate-secret-"));
  file = join(folder, "token-secret");
});
afterEach(() => rmSync(folder, { recursive: true }));

test("are made once, whoever asks at the same moment, and leave no drafts behind", async () => {
  const secrets = await Promise.all(Array.from({ length: 20 }, () => keptSecret(file)));
  expect(new Set(secrets).size).toBe(1);
  expect(secrets[0]).toMatch(/^[\w-]{43}$/);
  expect(readdirSync(folder)).toEqual(["token-secret"]);
});

test("renewed, keep the one before and nothing older, for the owner's eyes alone", async () => {
  const first = await keptSecret(file);
  const [second] = await renewSecret(file, { forget: false });
  expect(await keptSecrets(file)).toEqual([second, first]);
  const [third] = await renewSecret(file, { forget: false });
  expect(await keptSecrets(file)).toEqual([third, second]);
  expect(new Set([first, second, third]).size).toBe(3);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readdirSync(folder)).toEqual(["token-secret"]);
});

test("renewed because the old one became known, forget it at once", async () => {
  const first = await keptSecret(file);
  const renewed = await renewSecret(file, { forget: true });
  expect(await keptSecrets(file)).toEqual(renewed);
  expect(renewed).not.toContain(first);
});

test.each(["", "short", `${"x".repeat(43)}\n`, `${"x".repeat(43)}\nshort`, `${"x".repeat(43)}\n`.repeat(3)])(
  "that are damaged (%j) are not made anew unasked",
  async (text) => {
    writeFileSync(file, text);
    await expect(keptSecrets(file)).rejects.toBeInstanceOf(SecretDamaged);
    await expect(renewSecret(file, { forget: false })).rejects.toBeInstanceOf(SecretDamaged);
  },
);
