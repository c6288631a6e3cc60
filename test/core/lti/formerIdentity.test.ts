/** Who a learner was in LTI 1.1, as the claim `lti1p1` says it. */
import { createHmac } from "node:crypto";
import { describe, expect, test } from "@jest/globals";
import { readFormerIdentityClaim, signedTextOf } from "../../../src/core/lti/formerIdentity.ts";

describe("the claim", () => {
  test("is signed as in the example of the migration guide", () => {
    const text = signedTextOf("179248902", {
      deployment_id: "689302",
      issuer: "https://lmsvendor.com",
      client_id: "PM48OJSfGDTAzAo",
      expires: 1_551_290_856,
      nonce: "172we8671fd8z",
    });
    expect(text).toBe("179248902&689302&https://lmsvendor.com&PM48OJSfGDTAzAo&1551290856&172we8671fd8z");
    expect(createHmac("sha256", "my-lti11-secret").update(text).digest("base64")).toBe(
      "lWd54kFo5qU7xshAna6v8BwoBm6tmUjc6GTax6+12ps=",
    );
  });

  test("names the same person where it names none", () => {
    const claim = { oauth_consumer_key: "key", oauth_consumer_key_sign: "abc=" };
    expect(readFormerIdentityClaim(claim, "ana")).toEqual({
      user_id: "ana",
      consumer_key: "key",
      signature: "abc=",
    });
  });

  test.each([
    null,
    "text",
    [],
    {},
    { user_id: "7", oauth_consumer_key: "key" },
    { user_id: 7, oauth_consumer_key: "key", oauth_consumer_key_sign: "abc=" },
    { user_id: "", oauth_consumer_key: "key", oauth_consumer_key_sign: "abc=" },
    { user_id: "7", oauth_consumer_key: ["key"], oauth_consumer_key_sign: "abc=" },
  ])("is none as %j", (claim) => {
    expect(readFormerIdentityClaim(claim, "ana")).toBeNull();
  });
});
