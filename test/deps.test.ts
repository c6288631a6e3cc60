import { expect, test } from "@jest/globals";
import { readConfig } from "../src/config.ts";
import { createDeps } from "../src/deps.ts";
import { createTestClock } from "./support/testClock.ts";

test("ids are UUIDs of version 7 that sort as they were made, however many in a millisecond", () => {
  const clock = createTestClock();
  const { newId } = createDeps(readConfig({}), { clock });
  const first = Array.from({ length: 5000 }, newId);
  clock.advance({ seconds: 0.001 });
  const ids = [...first, newId()];
  expect(
    ids.filter((id) => !/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(id)),
  ).toEqual([]);
  expect([...ids].sort()).toEqual(ids);
  expect(new Set(ids).size).toBe(ids.length);
  const time = Number.parseInt((ids[0] ?? "").replace("-", "").slice(0, 12), 16);
  expect(new Date(time).toISOString()).toBe("2026-01-05T09:00:00.000Z");
});
