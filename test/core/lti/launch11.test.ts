/** What is read of an LTI 1.1 launch whose signature was checked: whatever an LMS sends, it can be kept and shown. */
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { LONGEST_ID, readIdentity } from "../../../src/core/identity.ts";
import { readLaunch11, requireLaunch11, returnUrlOf } from "../../../src/core/lti/launch11.ts";
import type { Parameter } from "../../../src/core/lti/oauth1.ts";
import { fractionOf, replaceResultXml } from "../../../src/core/lti/outcomes11.ts";

const TARGET = {
  account_id: "account",
  connection_id: "connection",
  consumer_key: "key",
  delivery_key: "delivery",
  nonce: "a nonce of 16 characters",
};

const read = (fields: Readonly<Record<string, string>>) =>
  readLaunch11(Object.entries({ resource_link_id: "link-1", ...fields }), TARGET);

describe("a launch", () => {
  test("that says next to nothing is one", () => {
    expect(read({})).toEqual({
      version: "1.1",
      registration_id: null,
      ...TARGET,
      namespace: "lti11:key",
      platform_origin: "",
      person: { id: "", name: "", given_name: "", family_name: "", email: "", sourcedid: "", former: null },
      roles: [],
      resource_link: { id: "link-1", title: "" },
      context: { id: "", title: "" },
      presentation: { return_url: null, locale: "", target: "frame" },
      grades: null,
      memberships_url: null,
    });
  });

  test("can be kept, whatever it holds", () => {
    const text = fc.string({ unit: "binary", maxLength: 50 });
    const fields = fc.dictionary(fc.constantFrom(...READ), text);
    fc.assert(
      fc.property(fields, (sent) => {
        const kept = JSON.stringify(read(sent));
        expect(kept).not.toContain("\\u0000");
        expect(kept.isWellFormed()).toBe(true);
      }),
    );
  });

  test("is cut to what can be kept; an id that is too long is none, and is not taken for another's", () => {
    const { resource_link, person, roles } = read({
      resource_link_title: "x".repeat(10_000),
      user_id: "x".repeat(LONGEST_ID + 10),
      roles: Array.from({ length: 200 }, (_, n) => `role-${n}`).join(","),
    });
    expect(resource_link.title).toHaveLength(300);
    expect(readIdentity(person.id, [])).toBeNull();
    expect(roles).toHaveLength(30);
  });

  test.each([
    ["en-US", "en-US"],
    ["de_CH", "de-CH"],
    ["zh_Hant_TW", "zh-Hant-TW"],
    ["<b>", ""],
    ["english please", ""],
  ])("of the locale %j is in %j", (sent, locale) => {
    expect(read({ launch_presentation_locale: sent }).presentation.locale).toBe(locale);
  });

  test("in a window says so", () => {
    const of = (target: string) => read({ launch_presentation_document_target: target }).presentation.target;
    expect(["window", "iframe", "frame", "overlay"].map(of)).toEqual(["window", "frame", "frame", "frame"]);
  });

  test.each([
    [
      { tool_consumer_instance_url: "https://a.example/x", lis_outcome_service_url: "https://b.example" },
      "https://a.example",
    ],
    [
      { lis_outcome_service_url: "https://b.example/y", launch_presentation_return_url: "https://c.example" },
      "https://b.example",
    ],
    [{ launch_presentation_return_url: "https://c.example/z" }, "https://c.example"],
    [{ tool_consumer_instance_url: "lms" }, ""],
  ])("of %j comes from %j", (fields, origin) => {
    expect(read(fields).platform_origin).toBe(origin);
  });

  test("is graded only where both the place and the learner's name there are given", () => {
    const lis_outcome_service_url = "https://lms.example/outcomes";
    expect(read({ lis_outcome_service_url }).grades).toBeNull();
    expect(read({ lis_result_sourcedid: "1" }).grades).toBeNull();
    expect(read({ lis_outcome_service_url, lis_result_sourcedid: "1" }).grades).not.toBeNull();
  });

  test("names its version as LMSs write it", () => {
    const of = (lti_version: string) => () =>
      requireLaunch11(Object.entries({ lti_message_type: "basic-lti-launch-request", lti_version }));
    expect(of("LTI-1p0")).not.toThrow();
    expect(of("LTI-1.0")).not.toThrow();
    expect(of("1.3.0")).toThrow("lti_version");
  });
});

describe("the way back from a refusal", () => {
  const sent = (...urls: string[]) => urls.map((url): Parameter => ["launch_presentation_return_url", url]);

  test.each([
    [sent("https://lms.example/back"), "https://lms.example/back"],
    [sent("javascript:alert(1)"), null],
    [sent("data:text/html,x"), null],
    [sent("/back"), null],
    [sent(`https://lms.example/${"x".repeat(3000)}`), null],
    [sent("https://lms.example/", "https://evil.example/"), null],
    [[], null],
  ])("of %j is %j", (parameters, url) => {
    expect(returnUrlOf(parameters)).toBe(url);
  });
});

describe("a score for a gradebook of LTI 1.1", () => {
  const of = (scoreGiven?: number, scoreMaximum?: number) =>
    fractionOf({
      activityProgress: "Completed",
      gradingProgress: "FullyGraded",
      ...(scoreGiven === undefined ? {} : { scoreGiven }),
      ...(scoreMaximum === undefined ? {} : { scoreMaximum }),
    });

  test("is from 0 to 1, or none", () => {
    expect([of(85, 100), of(1, 3), of(0, 10), of(12, 10), of(-1, 10)]).toEqual([0.85, 0.3333, 0, 1, 0]);
    expect([of(), of(1), of(1, 0)]).toEqual([null, null, null]);
  });

  test("is written so that nothing in the learner's name there is mistaken for markup", () => {
    const xml = replaceResultXml({
      message_id: "m",
      result_sourcedid: `</sourcedId>&'"\u0000\r`,
      score: 0.5,
    });
    expect(xml).toContain("<sourcedId>&lt;/sourcedId&gt;&amp;&apos;&quot;&#13;</sourcedId>");
    expect(xml).toContain("<textString>0.5</textString>");
  });
});

const READ = [
  "user_id",
  "roles",
  "resource_link_title",
  "context_id",
  "context_title",
  "lis_person_name_full",
  "lis_person_name_given",
  "lis_person_name_family",
  "lis_person_contact_email_primary",
  "lis_person_sourcedid",
  "lis_outcome_service_url",
  "lis_result_sourcedid",
  "launch_presentation_return_url",
  "launch_presentation_locale",
  "launch_presentation_document_target",
  "tool_consumer_instance_url",
];
