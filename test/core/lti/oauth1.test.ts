/** What an OAuth 1.0a signature is made of (RFC 5849), by the examples of the standards and by another implementation. */
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import {
  baseStringUri,
  type Parameter,
  percentEncode,
  readForm,
  readSignatureClaims,
  signatureBaseString,
} from "../../../src/core/lti/oauth1.ts";
import { isSignedWith, type SignedForm } from "../../../src/flows/lti/oauth1Signatures.ts";
import { formOf, signedForm } from "../../support/lti/consumer.ts";

function formFor(url: string, body: string): SignedForm {
  const parameters = readForm(body);
  return { url: new URL(url), parameters, claims: readSignatureClaims(parameters) };
}

describe("the base string (RFC 5849 §3.4.1)", () => {
  test("is that of the standard's example: body, header and query together, sorted", () => {
    const header: Parameter[] = [
      ["realm", "Example"],
      ["oauth_consumer_key", "9djdj82h48djs9d2"],
      ["oauth_token", "kkk9d7dh3k39sjv7"],
      ["oauth_signature_method", "HMAC-SHA1"],
      ["oauth_timestamp", "137131201"],
      ["oauth_nonce", "7d8f3e4a"],
      ["oauth_signature", "bYT5CMsGcbgUdFHObYMEfcx6bsw="],
    ];
    const url = new URL("http://example.com/request?b5=%3D%253D&a3=a&c%40=&a2=r%20b");
    expect(signatureBaseString("post", url, [...header, ...readForm("c2&a3=2+q")])).toBe(
      "POST&http%3A%2F%2Fexample.com%2Frequest&a2%3Dr%2520b%26a3%3D2%2520q%26a3%3Da%26b5%3D%253D%25253D%26c%2540%3D%26c2%3D" +
        "%26oauth_consumer_key%3D9djdj82h48djs9d2%26oauth_nonce%3D7d8f3e4a%26oauth_signature_method%3DHMAC-SHA1" +
        "%26oauth_timestamp%3D137131201%26oauth_token%3Dkkk9d7dh3k39sjv7",
    );
  });

  test.each([
    ["http://EXAMPLE.COM:80/r%20v/X?id=123", "http://example.com/r%20v/X"],
    ["https://www.example.net:8080/?q=1", "https://www.example.net:8080/"],
    ["https://play.example.com:443/lti/links/abc", "https://play.example.com/lti/links/abc"],
  ])("names %s as %s (§3.4.1.2)", (written, named) => {
    expect(baseStringUri(new URL(written))).toBe(named);
  });

  test.each([
    ["a-Z_0.9~", "a-Z_0.9~"],
    [" +&=", "%20%2B%26%3D"],
    ["!'()*", "%21%27%28%29%2A"],
    ["ü€😀", "%C3%BC%E2%82%AC%F0%9F%98%80"],
  ])("escapes %j as %j (§3.6)", (text, escaped) => {
    expect(percentEncode(text)).toBe(escaped);
  });
});

describe("a form", () => {
  test("reads as browsers write it, names as often as they are sent", () => {
    expect(readForm("a=1&&b=x+y%2B&a=&c")).toEqual([
      ["a", "1"],
      ["b", "x y+"],
      ["a", ""],
      ["c", ""],
    ]);
  });

  test.each(["a=%", "a=%zz", "a=%ff", "%C3=1"])("%s is none", (text) => {
    expect(() => readForm(text)).toThrow("percent encoding");
  });

  test("says the same in whatever form it is written", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(wellFormedText(), wellFormedText())), (fields) => {
        expect(readForm(formOf(fields))).toEqual(fields);
      }),
    );
  });
});

describe("a launch's signature", () => {
  test("is right in the example of the LTI 1.1 guide", () => {
    const url = "http://www.imsglobal.org/developers/LTI/test/v1p1/tool.php";
    expect(isSignedWith(formFor(url, formOf(GUIDE_EXAMPLE)), "secret")).toBe(true);
    expect(isSignedWith(formFor(url, formOf(GUIDE_EXAMPLE)), "secre")).toBe(false);
  });

  test("is right as another implementation makes it, by SHA-1 and by SHA-256, whatever is signed", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(wellFormedText(), wellFormedText())),
        wellFormedText(),
        fc.constantFrom("HMAC-SHA1" as const, "HMAC-SHA256" as const),
        fc.constantFrom("", "?a=1&a=%20&b=+c", "?custom_x=%C3%BC"),
        (fields, secret, method, query) => {
          const by = { consumer_key: "key", secret };
          const sent = named(fields);
          const body = signedForm(by, `${LINK}${query}`, sent, { at: AT, method });
          expect(isSignedWith(formFor(`${LINK}${query}`, body), secret)).toBe(true);
        },
      ),
    );
  });

  test("is wrong as soon as anything that is signed is changed, left out or added", () => {
    const by = { consumer_key: "key", secret: "a secret" };
    fc.assert(
      fc.property(
        fc.array(fc.tuple(wellFormedText(), wellFormedText())),
        fc.nat(),
        wellFormedText(),
        fc.constantFrom("value", "name", "leave out", "add"),
        (fields, place, text, change) => {
          const signed = readForm(signedForm(by, LINK, named(fields), { at: AT }));
          const changed = changeOne(signed, place, text, change);
          const claims = readSignatureClaims(signed);
          fc.pre(asSigned(signed) !== asSigned(changed));
          expect(isSignedWith({ url: new URL(LINK), parameters: changed, claims }, by.secret)).toBe(false);
        },
      ),
    );
  });

  test.each([
    ["another host", "https://other.example.com/lti/links/abc"],
    ["another path", "https://play.example.com/lti/links/abd"],
    ["a query", "https://play.example.com/lti/links/abc?x"],
    ["no TLS", "http://play.example.com/lti/links/abc"],
  ])("is wrong at another address: %s", (_what, url) => {
    const by = { consumer_key: "key", secret: "a secret" };
    const body = signedForm(by, LINK, [["user_id", "ana"]], { at: AT });
    expect(isSignedWith(formFor(LINK, body), by.secret)).toBe(true);
    expect(isSignedWith(formFor(url, body), by.secret)).toBe(false);
  });
});

describe("what a launch says about its signature", () => {
  const whole: readonly Parameter[] = [
    ["oauth_consumer_key", "key"],
    ["oauth_signature_method", "HMAC-SHA1"],
    ["oauth_signature", "abc="],
    ["oauth_timestamp", "1767603600"],
    ["oauth_nonce", "n"],
  ];
  const without = (name: string) => whole.filter(([sent]) => sent !== name);

  test("is read", () => {
    expect(readSignatureClaims(whole)).toEqual({
      consumer_key: "key",
      method: "HMAC-SHA1",
      signature: "abc=",
      nonce: "n",
      timestamp_seconds: 1_767_603_600,
    });
  });

  test.each(whole.map(([name]) => name))("%s is needed, once", (name) => {
    expect(codeOf(without(name))).toBe("lti11_parameter_missing");
    expect(codeOf([...without(name), [name, ""]])).toBe("lti11_parameter_missing");
    expect(codeOf([...whole, [name, "again"]])).toBe("lti11_parameter_repeated");
  });

  test.each([
    ["oauth_timestamp", "yesterday", "lti11_parameter_invalid"],
    ["oauth_timestamp", "-1", "lti11_parameter_invalid"],
    ["oauth_timestamp", "1e9", "lti11_parameter_invalid"],
    ["oauth_version", "2.0", "lti11_parameter_invalid"],
    ["oauth_signature_method", "PLAINTEXT", "lti11_signature_method_unsupported"],
    ["oauth_signature_method", "toString", "lti11_signature_method_unsupported"],
    ["oauth_signature_method", "hmac-sha1", "lti11_signature_method_unsupported"],
  ])("%s of %j is refused: %s", (name, value, code) => {
    expect(codeOf([...without(name), [name, value]])).toBe(code);
  });

  test("nothing in it is longer than it needs to be", () => {
    const nonceOf = (length: number) =>
      codeOf([...without("oauth_nonce"), ["oauth_nonce", "x".repeat(length)]]);
    expect([500, 501].map(nonceOf)).toEqual(["", "lti11_parameter_invalid"]);
  });

  function codeOf(parameters: readonly Parameter[]): string {
    try {
      readSignatureClaims(parameters);
      return "";
    } catch (error) {
      return (error as { code: string }).code;
    }
  }
});

const LINK = "https://play.example.com/lti/links/abc";
const AT = new Date("2026-01-05T09:00:00Z");

function wellFormedText() {
  return fc.string({ unit: "binary", maxLength: 20 }).map((text) => text.toWellFormed());
}

/** Their names are none of those that the signature itself uses. */
function named(fields: readonly (readonly [string, string])[]): Parameter[] {
  return fields.map(([name, value]) => [`x${name}`, value]);
}

function changeOne(signed: readonly Parameter[], place: number, text: string, change: string): Parameter[] {
  const index = place % signed.length;
  if (change === "add") return [...signed, [text, text]];
  if (change === "leave out") return signed.filter((_one, other) => other !== index);
  return signed.map(([name, value], other): Parameter => {
    if (other !== index) return [name, value];
    return change === "name" ? [text, value] : [name, text];
  });
}

/** What a signature is of: the signature itself and the order in which things are sent say nothing. */
function asSigned(parameters: readonly Parameter[]): string {
  const signed = parameters.filter(([name]) => name !== "oauth_signature" && name !== "realm");
  return JSON.stringify(signed.map((pair) => JSON.stringify(pair)).sort());
}

/** LTI 1.1 Implementation Guide, Appendix A. */
const GUIDE_EXAMPLE: readonly Parameter[] = [
  ["context_id", "456434513"],
  ["context_label", "SI182"],
  ["context_title", "Design of Personal Environments"],
  ["launch_presentation_css_url", "http://www.imsglobal.org/developers/LTI/test/v1p1/lms.css"],
  ["launch_presentation_document_target", "frame"],
  ["launch_presentation_locale", "en-US"],
  ["launch_presentation_return_url", "http://www.imsglobal.org/developers/LTI/test/v1p1/lms_return.php"],
  [
    "lis_outcome_service_url",
    "http://www.imsglobal.org/developers/LTI/test/v1p1/common/tool_consumer_outcome.php?b64=MTIzNDU6OjpzZWNyZXQ=",
  ],
  ["lis_person_contact_email_primary", "user@school.edu"],
  ["lis_person_name_family", "Public"],
  ["lis_person_name_full", "Jane Q. Public"],
  ["lis_person_name_given", "Given"],
  ["lis_person_sourcedid", "school.edu:user"],
  ["lis_result_sourcedid", "feb-123-456-2929::28883"],
  ["lti_message_type", "basic-lti-launch-request"],
  ["lti_version", "LTI-1p0"],
  ["oauth_callback", "about:blank"],
  ["oauth_consumer_key", "12345"],
  ["oauth_nonce", "93ac608e18a7d41dec8f7219e1bf6a17"],
  ["oauth_signature_method", "HMAC-SHA1"],
  ["oauth_timestamp", "1348093590"],
  ["oauth_version", "1.0"],
  ["resource_link_description", "A weekly blog."],
  ["resource_link_id", "120988f929-274612"],
  ["resource_link_title", "Weekly Blog"],
  ["roles", "Instructor"],
  ["tool_consumer_info_product_family_code", "ims"],
  ["tool_consumer_info_version", "1.1"],
  ["tool_consumer_instance_description", "University of School (LMSng)"],
  ["tool_consumer_instance_guid", "lmsng.school.edu"],
  ["user_id", "292832126"],
  ["oauth_signature", "QWgJfKpJNDrpncgO9oXxJb8vHiE="],
];
