import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import {
  compareNames,
  isBareNumber,
  isSameLearner,
  LONGEST_ID,
  PLACEHOLDER_IDS,
  readIdentity,
} from "../../src/core/identity.ts";

describe("the id as it is kept (RULES §1 identity)", () => {
  test.each([
    ["jdoe", "jdoe"],
    ["  jdoe\t", "jdoe"],
    ["JDoe", "JDoe"],
    ["J Doe", "J Doe"],
    ["\u0000jdoe\u0000", "jdoe"],
    ["0042", "0042"],
    ["undefined-1", "undefined-1"],
    ["x".repeat(LONGEST_ID), "x".repeat(LONGEST_ID)],
  ])("%j is kept as %j", (sent, kept) => {
    expect(readIdentity(sent, [])).toBe(kept);
  });

  test.each([...PLACEHOLDER_IDS, "   ", "Guest", "UNDEFINED", " null ", "[Object Object]", "\u0000"])(
    "%j names nobody",
    (sent) => {
      expect(readIdentity(sent, [])).toBeNull();
    },
  );

  test("a connection's own placeholders name nobody there, whatever their case", () => {
    expect(readIdentity("Kiosk 1", [" kiosk 1 "])).toBeNull();
    expect(readIdentity("Kiosk 2", ["kiosk 1"])).toBe("Kiosk 2");
  });

  test("beyond the longest it is no id", () => {
    expect(readIdentity("x".repeat(LONGEST_ID + 1), [])).toBeNull();
  });
});

test.each([
  ["5", true],
  ["000123", true],
  ["5a", false],
  ["u5", false],
  ["5.0", false],
  ["-5", false],
  ["", false],
])("%j is a bare number: %s", (id, bare) => {
  expect(isBareNumber(id)).toBe(bare);
});

describe("whether two names can be one person's (RULES §6)", () => {
  test.each([
    // Order, case, punctuation, spaces
    ["Anna Müller", "Müller, Anna", "agrees"],
    ["ANNA MÜLLER", "anna müller", "agrees"],
    ["Anna  Müller ", "Anna Müller", "agrees"],
    ["Jean-Luc Picard", "Jean Luc Picard", "agrees"],
    ["O'Brien, Pat", "Pat O’Brien", "agrees"],
    // Accents, composed or not, and letters that have none to take off
    ["Anna Müller", "Anna Muller", "agrees"],
    ["Zoe\u0308 Ange\u0301lique", "Zoë Angélique", "agrees"],
    ["Łukasz Sørensen", "Lukasz Sorensen", "agrees"],
    ["Jürgen Weiß", "Jurgen Weiss", "agrees"],
    // Middle names and initials
    ["Anna Maria Müller", "Anna Müller", "agrees"],
    ["Anna M. Müller", "Anna Maria Müller", "agrees"],
    ["A. Müller", "Anna Müller", "agrees"],
    ["J. Jacobs", "Jim Jacobs", "agrees"],
    ["Jacobs, J", "Jim Jacobs", "agrees"],
    ["A. Anna Berg", "Anna Ariel Berg", "agrees"],
    ["Anna", "anna", "agrees"],
    ["山田 太郎", "太郎 山田", "agrees"],
    // Another person
    ["Anna Müller", "Ben Müller", "contradicts"],
    ["Anna Müller", "Anna Schmidt", "contradicts"],
    ["B. Müller", "Anna Müller", "contradicts"],
    ["Anna B. Müller", "Anna C. Müller", "contradicts"],
    ["Anna", "Ben", "contradicts"],
    ["Anna Anna", "Anna Müller", "contradicts"],
    // Too little to tell
    ["", "Anna Müller", "silent"],
    ["", "", "silent"],
    [" - ", "Anna Müller", "silent"],
    ["Anna", "Anna Müller", "silent"],
    ["A", "Anna Müller", "silent"],
    ["A. M.", "Anna Müller", "silent"],
    ["A", "A", "silent"],
  ] as const)("%j and %j: %s", (one, other, expected) => {
    expect(compareNames(one, other)).toBe(expected);
    expect(compareNames(other, one)).toBe(expected);
  });

  test("it makes no difference which name comes first", () => {
    const word = fc.constantFrom("Anna", "Ariel", "Ana", "A", "B", "Berg", "Ben", "a.", "É");
    const name = fc.array(word, { maxLength: 5 }).map((words) => words.join(" "));
    fc.assert(fc.property(name, name, (one, other) => compareNames(one, other) === compareNames(other, one)));
  });
});

describe("a known id from an origin not yet seen for it (RULES §6)", () => {
  test.each([
    ["5", "Anna Müller", "Müller, Anna", true],
    ["5", "Anna Müller", "Ben Schmidt", false],
    ["5", "Anna Müller", "", false],
    ["5", "", "Anna Müller", false],
    ["5", "", "", false],
    ["5", "Anna Müller", "Anna", false],
    ["jdoe", "Anna Müller", "Müller, Anna", true],
    ["jdoe", "Anna Müller", "Ben Schmidt", false],
    ["jdoe", "Anna Müller", "", true],
    ["jdoe", "", "", true],
  ])("id %j, known as %j, sent as %j: the same learner is %s", (id, known, sent, same) => {
    expect(isSameLearner(id, known, sent)).toBe(same);
  });
});
