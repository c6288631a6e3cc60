/** docs/alerts.md says of every event what is sent, and of nothing else. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { USUAL_ALERT_RULES } from "../../src/core/alerts.ts";
import { ALERT_TYPES, EVENT_TYPES, EVENTS } from "../../src/core/events.ts";
import { PAUSES_SECONDS } from "../../src/core/outbox.ts";

const page = readFileSync(join(import.meta.dirname, "../../docs/alerts.md"), "utf8");
const [text = "", ...sections] = page.split(/^### (?=`)/m);

test("names every type, in the order of the table", () => {
  expect(sections.map((section) => /^`([\w.]+)`/.exec(section)?.[1])).toEqual(EVENT_TYPES);
});

describe.each(EVENT_TYPES.map((type, index) => [type, sections[index] ?? ""] as const))(
  "%s",
  (type, section) => {
    const { meaning, fields, example, is_alert } = EVENTS[type];

    test("its meaning, its fields and an example are the code's own", () => {
      expect(section).toContain(`${meaning}${is_alert ? " An alert." : ""}\n`);
      const rows = [...section.matchAll(/^\| `(\w+)` \| (.*) \|$/gm)].map(([, name, what]) => [name, what]);
      expect(rows).toEqual(Object.entries(fields));
      expect(JSON.parse(/```json\n(.*)\n```/.exec(section)?.[1] ?? "null")).toEqual(example);
    });

    test("the example has each field, and no other", () => {
      expect(Object.keys(example).sort()).toEqual(Object.keys(fields).sort());
    });
  },
);

test("an alert is what the table says is one", () => {
  expect(EVENT_TYPES.filter((type) => EVENTS[type].is_alert)).toEqual(ALERT_TYPES);
});

test("the pauses and the thresholds are the code's own", () => {
  const shown = (seconds: number) =>
    seconds < 60 ? `${seconds} s` : seconds < 3600 ? `${seconds / 60} min` : `${seconds / 3600} h`;
  expect(text).toContain(`${PAUSES_SECONDS.map(shown).join(", ")}, each`);
  expect(text).toContain(`(${USUAL_ALERT_RULES.threshold_percents.map((one) => `${one} %`).join(", ")})`);
  expect(text).toContain(`(${USUAL_ALERT_RULES.ending_days.join(", ")} days)`);
});
