/** Deep linking: what is added to the LMS, by whom, and what the LMS is told (docs/deep-linking.md). */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { changeAccount } from "../../../src/flows/changeAccount.ts";
import { changeLicense } from "../../../src/flows/changeLicense.ts";
import { changeConnection } from "../../../src/flows/connections.ts";
import { deliver } from "../../../src/flows/deliveries.ts";
import { ltiArrival } from "../../../src/flows/lti/ltiArrival.ts";
import { openLaunch } from "../../../src/flows/openLaunch.ts";
import { pageOfAudit } from "../../../src/store/audit.ts";
import { ALL_ROWS, BY } from "../../support/fixtures.ts";
import { INSTRUCTOR, ltiMessage } from "../../support/lti/messages.ts";
import {
  ADMINISTRATOR_ROLE,
  firstOf,
  type PickingPage,
  type PickingWorld,
  pickingWorld,
  readResponse,
  titlesOf,
} from "../../support/lti/picking.ts";
import { DEEP_LINKING, LTI } from "../../support/lti/platform.ts";

let world: PickingWorld;
beforeAll(async () => {
  world = await pickingWorld();
});
beforeEach(() => world.empty());
afterAll(() => world.close());

const itemsOf = async (page: PickingPage) =>
  (await readResponse(world.gateway.context, page))[`${DEEP_LINKING}content_items`] as Record<
    string,
    unknown
  >[];

describe("an instructor who picks a course before ever opening one", () => {
  test("is a test identity where the vendor allows it, and opens what they added without a seat", async () => {
    const license = await world.volumeOf("Apples");
    const { context } = world.gateway;
    const { account_id } = license;
    await changeAccount(context, BY, account_id, { instructors_are_test_identities: true }, () => undefined);
    const page = await world.door.begin(world.asked());
    await page.press("add", [["pick", firstOf(page).place]]);
    const [link] = await world.deliveriesOf(account_id);
    const message = ltiMessage(
      { ...license, delivery_key: link?.key ?? "" },
      { roles: [INSTRUCTOR], person: { id: "teacher-1" } },
    );
    expect((await openLaunch(context, ltiArrival(message))).type).toBe("allowed");
    expect(await world.gateway.launches(license)).toMatchObject([{ outcome: "test" }]);
    expect(await world.gateway.seats(license)).toEqual([]);
    const marked = { account_id, action: "learner.mark_test" };
    expect(await pageOfAudit(context.db, marked, ALL_ROWS)).toMatchObject([
      { actor: "gateway", after: { test: true } },
    ]);
  });
});

describe("what is added", () => {
  test("a link for each, in an answer that our key signs, to whoever asked and with what they sent", async () => {
    await world.volumeOf("Apples");
    await world.volumeOf("Bread");
    // A platform that does not say whether it takes line items: then no grade is proposed.
    const message = world.asked({ accept_lineitem: null });
    const page = await world.door.begin(message);
    const [apples, bread] = page.offered.map(({ place }) => place);
    const answered = await page.press("add", [
      ["pick", `${bread}`],
      ["pick", `${apples}`],
      [`title.${bread}`, "  Our bread  "],
      [`grade.${apples}`, "on"],
    ]);
    expect(answered.html).toContain(`action="${message.return_url.replaceAll("&", "&amp;")}"`);
    const deliveries = await world.deliveriesOf(world.account.account_id);
    expect(deliveries).toHaveLength(2);
    expect(deliveries.every(({ connection_id }) => connection_id === world.account.connection_id)).toBe(true);
    const claims = await readResponse(world.gateway.context, answered);
    expect(claims).toMatchObject({
      iss: world.platform.client_id,
      aud: world.platform.issuer,
      [`${LTI}deployment_id`]: "deployment-1",
      [`${LTI}message_type`]: "LtiDeepLinkingResponse",
      [`${LTI}version`]: "1.3.0",
      [`${DEEP_LINKING}data`]: message.data,
      [`${DEEP_LINKING}msg`]: "Courses added: 2",
    });
    const items = await itemsOf(answered);
    expect(items.map(({ title }) => title)).toEqual([
      "Our bread",
      expect.stringMatching(/^Apples \[Volume · \w{4}\]$/),
    ]);
    const keys = items.map(({ custom }) => (custom as { delivery: string }).delivery);
    expect([...keys].sort()).toEqual(deliveries.map(({ key }) => key).sort());
    const [breadKey, applesKey] = keys;
    expect(items[0]).toMatchObject({
      type: "ltiResourceLink",
      url: `${world.gateway.context.config.APP_ORIGIN}/lti/links/${breadKey}`,
    });
    expect(items[0]).not.toHaveProperty("lineItem");
    expect(items[1]).toMatchObject({ lineItem: { scoreMaximum: 100, resourceId: applesKey } });
  });

  test("a module's item in Canvas, without a grade unless it is ticked; an assignment, with one", async () => {
    await world.volumeOf("Apples");
    const pickedAt = async (placement: string) => {
      const page = await world.door.begin(world.asked({ placement, accept_lineitem: null }));
      const { place } = firstOf(page);
      return {
        isTicked: page.html.includes(
          `id="${place}-grade" type="checkbox" name="grade.${place}" value="on" checked`,
        ),
      };
    };
    expect(await pickedAt("link_selection")).toEqual({ isTicked: false });
    expect(await pickedAt("assignment_selection")).toEqual({ isTicked: true });
  });

  test("what was selected stays so, with its title and grade, wherever one looks next", async () => {
    await world.volumeOf("Apples");
    await world.volumeOf("Bread");
    const page = await world.door.begin(world.asked());
    const { place } = firstOf(page);
    const chosen = [
      ["pick", place],
      [`title.${place}`, "Our apples"],
      ["search", "bread"],
    ] as const;
    const searched = await page.press("search", chosen);
    expect(titlesOf(searched)).toEqual(["Our apples", "Bread"]);
    expect(searched.html).toContain("1 selected");
    const added = await searched.press("add");
    expect(await itemsOf(added)).toMatchObject([{ title: "Our apples", lineItem: { label: "Our apples" } }]);
  });

  test("pressed twice, or by two at once: the same deliveries", async () => {
    await world.volumeOf("Apples");
    const page = await world.door.begin(world.asked());
    const add = async () => itemsOf(await page.press("add", [["pick", firstOf(page).place]]));
    const first = await add();
    const others = await Promise.all([add(), add()]);
    for (const items of others) expect(items).toEqual(first);
    expect(await world.deliveriesOf(world.account.account_id)).toHaveLength(1);
  });

  test("a delivery that an administrator made before, with its label in the title", async () => {
    const license = await world.volumeOf("Apples");
    const order = { ...world.account, ...license, course_id: null, format: "lti", label: "Berlin" } as const;
    const made = await deliver(world.gateway.context, BY, order);
    const page = await world.door.begin(world.asked());
    expect(page.html).toContain("Already added to this platform");
    const [item] = await itemsOf(await page.press("add", [["pick", firstOf(page).place]]));
    expect(item).toMatchObject({
      title: expect.stringContaining("[Volume · Berlin · "),
      custom: { delivery: made.key },
    });
  });

  test("is audited as by an identity, and names nobody", async () => {
    await world.volumeOf("Apples");
    const page = await world.door.begin(world.asked());
    await page.press("add", [["pick", firstOf(page).place]]);
    const { db } = world.gateway.context;
    const [entry] = await db.query<{ actor: string }>(
      "select * from audit where action = 'delivery.create' order by id desc limit 1",
    );
    const [identity] = await db.query(
      "select 'identity:' || id as actor, namespace, value, name_sent from identity",
    );
    expect(identity).toEqual({
      actor: entry?.actor,
      namespace: "lti:https://lms.example.com",
      value: "teacher-1",
      name_sent: "",
    });
    expect(JSON.stringify([entry, await db.query("select * from learner")])).not.toMatch(/Tea|Cher/);
  });

  test("by somebody whom the platform does not name: the registration did it", async () => {
    await world.volumeOf("Apples");
    const person = {
      id: "",
      name: "",
      given_name: "",
      family_name: "",
      email: "",
      sourcedid: "",
      former: null,
    };
    const page = await world.door.begin(world.asked({ person }));
    await page.press("add", [["pick", firstOf(page).place]]);
    const [entry] = await world.gateway.context.db.query<{ actor: string }>(
      "select actor from audit where action = 'delivery.create' order by id desc limit 1",
    );
    expect(entry?.actor).toBe(`lti_registration:${world.registration_id}`);
  });

  test("nothing, on going back: an empty list, and a word for the platform", async () => {
    await world.volumeOf("Apples");
    const page = await world.door.begin(world.asked());
    const back = await page.press("cancel", [["pick", firstOf(page).place]]);
    expect(await readResponse(world.gateway.context, back)).toMatchObject({
      [`${DEEP_LINKING}content_items`]: [],
      [`${DEEP_LINKING}msg`]: "No courses were added.",
      [`${DEEP_LINKING}data`]: world.asked().data,
    });
    expect(await world.deliveriesOf(world.account.account_id)).toEqual([]);
  });
});

describe("what the platform takes", () => {
  test("one alone: it is chosen among the others, and two are refused", async () => {
    await world.volumeOf("Apples");
    await world.volumeOf("Bread");
    const page = await world.door.begin(world.asked({ accept_multiple: false }));
    expect(page.html).toContain('type="radio"');
    const both = page.offered.map(({ place }) => ["pick", place] as const);
    const refused = await page.press("add", both);
    expect(refused.answer.status).toBe(422);
    expect(refused.html).toContain("takes one course at a time");
    expect(await world.deliveriesOf(world.account.account_id)).toEqual([]);
  });

  test("no line items: none is offered, and none is sent whatever is asked for", async () => {
    await world.volumeOf("Apples");
    const page = await world.door.begin(world.asked({ accept_lineitem: false }));
    expect(page.html).not.toContain("With a grade");
    const { place } = firstOf(page);
    const [item] = await itemsOf(
      await page.press("add", [
        ["pick", place],
        [`grade.${place}`, "on"],
      ]),
    );
    expect(item).not.toHaveProperty("lineItem");
  });

  test("no links: a page says so, and leads back", async () => {
    const page = await world.door.begin(world.asked({ accept_types: ["file", "html"] }));
    expect(page.answer.status).toBe(400);
    expect(page.html).toContain("lti_links_refused");
    expect(page.html).toContain("Courses can't be added in this place");
    expect(await itemsOf(await page.press("cancel"))).toEqual([]);
  });

  test("no data of its own: none is sent back", async () => {
    await world.volumeOf("Apples");
    const page = await world.door.begin(world.asked({ data: null }));
    const claims = await readResponse(world.gateway.context, await page.press("cancel"));
    expect(claims).not.toHaveProperty(`${DEEP_LINKING}data`);
  });
});

describe("who may pick, and how long", () => {
  test("not a learner: a page in words, which leads back to the platform", async () => {
    await world.volumeOf("Apples");
    const roles = ["http://purl.imsglobal.org/vocab/lis/v2/membership#Learner"];
    const page = await world.door.begin(world.asked({ roles }));
    expect(page.answer.status).toBe(403);
    expect(page.html).toContain("lti_role_refused");
    expect(page.html).not.toContain("Apples");
    const adding = await page.press("add");
    expect(adding.answer.status).toBe(403);
    expect(await itemsOf(await page.press("cancel"))).toEqual([]);
  });

  test("where an account wants it so, teachers pick among what administrators added; those add what they like", async () => {
    const { context } = world.gateway;
    const { account_id, connection_id } = world.account;
    const change = { teachers_add_courses: false };
    await changeConnection(context, BY, account_id, connection_id, change, () => undefined);
    const license = await world.volumeOf("Apples");
    await world.volumeOf("Bread");
    const none = await world.door.begin(world.asked());
    expect(none.offered).toEqual([]);
    expect(none.html).toContain("Nothing to choose from yet");
    const administrators = await world.door.begin(world.asked({ roles: [ADMINISTRATOR_ROLE] }));
    expect(titlesOf(administrators)).toEqual(["Apples", "Bread"]);
    const [apples, bread] = administrators.offered.map(({ place }) => place);
    expect(apples).toContain(license.license_id);
    const picks = [["pick", `${apples}`]] as const;
    expect(await itemsOf(await administrators.press("add", picks))).toHaveLength(1);
    const teachers = await world.door.begin(world.asked());
    expect(titlesOf(teachers)).toEqual(["Apples"]);
    const refused = await teachers.press("add", [["pick", `${bread}`]]);
    expect(refused.html).toContain("no longer offered");
    expect(await world.deliveriesOf(account_id)).toHaveLength(1);
  });

  test("for an hour; what is no session of ours says no more than that", async () => {
    await world.volumeOf("Apples");
    const page = await world.door.begin(world.asked());
    world.gateway.clock.advance({ seconds: 3599 });
    expect((await page.press("search")).answer.status).toBe(200);
    world.gateway.clock.advance({ seconds: 1 });
    const late = await page.press("add", [["pick", firstOf(page).place]]);
    expect(late.answer.status).toBe(409);
    expect(late.html).toContain("lti_picking_expired");
    const { place } = firstOf(page);
    for (const session of ["", "x", `${page.fields.get("session")}x`, "a.b"]) {
      const damaged = await world.door.send([
        ["session", session],
        ["pick", place],
        ["go", "add"],
      ]);
      expect(damaged.answer.status).toBe(409);
    }
    expect(await world.deliveriesOf(world.account.account_id)).toEqual([]);
  });

  test("for eight hours in all, however busily: what was learnt from one message is not good for ever", async () => {
    await world.volumeOf("Apples");
    let page = await world.door.begin(world.asked());
    for (let minutes = 50; minutes < 8 * 60; minutes += 50) {
      world.gateway.clock.advance({ seconds: 50 * 60 });
      page = await page.press("search");
      expect(page.answer.status).toBe(200);
    }
    world.gateway.clock.advance({ seconds: 30 * 60 });
    const late = await page.press("add", [["pick", firstOf(page).place]]);
    expect(late.answer.status).toBe(409);
    expect(late.html).toContain("lti_picking_expired");
    expect(await world.deliveriesOf(world.account.account_id)).toEqual([]);
  });

  test("what went out of the offer meanwhile is said, and nothing is added", async () => {
    const license = await world.volumeOf("Apples");
    const page = await world.door.begin(world.asked());
    world.gateway.clock.advance({ seconds: 1 });
    await changeLicense(world.gateway.context, BY, license, { ends_at: world.gateway.clock.now() });
    const refused = await page.press("add", [["pick", firstOf(page).place]]);
    expect(refused.answer.status).toBe(422);
    expect(refused.html).toContain("no longer offered");
    expect(await world.deliveriesOf(world.account.account_id)).toEqual([]);
  });

  test("somebody else's license can't be picked, whatever the form says", async () => {
    const foreign = await world.gateway.volume([5]);
    const page = await world.door.begin(world.asked());
    const place = `${foreign.license_id}.${foreign.course_id}`;
    const refused = await page.press("add", [["pick", place]]);
    expect(refused.html).toContain("no longer offered");
    expect(await world.deliveriesOf(foreign.account_id)).toEqual([]);
  });

  test("nothing selected, and too much at once, are said in words", async () => {
    const page = await world.door.begin(world.asked());
    expect((await page.press("add")).html).toContain("Select at least one course.");
    const many = Array.from(
      { length: 51 },
      () => ["pick", `${world.gateway.context.deps.newId()}.${world.gateway.context.deps.newId()}`] as const,
    );
    expect((await page.press("add", many)).html).toContain("Select at most 50 courses at a time.");
  });
});
