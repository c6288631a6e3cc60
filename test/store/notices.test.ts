/** What other processes tell: of tries to listen that fail nothing stays behind, however long an outage. */
import { getEventListeners } from "node:events";
import { expect, test } from "@jest/globals";
import { listenOnce } from "../../src/store/notices.ts";

test("a connection that does not come about leaves nothing on the signal that lives as long as the process", async () => {
  const { signal } = new AbortController();
  const listener = { heard: () => undefined, connected: () => undefined };
  for (let tries = 0; tries < 5; tries++)
    await expect(listenOnce("postgres://nobody@127.0.0.1:1/none", signal, listener)).rejects.toThrow();
  expect(getEventListeners(signal, "abort")).toEqual([]);
});
