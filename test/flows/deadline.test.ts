/** A time by which something is given up, or earlier with the process: of which nothing stays behind. */
import { getEventListeners, setMaxListeners } from "node:events";
import { expect, test } from "@jest/globals";
import { deadlineIn } from "../../src/flows/deadline.ts";
import { heldBy } from "../support/heldBy.ts";
import { until } from "../support/until.ts";

const LONG_MILLISECONDS = 60_000;

test("leaves nothing on the signal that lives as long as the process, however many there were", () => {
  const { signal } = new AbortController();
  setMaxListeners(0, signal);
  const deadlines = Array.from({ length: 5000 }, () => deadlineIn(LONG_MILLISECONDS, signal));
  expect(getEventListeners(signal, "abort")).toHaveLength(5000);
  for (const deadline of deadlines) deadline.end();
  expect(getEventListeners(signal, "abort")).toEqual([]);
  expect(heldBy(signal)).toBe(0);
});

test("comes, as a time-out", async () => {
  const { signal } = new AbortController();
  const deadline = deadlineIn(10, signal);
  await until("the deadline is over", () => deadline.signal.aborted, 5);
  expect(deadline.signal.reason).toMatchObject({ name: "TimeoutError" });
  expect(heldBy(signal)).toBe(0);
});

test("is over with the other signal, for its reason", () => {
  const stopping = new AbortController();
  const before = deadlineIn(LONG_MILLISECONDS, stopping.signal);
  stopping.abort("stopped");
  const after = deadlineIn(LONG_MILLISECONDS, stopping.signal);
  for (const { signal } of [before, after])
    expect(signal).toMatchObject({ aborted: true, reason: "stopped" });
  expect(getEventListeners(stopping.signal, "abort")).toEqual([]);
});

test("that has ended is not over any more", async () => {
  const stopping = new AbortController();
  const deadline = deadlineIn(1, stopping.signal);
  deadline.end();
  stopping.abort();
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(deadline.signal.aborted).toBe(false);
});
