import { expect } from "@jest/globals";
import type { Response } from "supertest";

/** An answer as problem+json (RFC 9457) with that status and code, and nothing of the gateway's inside in it. */
export function expectProblem(answer: Response, status: number, code: string): void {
  expect(answer.status).toBe(status);
  expect(answer.headers["content-type"]).toMatch(/^application\/problem\+json/);
  expect(answer.body).toEqual({
    type: `urn:tallygate:error:${code}`,
    status,
    code,
    title: expect.any(String),
    detail: expect.any(String),
    reference: answer.headers["x-request-id"],
  });
  expect(answer.text).not.toMatch(/\bat .*\.(ts|js):\d+|node_modules|select |insert /);
}
