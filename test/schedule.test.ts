/** What the gateway does by itself: again and again, one at a time, whatever goes wrong, until it stops. */
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { createSchedule, type Schedule } from "../src/schedule.ts";
import { createTestLog, type LogLine } from "./support/testLog.ts";
import { sleep, until } from "./support/until.ts";

let schedule: Schedule;
let lines: LogLine[];
beforeEach(() => {
  const testLog = createTestLog();
  lines = testLog.lines;
  schedule = createSchedule(testLog);
});
afterEach(() => schedule.stop());

describe("scheduled work", () => {
  test("is done again and again, and never twice at once", async () => {
    let [begun, underWay, mostUnderWay] = [0, 0, 0];
    schedule.every(0.001, "count", async () => {
      begun++;
      mostUnderWay = Math.max(mostUnderWay, ++underWay);
      await sleep(0.01);
      underWay--;
    });
    await until("it was done three times", () => begun >= 3, 10);
    expect(mostUnderWay).toBe(1);
  });

  test("that fails is logged by its name, tried again, and stops nothing else", async () => {
    let [failures, others] = [0, 0];
    schedule.every(0.001, "fail", () => {
      failures++;
      return Promise.reject(new Error("Nothing works."));
    });
    schedule.every(0.001, "go on", async () => others++);
    await until("both were done twice", () => failures >= 2 && others >= 2, 10);
    expect(lines[0]).toMatchObject({
      level: "warn",
      message: "Scheduled work failed; it is tried again",
      work: "fail",
    });
  });

  test("under way is waited for by a stop, is told of it, and is not begun again", async () => {
    let begun = 0;
    const ended: boolean[] = [];
    schedule.every(0.001, "take time", async (stopping) => {
      begun++;
      await new Promise((resolve) => stopping.addEventListener("abort", resolve));
      await sleep(0.02);
      ended.push(stopping.aborted);
    });
    await until("it has begun", () => begun === 1, 10);
    await schedule.stop();
    expect(ended).toEqual([true]);
    await sleep(0.02);
    expect(begun).toBe(1);
  });
});
