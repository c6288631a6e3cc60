/** The client's address, as Express finds it: limits are counted by it, whoever answers. */
import type { IncomingMessage } from "node:http";
import { expect, test } from "@jest/globals";
import express from "express";
import fc from "fast-check";
import { clientAddress } from "../../../src/edges/http/clientAddress.ts";

function requestFrom(remoteAddress: string, forwarded: string | undefined): IncomingMessage {
  const headers = forwarded === undefined ? {} : { "x-forwarded-for": forwarded };
  return { headers, socket: { remoteAddress } } as unknown as IncomingMessage;
}

function asExpressFindsIt(request: IncomingMessage, trustedProxies: number): string | undefined {
  const app = express();
  app.set("trust proxy", trustedProxies);
  return Object.assign(Object.create(app.request), request).ip;
}

test("is what the outermost trusted proxy saw, and nothing that the client wrote", () => {
  const forwarded = "6.6.6.6, 1.2.3.4, 10.0.0.2";
  expect(clientAddress(requestFrom("10.0.0.1", forwarded), 0)).toBe("10.0.0.1");
  expect(clientAddress(requestFrom("10.0.0.1", forwarded), 1)).toBe("10.0.0.2");
  expect(clientAddress(requestFrom("10.0.0.1", forwarded), 2)).toBe("1.2.3.4");
  expect(clientAddress(requestFrom("10.0.0.1", undefined), 2)).toBe("10.0.0.1");
});

test("is the same that Express finds, whatever the header", () => {
  const piece = fc.constantFrom("1.2.3.4", "::1", "unknown", "", " ", ",", ", ", " 5.6.7.8 ", "a b");
  const header = fc.option(
    fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.join("")),
    { nil: undefined },
  );
  fc.assert(
    fc.property(header, fc.integer({ min: 0, max: 4 }), (forwarded, trustedProxies) => {
      const request = requestFrom("10.0.0.1", forwarded);
      expect(clientAddress(request, trustedProxies)).toBe(asExpressFindsIt(request, trustedProxies));
    }),
  );
});
