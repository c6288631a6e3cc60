/** Where a page goes on that is not the first of its launch (docs/bridge.md §3). */
import { describe, expect, test } from "@jest/globals";
import { progressOf } from "../../../src/edges/player/client/reloads.ts";

const at = (sequence: number, session_seconds: Record<string, number> = {}) => ({
  sequence,
  session_seconds,
});
const remembered = (progress: ReturnType<typeof at>, launch = "launch") => ({
  ticket: "t",
  launch,
  progress,
});

describe("a launch goes on", () => {
  test("from what the page remembers, where its last save has not arrived yet", () => {
    const allowed = { launch_id: "launch", progress: at(9, { lesson: 90 }) };
    expect(progressOf(allowed, remembered(at(10, { lesson: 91 })))).toEqual(at(10, { lesson: 91 }));
  });

  test("from what the gateway has, where another page of the launch has saved since", () => {
    const allowed = { launch_id: "launch", progress: at(50, { lesson: 960, test: 5 }) };
    for (const state of [remembered(at(10, { lesson: 90 })), null])
      expect(progressOf(allowed, state)).toEqual(at(50, { lesson: 960, test: 5 }));
  });

  test("from the larger of the two, activity by activity, whatever they are called", () => {
    const allowed = { launch_id: "launch", progress: at(3, { lesson: 5, constructor: 7 }) };
    const state = remembered(at(4, { lesson: 2, toString: 8 }));
    expect(progressOf(allowed, state)).toEqual(at(4, { lesson: 5, constructor: 7, toString: 8 }));
  });

  test("from what the page remembers alone, before a gateway that says nothing of it", () => {
    expect(progressOf({ launch_id: "launch" }, remembered(at(10, { lesson: 90 })))).toEqual(
      at(10, { lesson: 90 }),
    );
  });

  test("from nothing where it is new, whatever the page remembers of another", () => {
    for (const state of [remembered(at(10), "another"), { ticket: "t" }, { launch: "launch" }, "odd", null])
      expect(progressOf({ launch_id: "launch" }, state)).toEqual(at(0));
  });
});
