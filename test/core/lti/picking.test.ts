/** Who may pick courses inside an LMS, and what the LMS is told of them. */
import { describe, expect, test } from "@jest/globals";
import { LANGUAGES } from "../../../src/core/languages.ts";
import { catalogWordsOf } from "../../../src/core/lti/catalogWords.ts";
import { readDeepLinking, readLaunch13 } from "../../../src/core/lti/launch13.ts";
import { linkItemOf, pickerOf, proposesGrade } from "../../../src/core/lti/picking.ts";

const IN_COURSE = "http://purl.imsglobal.org/vocab/lis/v2/membership";
const IN_INSTITUTION = "http://purl.imsglobal.org/vocab/lis/v2/institution/person";
const IN_SYSTEM = "http://purl.imsglobal.org/vocab/lis/v2/system/person";

describe("who may pick", () => {
  test.each([
    ["a teacher of the course", [`${IN_COURSE}#Instructor`], "teacher"],
    ["its assistant", [`${IN_COURSE}/Instructor#TeachingAssistant`], "teacher"],
    ["its assistant, by a short name", ["TeachingAssistant"], "teacher"],
    ["who makes its content", [`${IN_COURSE}#ContentDeveloper`], "teacher"],
    ["an administrator of the course alone", [`${IN_COURSE}#Administrator`], "teacher"],
    ["an administrator of the institution", [`${IN_INSTITUTION}#Administrator`], "administrator"],
    ["an administrator of the system", [`${IN_SYSTEM}#SysAdmin`, `${IN_COURSE}#Learner`], "administrator"],
    ["a teacher of the institution, outside courses", [`${IN_INSTITUTION}#Instructor`], "teacher"],
    [
      "a learner in the course who teaches elsewhere",
      [`${IN_COURSE}#Learner`, `${IN_INSTITUTION}#Instructor`],
      null,
    ],
    ["a learner", [`${IN_COURSE}#Learner`], null],
    ["a learner who explains to others", [`${IN_COURSE}/Learner#Instructor`], null],
    ["a mentor", [`${IN_COURSE}#Mentor`], null],
    ["a tool that tests", ["http://purl.imsglobal.org/vocab/lti/system/person#TestUser"], null],
    ["nobody", [], null],
    ["something that only looks like one", ["https://evil.example/membership#Instructor"], null],
  ])("%s", (_who, roles, picker) => {
    expect(pickerOf(roles)).toBe(picker);
  });
});

describe("the link that the LMS makes", () => {
  const taking = { accept_lineitem: null, accept_presentation_document_targets: ["iframe", "window"] };
  const link = { delivery_key: "k-1", title: "Kitchen safety", graded: true };

  test("names the delivery by its address and by a parameter, and is graded in percent", () => {
    expect(linkItemOf("https://app.example.com", taking, link)).toEqual({
      type: "ltiResourceLink",
      title: "Kitchen safety",
      url: "https://app.example.com/lti/links/k-1",
      custom: { delivery: "k-1" },
      lineItem: { scoreMaximum: 100, label: "Kitchen safety", resourceId: "k-1" },
    });
  });

  test("has no line item where the platform takes none, or none was wanted; and says so at each launch", () => {
    const refusing = { ...taking, accept_lineitem: false };
    expect(linkItemOf("https://app.example.com", refusing, link)).not.toHaveProperty("lineItem");
    const ungraded = linkItemOf("https://app.example.com", taking, { ...link, graded: false });
    expect(ungraded).not.toHaveProperty("lineItem");
    expect(ungraded.custom).toEqual({ delivery: "k-1", grade: "none" });
  });

  test("opens in a window where the platform has no frames", () => {
    const windows = { ...taking, accept_presentation_document_targets: ["window"] };
    expect(linkItemOf("https://app.example.com", windows, link)).toMatchObject({
      window: { targetName: "_blank" },
    });
  });
});

describe("a grade is proposed", () => {
  test.each<[string, string, boolean | null, boolean]>([
    ["not for an item of a Canvas module", "link_selection", true, false],
    ["not for an item of a Canvas module, by its former name", "resource_selection", true, false],
    ["not for items that Canvas adds to a module", "module_menu_modal", null, false],
    ["not for items of a new Canvas module", "module_index_menu_modal", null, false],
    [
      "for a Canvas assignment, although Canvas does not say that it takes grades",
      "assignment_selection",
      null,
      true,
    ],
    ["for several Canvas assignments", "course_assignments_menu", null, true],
    ["where another platform says that it makes a column", "", true, true],
    ["not where it does not say so", "", null, false],
    ["not where it makes none", "", false, false],
  ])("%s", (_where, placement, accept_lineitem, proposed) => {
    expect(proposesGrade({ placement, accept_lineitem })).toBe(proposed);
  });
});

test("where the picking began is read as Canvas says it, and is nothing where it is no text", () => {
  const sender = {
    account_id: "a",
    connection_id: "c",
    registration_id: "r",
    issuer: "https://x.example",
    former: null,
  };
  const settings = { deep_link_return_url: "https://x.example/return" };
  const placementIn = (claim: unknown) =>
    readDeepLinking(
      {
        "https://purl.imsglobal.org/spec/lti-dl/claim/deep_linking_settings": settings,
        "https://www.instructure.com/placement": claim,
      },
      sender,
      "deployment-1",
    ).placement;
  expect(placementIn("link_selection")).toBe("link_selection");
  expect(placementIn(["link_selection"])).toBe("");
  expect(placementIn(undefined)).toBe("");
});

describe("a link that was picked without a grade", () => {
  const sender = {
    account_id: "a",
    connection_id: "c",
    registration_id: "r",
    issuer: "https://lms.example.com",
    former: null,
  };
  const gradesOf = (endpoint: object, custom: object) =>
    readLaunch13(
      {
        "https://purl.imsglobal.org/spec/lti/claim/resource_link": { id: "1" },
        "https://purl.imsglobal.org/spec/lti/claim/target_link_uri": "https://app.example.com/lti/links/k-1",
        "https://purl.imsglobal.org/spec/lti/claim/custom": custom,
        "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint": endpoint,
      },
      sender,
      "nonce",
      "https://app.example.com",
    ).grades;
  const line_items_url = "https://lms.example.com/line-items";

  test("gets no column in the gradebook by itself, where others do", () => {
    expect(gradesOf({ lineitems: line_items_url }, { delivery: "k-1", grade: "none" })).toBeNull();
    expect(gradesOf({ lineitems: line_items_url }, { delivery: "k-1" })).toMatchObject({ line_items_url });
  });

  test("is graded all the same where the platform has a column for it", () => {
    const lineitem = "https://lms.example.com/line-items/1";
    expect(gradesOf({ lineitem, lineitems: line_items_url }, { grade: "none" })).toMatchObject({
      line_item_url: lineitem,
      line_items_url: null,
    });
  });
});

test("each language has all words, with the places for values", () => {
  for (const language of LANGUAGES) {
    const words = catalogWordsOf(language);
    expect(Object.keys(words).sort()).toEqual(Object.keys(catalogWordsOf("en")).sort());
    expect(words.into).toContain("{place}");
    expect([words.selected_count, words.added_message]).toEqual([
      expect.stringContaining("{count}"),
      expect.stringContaining("{count}"),
    ]);
    expect(words.too_many).toContain("{most}");
  }
});
