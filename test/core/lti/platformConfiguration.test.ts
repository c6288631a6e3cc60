/** What a platform says of itself is believed for its own domain, and read as if it came from a stranger. */
import { describe, expect, test } from "@jest/globals";
import { deploymentIn, readPlatformConfiguration } from "../../../src/core/lti/platformConfiguration.ts";
import { canvasConfigurationOf, toolRegistrationOf } from "../../../src/core/lti/tool.ts";

const said = (issuer: string, change: object = {}) => ({
  issuer,
  authorization_endpoint: "https://lms.example.com/auth",
  token_endpoint: "https://lms.example.com/token",
  jwks_uri: "https://lms.example.com/jwks",
  registration_endpoint: "https://lms.example.com/register",
  ...change,
});

const read = (url: string, issuer: string, change: object = {}) =>
  readPlatformConfiguration(new URL(url), JSON.stringify(said(issuer, change)));

describe("the issuer", () => {
  test.each([
    ["https://lms.example.com/config", "https://lms.example.com"],
    ["https://lms.example.com/config", "https://lms.example.com/tenant/7"],
    ["https://developer.blackboard.com/config", "https://blackboard.com"],
    ["http://localhost:9000/config", "http://localhost:9000"],
  ])("%s may speak for %s", (url, issuer) => {
    expect(read(url, issuer)).toMatchObject({ configuration: { issuer } });
  });

  test.each([
    ["https://evil.example/config", "https://lms.example.com"],
    ["https://evillms.example.com/config", "https://lms.example.com"],
    ["https://lms.example.com.evil.example/config", "https://lms.example.com"],
    ["https://example.com/config", "https://lms.example.com"],
    ["https://lms.example.com/config", "https://com"],
    ["http://localhost:9000/config", "http://localhost:9001"],
    ["https://lms.example.com/config", "javascript:lms.example.com"],
    ["https://lms.example.com/config", "https://lms.example.com\n"],
  ])("%s may not speak for %s", (url, issuer) => {
    expect(read(url, issuer)).toHaveProperty("problem");
  });
});

test("what makes no sense is left out, and what must be there is asked for by name", () => {
  const odd = {
    authorization_server: "half a character: \uD83D",
    scopes_supported: [1, "a", null],
    "https://purl.imsglobal.org/spec/lti-platform-configuration": {
      product_family_code: ["x"],
      messages_supported: [null, 7, { type: "LtiDeepLinkingRequest", placements: "all" }],
    },
  };
  expect(read("https://lms.example.com/", "https://lms.example.com", odd)).toMatchObject({
    configuration: { authorization_server: null, scopes: ["a"], product: "", picking_placements: [] },
  });
  for (const name of ["authorization_endpoint", "token_endpoint", "jwks_uri", "registration_endpoint"])
    expect(read("https://lms.example.com/", "https://lms.example.com", { [name]: null })).toEqual({
      problem: `its OpenID configuration names no ${name}`,
    });
  for (const text of ["", "[]", "7", "{", "null"])
    expect(readPlatformConfiguration(new URL("https://lms.example.com/"), text)).toHaveProperty("problem");
});

test.each<[unknown, string | null]>([
  ["7", "7"],
  [7, "7"],
  [undefined, null],
  ["", null],
  ["x".repeat(256), null],
  ["a\u0000", null],
  [{}, null],
])("a deployment that is named %j is %j", (deployment_id, expected) => {
  const answer = { "https://purl.imsglobal.org/spec/lti-tool-configuration": { deployment_id } };
  expect(deploymentIn(answer)).toBe(expected);
  expect(deploymentIn({})).toBeNull();
});

describe("Canvas", () => {
  const placementsAskedOf = (picking_placements: readonly string[]) =>
    toolRegistrationOf("https://app.example.com", { product: "canvas", scopes: null, picking_placements })[
      "https://purl.imsglobal.org/spec/lti-tool-configuration"
    ].messages[1];
  const prefixed = (name: string) => `https://canvas.instructure.com/lti/${name}`;

  test("is asked to send names", () => {
    const canvas = { product: "canvas", scopes: null, picking_placements: [] };
    expect(toolRegistrationOf("https://app.example.com", canvas)).toMatchObject({
      "https://purl.imsglobal.org/spec/lti-tool-configuration": {
        "https://canvas.instructure.com/lti/privacy_level": "public",
      },
    });
  });

  test("is asked for the places where links are made, several at once too, in its own spelling", () => {
    const names = [
      "assignment_selection",
      "course_assignments_menu",
      "homework_submission",
      "link_selection",
      "module_index_menu_modal",
      "module_menu_modal",
    ];
    const asked = [
      "link_selection",
      "module_menu_modal",
      "module_index_menu_modal",
      "assignment_selection",
      "course_assignments_menu",
    ];
    expect(placementsAskedOf(names)).toMatchObject({ placements: asked });
    const offered = [...names.map(prefixed), "ContentArea", "RichTextEditor"];
    expect(placementsAskedOf(offered)).toMatchObject({ placements: asked.map(prefixed) });
  });

  test("takes the same where its administrator gives it our configuration", () => {
    const [{ settings }] = canvasConfigurationOf("https://app.example.com").extensions as [
      ReturnType<typeof canvasConfigurationOf>["extensions"][number],
    ];
    expect(settings.placements.map(({ placement }) => placement)).toEqual([
      "link_selection",
      "module_menu_modal",
      "module_index_menu_modal",
      "assignment_selection",
      "course_assignments_menu",
    ]);
  });
});

test("other platforms are asked for their content area, and for no place that they do not have", () => {
  const configured = (picking_placements: readonly string[]) =>
    toolRegistrationOf("https://app.example.com", { product: "moodle", scopes: null, picking_placements })[
      "https://purl.imsglobal.org/spec/lti-tool-configuration"
    ].messages[1];
  expect(configured(["ContentArea", "RichTextEditor"])).toMatchObject({ placements: ["ContentArea"] });
  expect(configured([])).not.toHaveProperty("placements");
});
