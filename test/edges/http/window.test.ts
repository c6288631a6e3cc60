import { expect, test } from "@jest/globals";
import { createWindow } from "../../../src/edges/http/window.ts";

function windowOf(seconds: number) {
  const time = { now: 1000 };
  return { time, window: createWindow(seconds, () => time.now) };
}

test("each key is counted by itself, all of them anew once the window is over", () => {
  const { time, window } = windowOf(60);
  expect([window.count("ada").count, window.count("ada").count, window.count("ben").count]).toEqual([
    1, 2, 1,
  ]);
  time.now += 59.5;
  expect(window.count("ada")).toEqual({ count: 3, left_seconds: 0.5 });
  time.now += 0.5;
  expect(window.count("ada")).toEqual({ count: 1, left_seconds: 60 });
});

test("a clock that is set back makes nobody wait for longer than a window takes", () => {
  const { time, window } = windowOf(60);
  window.count("ada");
  time.now -= 3600;
  expect(window.count("ada")).toEqual({ count: 1, left_seconds: 60 });
  time.now += 60;
  expect(window.count("ada")).toEqual({ count: 1, left_seconds: 60 });
});

test("made-up keys without end take no memory without end: counting begins anew", () => {
  const { window } = windowOf(60);
  expect([window.count("ada").count, window.count("ada").count]).toEqual([1, 2]);
  for (let key = 0; key < 200_000; key++) window.count(`key ${key}`);
  expect(window.count("ada").count).toBe(1);
});
