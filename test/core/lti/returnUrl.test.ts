/** The way back to the platform (LTI 1.3 core §5.4.5): where it may lead, and what the platform is told on it. */
import { describe, expect, test } from "@jest/globals";
import { webUrlOf, withLastWords } from "../../../src/core/lti/returnUrl.ts";

describe("where a learner may be sent", () => {
  test.each([
    ["https://lms.example.com/course?id=7", "https://lms.example.com/course?id=7"],
    ["HTTP://LMS.example.com", "http://lms.example.com/"],
    ["javascript:alert(1)", null],
    [" javascript:alert(1)", null],
    ["java\nscript:alert(1)", null],
    ["data:text/html,<script>alert(1)</script>", null],
    ["blob:https://lms.example.com/1", null],
    ["vbscript:x", null],
    ["file:///etc/passwd", null],
    ["//lms.example.com/course", null],
    ["/course", null],
    ["", null],
    [null, null],
  ])("%j is %j", (given, expected) => {
    expect(webUrlOf(given)).toBe(expected);
  });
});

describe("what the platform is told", () => {
  const words = { message: "Saved & done?", log: "launch 1: exit", is_error: false };

  test("of a course that is done: the learner's words, and those for the log", () => {
    expect(withLastWords("https://lms.example.com/back", words)).toBe(
      "https://lms.example.com/back?lti_msg=Saved%20%26%20done%3F&lti_log=launch%201%3A%20exit",
    );
  });

  test("of one that was stopped, as errors", () => {
    const told = new URL(withLastWords("https://lms.example.com/back", { ...words, is_error: true }));
    expect(Object.fromEntries(told.searchParams)).toEqual({
      lti_errormsg: "Saved & done?",
      lti_errorlog: "launch 1: exit",
    });
  });

  test("goes behind what the address holds, which stays as it was, spaces and signatures included", () => {
    expect(withLastWords("https://lms.example.com/back?a=1%202&sig=x%2By+z#top", words)).toBe(
      "https://lms.example.com/back?a=1%202&sig=x%2By+z&lti_msg=Saved%20%26%20done%3F&lti_log=launch%201%3A%20exit#top",
    );
  });
});
