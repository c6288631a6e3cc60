import { describe, expect, test } from "@jest/globals";
import { hasAllRightsOf, isAllowed, PERMISSIONS, type Role, seesOwn } from "../../src/core/permissions.ts";

const ROLES: readonly Role[] = ["owner", "support", "admin", "viewer"];

describe("RULES §7", () => {
  test("each role may all that the next may, and none what the one before may besides", () => {
    const covered = ROLES.map((role) => ROLES.filter((other) => hasAllRightsOf(role, other)));
    expect(covered).toEqual([ROLES, ROLES.slice(1), ROLES.slice(2), ROLES.slice(3)]);
  });

  test("whoever may change may see", () => {
    for (const permission of Object.keys(PERMISSIONS) as (keyof typeof PERMISSIONS)[])
      for (const role of ROLES)
        if (isAllowed(role, permission, "change")) expect(isAllowed(role, permission, "see")).toBe(true);
  });

  test.each<[keyof typeof PERMISSIONS, string]>([
    ["vendor", "change see - -"],
    ["courses", "change see own own"],
    ["licenses", "change change see see"],
    ["license_rules", "change change see see"],
    ["corrections", "change change - -"],
    ["purchases", "change change change -"],
    ["pause", "change change change see"],
    ["deliveries", "change change change see"],
    ["reports", "change change change see"],
    ["duplicates", "change change change see"],
    ["learners", "change change change see"],
    ["learner_data", "change change change -"],
    ["access", "change change change -"],
    ["plan_simulator", "change change own -"],
    ["audit", "see see own -"],
  ])("%s: owner, support, admin, viewer: %s", (permission, expected) => {
    const levels = ROLES.map((role) => {
      if (isAllowed(role, permission, "change")) return "change";
      if (seesOwn(role, permission)) return "own";
      return isAllowed(role, permission, "see") ? "see" : "-";
    });
    expect(levels.join(" ")).toBe(expected);
  });
});
