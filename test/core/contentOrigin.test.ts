import { expect, test } from "@jest/globals";
import { contentHosts, contentOriginFor } from "../../src/core/contentOrigin.ts";

const ACCOUNT = "0198c0de-0000-7000-8000-00000000000a";
const read = contentHosts(["https://*.play.example.com:8443", "https://old.example.com"]);

test("an account's content lies on its own host where the origin has a place for it", () => {
  expect(contentOriginFor("https://*.play.example.com", ACCOUNT)).toBe(`https://${ACCOUNT}.play.example.com`);
  expect(contentOriginFor("https://play.example.com", ACCOUNT)).toBe("https://play.example.com");
});

test.each([
  [`${ACCOUNT}.play.example.com:8443`, { account_id: ACCOUNT }],
  ["old.example.com", { account_id: null }],
  [`${ACCOUNT}.play.example.com`, undefined],
  ["play.example.com:8443", undefined],
  [".play.example.com:8443", undefined],
  ["*.play.example.com:8443", undefined],
  ["www.play.example.com:8443", undefined],
  [`x.${ACCOUNT}.play.example.com:8443`, undefined],
  [`${ACCOUNT}.old.example.com`, undefined],
  ["", undefined],
])("the host %j serves %j", (host, served) => {
  expect(read(host)).toEqual(served);
});
