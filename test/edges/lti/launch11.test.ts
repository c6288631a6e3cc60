/** The door of LTI 1.1: what opens a course, and every way in which a launch is refused, each by its own code. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import request, { type Response } from "supertest";
import { Fault } from "../../../src/core/faults.ts";
import { createLot } from "../../../src/flows/buying.ts";
import { revoke } from "../../../src/flows/deliveries.ts";
import { openTicket } from "../../../src/flows/lti/tickets.ts";
import { BY } from "../../support/fixtures.ts";
import { type TestGateway, testGateway } from "../../support/gateway.ts";
import {
  formOf,
  type LaunchFields,
  type SigningWishes,
  signedForm,
  signedLaunch,
} from "../../support/lti/consumer.ts";
import { type Lti11Link, lti11Link } from "../../support/lti/launch11.ts";

let gateway: TestGateway;
let link: Lti11Link;
beforeAll(async () => {
  gateway = await testGateway();
});
afterAll(() => gateway.close());

/** A link that nobody has launched yet; where nothing is let in, one does for all. */
async function anew(): Promise<void> {
  await gateway.empty();
  link = await lti11Link(gateway, await gateway.payPerUse());
}

const bodyOf = (fields: LaunchFields = {}, wishes: Partial<SigningWishes> = {}, by = link) =>
  signedLaunch(by, link.url, fields, { at: gateway.clock.now(), ...wishes });

function post(
  body: string,
  path = new URL(link.url).pathname,
  host = "localhost:8080",
  app = gateway.app(),
): Promise<Response> {
  return request(app)
    .post(path)
    .set({ Host: host, Accept: "text/html", "Content-Type": "application/x-www-form-urlencoded" })
    .send(body);
}

const launch = (fields?: LaunchFields, wishes?: Partial<SigningWishes>) => post(bodyOf(fields, wishes));

/** The code of the refusal's page, which is for people: no stack, nothing of the inside. */
function refusalIn({ text, headers }: Response): string {
  expect(headers["content-type"]).toMatch(/^text\/html/);
  expect(text).not.toMatch(/\bat .*\.(ts|js):\d+|node_modules|select /);
  return /data-code="([a-z0-9_]+)"/.exec(text)?.[1] ?? "";
}

function messageIn({ headers }: Response) {
  const ticket = new URL(headers["location"] ?? "").hash.slice(1);
  return openTicket(gateway.context, ticket, gateway.clock.now()).message;
}

/** Whatever was refused has left nothing. */
const launches = () => gateway.launches(link);

describe("a launch", () => {
  beforeEach(anew);

  test("that is rightly signed leads to the player, and counts as one", async () => {
    const answer = await launch();
    expect(answer.status).toBe(303);
    expect(answer.headers["location"]).toMatch(/^http:\/\/127\.0\.0\.1:8080\/play\/lti#/);
    expect(await launches()).toEqual([expect.objectContaining({ outcome: "allowed" })]);
  });

  test("says who comes, from where, and where their grade goes", async () => {
    const answer = await launch({
      lis_person_name_given: "Ana",
      lis_person_name_family: "Diaz",
      lis_person_sourcedid: "school:ana",
      roles: "urn:lti:role:ims/lis/Learner, Instructor",
      launch_presentation_return_url: "https://lms.school.example/back?x=1",
      launch_presentation_locale: "de_CH",
      lis_outcome_service_url: "https://lms.school.example/outcomes",
      lis_result_sourcedid: "course-1::ana",
    });
    const { account_id, connection_id, consumer_key, delivery_key } = link;
    expect(messageIn(answer)).toEqual({
      version: "1.1",
      account_id,
      connection_id,
      registration_id: null,
      consumer_key,
      delivery_key,
      nonce: expect.stringMatching(/^[\w-]{43}$/),
      namespace: `lti11:${consumer_key}`,
      platform_origin: "https://lms.school.example",
      person: {
        id: "ana",
        name: "Ana Diaz",
        given_name: "Ana",
        family_name: "Diaz",
        email: "ana@school.example",
        sourcedid: "school:ana",
        former: null,
      },
      roles: ["urn:lti:role:ims/lis/Learner", "Instructor"],
      resource_link: { id: "link-1", title: "Kitchen safety" },
      context: { id: "course-1", title: "Induction" },
      presentation: {
        return_url: "https://lms.school.example/back?x=1",
        locale: "de-CH",
        target: "frame",
      },
      grades: {
        type: "outcomes",
        outcome_url: "https://lms.school.example/outcomes",
        result_sourcedid: "course-1::ana",
      },
      memberships_url: null,
    });
  });

  test("puts a name together from its parts where there is no whole one", async () => {
    const parts = { lis_person_name_given: "Ana", lis_person_name_family: "Diaz" };
    const answer = await launch({ ...parts, lis_person_name_full: undefined });
    expect(messageIn(answer).person.name).toBe("Ana Diaz");
  });

  test("leads nobody to what is no web page, and sends no grade there", async () => {
    const hostile = "javascript:alert(1)";
    const answer = await launch({
      launch_presentation_return_url: hostile,
      lis_outcome_service_url: hostile,
      lis_result_sourcedid: "x",
    });
    const { presentation, grades, platform_origin } = messageIn(answer);
    expect([presentation.return_url, grades, platform_origin]).toEqual([null, null, ""]);
  });

  test("may be signed by HMAC-SHA256", async () => {
    expect((await launch({}, { method: "HMAC-SHA256" })).status).toBe(303);
  });

  test("is checked against the origin that is set, whatever host a proxy names", async () => {
    const answer = await request(gateway.app())
      .post(new URL(link.url).pathname)
      .set({ Host: "localhost:8080", "X-Forwarded-Host": "evil.example", Forwarded: "host=evil.example" })
      .type("form")
      .send(bodyOf());
    expect(answer.status).toBe(303);
  });

  test("may hold other parameters, as often as it likes", async () => {
    const fields = [
      ["ext_lms", "a"],
      ["ext_lms", "b"],
      ["custom_ü", "ü"],
    ] as const;
    const ordinary = [
      ["lti_message_type", "basic-lti-launch-request"],
      ["lti_version", "LTI-1p0"],
      ["resource_link_id", "link-1"],
      ["user_id", "ana"],
    ] as const;
    const body = signedForm(link, link.url, [...ordinary, ...fields], { at: gateway.clock.now() });
    expect((await post(body)).status).toBe(303);
  });

  test("may have a query in its address, which is signed too", async () => {
    const url = `${link.url}?unit=2&unit=3`;
    const body = signedLaunch(link, url, {}, { at: gateway.clock.now() });
    const { pathname, search } = new URL(url);
    expect((await post(body, `${pathname}${search}`)).status).toBe(303);
    const again = signedLaunch(link, url, {}, { at: gateway.clock.now() });
    expect(refusalIn(await post(again, `${pathname}?unit=2`))).toBe("lti11_signature_invalid");
  });

  test("without a user is told in words, as a denial", async () => {
    const answer = await launch({ user_id: undefined });
    expect(refusalIn(answer)).toBe("");
    expect(await launches()).toEqual([
      expect.objectContaining({ outcome: "denied", code: "identity_missing" }),
    ]);
  });

  test("through a revoked delivery is denied at once", async () => {
    await launch();
    await revoke(gateway.context, BY, link.account_id, link.delivery_id);
    await launch();
    expect((await launches()).at(-1)).toMatchObject({ outcome: "denied", code: "delivery_revoked" });
  });

  test("what is posted as a form is read as browsers write it", async () => {
    const fields = { resource_link_title: "Küche & Co. +1 (100%)", lis_person_name_full: "Ana  *Díaz*" };
    const message = messageIn(await launch(fields));
    expect([message.resource_link.title, message.person.name]).toEqual([
      fields.resource_link_title,
      fields.lis_person_name_full,
    ]);
    expect(formOf([["a b", "*"]])).toBe("a+b=*");
  });
});

describe("what is refused", () => {
  beforeAll(anew);
  afterEach(async () => {
    expect(await launches()).toEqual([]);
    expect(await gateway.seats(link)).toEqual([]);
  });

  test.each([
    ["a missing message type", { lti_message_type: undefined }, "lti11_parameter_missing"],
    [
      "another message type",
      { lti_message_type: "ContentItemSelectionRequest" },
      "lti11_message_type_unsupported",
    ],
    ["a missing version", { lti_version: undefined }, "lti11_parameter_missing"],
    ["another version", { lti_version: "LTI-2p0" }, "lti11_version_unsupported"],
    ["a missing resource link", { resource_link_id: undefined }, "lti11_parameter_missing"],
    ["a message of LTI 1.3", { id_token: "x.y.z" }, "lti11_message_type_unsupported"],
  ] as const)("%s", async (_what, fields, code) => {
    const answer = await launch(fields);
    expect(answer.status).toBe(400);
    expect(refusalIn(answer)).toBe(code);
  });

  test("a consumer key that no delivery has", async () => {
    for (const consumer_key of ["unknown", "x".repeat(400), "nul\u0000", "' or 1=1"]) {
      const answer = await post(bodyOf({}, {}, { ...link, consumer_key }));
      expect([answer.status, refusalIn(answer)]).toEqual([401, "lti11_consumer_key_unknown"]);
    }
  });

  test("another secret", async () => {
    const answer = await post(bodyOf({}, {}, { ...link, secret: "guessed" }));
    expect([answer.status, refusalIn(answer)]).toEqual([401, "lti11_signature_invalid"]);
  });

  test("a form that was changed on its way", async () => {
    const answer = await post(bodyOf().replace("user_id=ana", "user_id=ben"));
    expect(refusalIn(answer)).toBe("lti11_signature_invalid");
  });

  test("the link of another delivery, however rightly signed, and whoever has it", async () => {
    const others = [
      await lti11Link(gateway, await gateway.payPerUse({ account: link })),
      await lti11Link(gateway, await gateway.payPerUse()),
    ];
    for (const other of others) {
      const body = signedLaunch(other, link.url, {}, { at: gateway.clock.now() });
      const answer = await post(body);
      expect([answer.status, refusalIn(answer)]).toEqual([403, "lti_target_foreign"]);
    }
  });

  test("a link that there is none of", async () => {
    const url = link.url.replace(link.delivery_key, "nobodys-key");
    const body = signedLaunch(link, url, {}, { at: gateway.clock.now() });
    expect(refusalIn(await post(body, new URL(url).pathname))).toBe("lti_target_foreign");
  });

  test.each([
    [-301, "lti11_timestamp_out_of_window"],
    [301, "lti11_timestamp_out_of_window"],
  ])("a launch signed %d s from now", async (seconds, code) => {
    const at = new Date(gateway.clock.now().getTime() + seconds * 1000);
    const answer = await launch({}, { at });
    expect([answer.status, refusalIn(answer)]).toEqual([401, code]);
  });

  test.each([
    ["roles=Learner", "lti11_parameter_repeated"],
    ["user_id=ben", "lti11_parameter_repeated"],
    ["oauth_nonce=again", "lti11_parameter_repeated"],
  ])("%s a second time, signed or not", async (more, code) => {
    expect(refusalIn(await post(`${bodyOf()}&${more}`))).not.toBe("");
    const pairs = [...new URLSearchParams(bodyOf())].filter(([name]) => !name.startsWith("oauth_"));
    const twice = [...pairs, ...new URLSearchParams(more)];
    const body = signedForm(link, link.url, twice, { at: gateway.clock.now() });
    expect(refusalIn(await post(body))).toBe(code);
  });

  test.each([
    ["JSON", "application/json", "{}", 415, "content_type_unsupported"],
    ["nothing", "application/x-www-form-urlencoded", "", 400, "lti11_parameter_missing"],
    ["no UTF-8", "application/x-www-form-urlencoded", "a=%ff", 400, "body_invalid"],
    ["too much", "application/x-www-form-urlencoded", `a=${"x".repeat(70_000)}`, 413, "body_too_large"],
    ["too many", "application/x-www-form-urlencoded", "a=&".repeat(1001), 400, "lti11_parameter_invalid"],
  ])("%s", async (_what, type, body, status, code) => {
    const answer = await request(gateway.app())
      .post(new URL(link.url).pathname)
      .set({ Host: "localhost:8080", Accept: "text/html", "Content-Type": type })
      .send(body);
    expect([answer.status, refusalIn(answer)]).toEqual([status, code]);
  });
});

describe("the page of a refusal", () => {
  beforeAll(anew);

  test("leads back to the LMS, and tells it why", async () => {
    const back = "https://lms.school.example/back?x=1";
    const answer = await post(
      bodyOf({ launch_presentation_return_url: back }, {}, { ...link, secret: "guessed" }),
    );
    const href = /<a href="([^"]+)"/.exec(answer.text)?.[1]?.replaceAll("&amp;", "&") ?? "";
    const url = new URL(href);
    expect(`${url.origin}${url.pathname}`).toBe("https://lms.school.example/back");
    expect(url.searchParams.get("x")).toBe("1");
    expect(url.searchParams.get("lti_errormsg")).not.toBe("");
    expect(url.searchParams.get("lti_errorlog")).toMatch(/^lti11_signature_invalid /);
  });

  test("leads nowhere that is no web page", async () => {
    const answer = await post(
      bodyOf({ launch_presentation_return_url: "javascript:alert(1)" }, {}, { ...link, secret: "guessed" }),
    );
    expect(answer.text).not.toContain("javascript:");
    expect(answer.text).not.toContain("<a ");
  });
});

describe("a link that somebody opens by itself", () => {
  beforeAll(anew);

  test("says that it is for an LMS", async () => {
    const answer = await request(gateway.app())
      .get(new URL(link.url).pathname)
      .set({ Host: "localhost:8080", Accept: "text/html" });
    expect(answer.status).toBe(200);
    expect(answer.text).toContain("learning platform");
  });
});

describe("the same message again", () => {
  beforeEach(anew);

  test("is refused once it was let in", async () => {
    const body = bodyOf();
    expect((await post(body)).status).toBe(303);
    const again = await post(body);
    expect([again.status, refusalIn(again)]).toEqual([409, "lti11_nonce_used"]);
    expect(await launches()).toHaveLength(1);
  });

  test("is the same launch where the answer of the store was lost, as the page sends it that said so", async () => {
    const body = bodyOf();
    const add = async (one: Parameters<typeof gateway.context.launches.add>[0]) => {
      await gateway.context.launches.add(one);
      throw new Fault("store_unavailable", "The database can't be reached.");
    };
    const app = gateway.app({ ...gateway.context, launches: { add } });
    const lost = await post(body, new URL(link.url).pathname, "localhost:8080", app);
    expect(lost.status).toBe(503);
    const unanswered = /name="unanswered" value="([^"]*)"/.exec(lost.text)?.[1] ?? "";
    expect(refusalIn(await post(body))).toBe("lti11_nonce_used");
    expect((await post(`${body}&unanswered=${unanswered}`)).status).toBe(303);
    expect(await launches()).toMatchObject([{ outcome: "allowed", count: 1 }]);
  });

  test("is let in once of twenty at once", async () => {
    const body = bodyOf();
    const answers = await Promise.all(Array.from({ length: 20 }, () => post(body)));
    expect(answers.filter(({ status }) => status === 303)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 409).map(refusalIn)).toEqual(
      Array.from({ length: 19 }, () => "lti11_nonce_used"),
    );
    expect(await launches()).toHaveLength(1);
  });

  test("is another launch under another nonce or at another time", async () => {
    expect((await launch({}, { nonce: "one" })).status).toBe(303);
    expect((await launch({}, { nonce: "two" })).status).toBe(303);
    gateway.clock.advance({ seconds: 1 });
    expect((await launch({}, { nonce: "one" })).status).toBe(303);
  });

  test("of another consumer key is another launch: nonces are each platform's own", async () => {
    const other = await lti11Link(gateway, await gateway.payPerUse());
    expect((await launch({}, { nonce: "one" })).status).toBe(303);
    const body = signedLaunch(other, other.url, {}, { at: gateway.clock.now(), nonce: "one" });
    expect((await post(body, new URL(other.url).pathname)).status).toBe(303);
  });

  test("is let in after it was denied, as soon as nothing stands against it: its page tries again by itself", async () => {
    const full = await lti11Link(gateway, await gateway.volume([1]));
    const { pathname } = new URL(full.url);
    const at = gateway.clock.now();
    expect((await post(signedLaunch(full, full.url, { user_id: "ben" }, { at }), pathname)).status).toBe(303);
    const body = signedLaunch(full, full.url, {}, { at });
    const again = () => post(body, pathname);
    expect(refusalIn(await again())).toBe("");
    expect((await gateway.launches(full)).map(({ code }) => code)).toEqual([null, "no_seats_left"]);
    const { account_id, license_id } = full;
    await createLot(gateway.context, BY, { account_id, license_id, quantity: 1 });
    expect((await again()).status).toBe(303);
  });
});
