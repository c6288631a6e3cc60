import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { countBeat, type OpenTime } from "../../src/core/openTime.ts";
import { addSeconds } from "../../src/core/time.ts";

const opened = new Date("2026-03-01T12:00:00Z");

/** Exactly 120 s by the gateway's clock are two minutes (RULES §3.1), however the beats cut them up. */
test("beats whose gaps add up to 120,000 ms have counted exactly 120 s", () => {
  const cuts = fc.uniqueArray(fc.integer({ min: 1, max: 119_999 }), { maxLength: 12 });
  fc.assert(
    fc.property(cuts, (moments) => {
      let openTime: OpenTime = { open_seconds: 0, counted_at: opened };
      for (const milliseconds of [...moments.sort((a, b) => a - b), 120_000])
        openTime = countBeat(openTime, addSeconds(opened, milliseconds / 1000));
      expect(openTime.open_seconds).toBe(120);
    }),
    { numRuns: 500 },
  );
});
