/** Who an LMS says somebody is, in the words of both versions of LTI. */
import { expect, test } from "@jest/globals";
import { isTestCandidate, readRoles } from "../../../src/core/lti/roles.ts";

const LIS = "http://purl.imsglobal.org/vocab/lis/v2";
const MEMBERSHIP = `${LIS}/membership`;
const TEST_USER = "http://purl.imsglobal.org/vocab/lti/system/person#TestUser";

test.each([
  ["a learner", [`${MEMBERSHIP}#Learner`], { learner: true }],
  ["a learner of LTI 1.1", ["Learner"], { learner: true }],
  ["a learner by URN", ["urn:lti:role:ims/lis/Learner"], { learner: true }],
  ["a guest learner of LTI 1.1", ["Learner/GuestLearner"], { learner: true }],
  [
    "a student of the institution, nothing said of the course",
    [`${LIS}/institution/person#Student`],
    { learner: true },
  ],
  ["an instructor", [`${MEMBERSHIP}#Instructor`], { instructor: true }],
  ["an instructor of LTI 1.1", ["Instructor"], { instructor: true }],
  ["an instructor by URN, in any case", ["URN:lti:role:ims/lis/instructor"], { instructor: true }],
  ["a teaching assistant of LTI 1.3", [`${MEMBERSHIP}/Instructor#TeachingAssistant`], { instructor: true }],
  [
    "a teaching assistant of LTI 1.1",
    ["urn:lti:role:ims/lis/TeachingAssistant/Grader"],
    { instructor: true },
  ],
  ["a content developer", [`${MEMBERSHIP}#ContentDeveloper`], { instructor: true }],
  ["a learner whose sub-role is called Instructor", [`${MEMBERSHIP}/Learner#Instructor`], { learner: true }],
  ["an administrator of a course", [`${MEMBERSHIP}#Administrator`], { instructor: true }],
  [
    "an administrator of the institution, nothing said of the course",
    [`${LIS}/institution/person#Administrator`],
    { instructor: true, administrator: true },
  ],
  [
    "an administrator of the system in LTI 1.1",
    ["urn:lti:sysrole:ims/lis/SysAdmin"],
    { instructor: true, administrator: true },
  ],
  [
    "an administrator who learns here",
    [`${LIS}/system/person#Administrator`, `${MEMBERSHIP}#Learner`],
    { learner: true, administrator: true },
  ],
  [
    "a teacher elsewhere who learns here",
    [`${LIS}/institution/person#Instructor`, `${MEMBERSHIP}#Learner`],
    { learner: true },
  ],
  [
    "a teacher of the institution, nothing said of the course",
    [`${LIS}/institution/person#Faculty`],
    { instructor: true },
  ],
  ["a parent", [`${MEMBERSHIP}#Mentor`], { mentor: true }],
  ["a coach of LTI 1.1", ["Mentor"], { mentor: true }],
  ["both", ["Learner", "Instructor"], { learner: true, instructor: true }],
  ["a test student", [`${MEMBERSHIP}#Learner`, TEST_USER], { learner: true, test_user: true }],
  ["somebody of the system", [`${LIS}/system/person#User`, `${LIS}/system/person#None`], {}],
  ["nobody in particular", [], {}],
  ["nonsense", ["", "  ", "#", "http://evil.example/membership#Instructor", "Instructor?", "\u0000"], {}],
])("%s", (_who, sent, expected) => {
  const nothing = {
    instructor: false,
    learner: false,
    mentor: false,
    administrator: false,
    test_user: false,
  };
  expect(readRoles(sent)).toEqual({ ...nothing, ...expected });
});

test.each([
  [[`${MEMBERSHIP}#Instructor`], true],
  [["Instructor", "Learner"], false],
  [[`${MEMBERSHIP}#Learner`], false],
  [[`${MEMBERSHIP}#Mentor`], false],
  [[`${MEMBERSHIP}#Learner`, TEST_USER], true],
  [[TEST_USER], true],
  [[], false],
])("with the roles %j may be a test identity: %s", (sent, expected) => {
  expect(isTestCandidate(sent)).toBe(expected);
});
