/** Deep linking: what is offered inside the LMS, and the pages on which it is (docs/deep-linking.md). */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import supertest from "supertest";
import { LANGUAGES } from "../../../src/core/languages.ts";
import { closeAccount } from "../../../src/flows/changeAccount.ts";
import { changeLicense, pauseLicense } from "../../../src/flows/changeLicense.ts";
import { changeConnection } from "../../../src/flows/connections.ts";
import { deliver } from "../../../src/flows/deliveries.ts";
import type { Sql } from "../../../src/store/db.ts";
import { pageOfCatalog } from "../../../src/store/lti/catalog.ts";
import { BY } from "../../support/fixtures.ts";
import {
  firstOf,
  type PickingPage,
  type PickingWorld,
  pickingWorld,
  titlesOf,
} from "../../support/lti/picking.ts";

let world: PickingWorld;
beforeAll(async () => {
  world = await pickingWorld();
});
beforeEach(() => world.empty());
afterAll(() => world.close());

describe("what is offered", () => {
  test("the courses of each license, told from their twins by kind and short id", async () => {
    const { course_id } = await world.gateway.course("Kitchen safety");
    await world.gateway.volume([10], { account: world.account, course_id });
    await world.gateway.payPerUse({ account: world.account, course_id });
    await world.gateway.course("Of no license yet");
    const page = await world.door.begin(world.asked());
    expect(page.answer.status).toBe(200);
    expect(titlesOf(page)).toEqual(["Kitchen safety", "Kitchen safety"]);
    const marks = page.offered.map(({ title }) => / \[(.*) · \w{4}\]$/.exec(title)?.[1]);
    expect(marks.sort()).toEqual(["Pay per use", "Volume"]);
    expect(page.html).toContain("For “Food &amp; drink”");
  });

  test("every course of a license for the whole catalog, in order of their titles", async () => {
    for (const title of ["bread", "Apples", "Cheese"]) await world.gateway.course(title);
    await world.gateway.sell("population", {
      account: world.account,
      quantity: 5,
      course_id: (await world.gateway.course("Dates")).course_id,
    });
    expect(titlesOf(await world.door.begin(world.asked()))).toEqual(["Apples", "bread", "Cheese", "Dates"]);
  });

  test("nothing of another account", async () => {
    await world.gateway.volume([10]);
    const page = await world.door.begin(world.asked());
    expect(page.offered).toEqual([]);
    expect(page.html).toContain("No licenses yet");
    expect(page.html).not.toContain('value="add"');
  });

  test("paused licenses, which say so; none that have ended, no retired course and no pilot", async () => {
    const { context, clock } = world.gateway;
    const paused = await world.volumeOf("Paused");
    await pauseLicense(context, BY, world.account.account_id, paused.license_id, true);
    const ended = await world.volumeOf("Ended");
    await changeLicense(context, BY, ended, { ends_at: new Date(clock.now().getTime() + 1000) });
    const retired = await world.volumeOf("Retired");
    await context.db.query("update course set retired_at = $2 where id = $1", [
      retired.course_id,
      clock.now(),
    ]);
    const pilot = await world.volumeOf("Pilot");
    await context.db.query("update license set pilot = true where id = $1", [pilot.license_id]);
    clock.advance({ seconds: 1 });
    const page = await world.door.begin(world.asked());
    expect(titlesOf(page)).toEqual(["Paused"]);
    expect(page.html).toContain("Paused: nobody new gets in for now");
  });

  test("no license whose last lot has ended; one whose contract has ended, to be seen and not picked", async () => {
    await world.volumeOf("Used up");
    const { course_id } = await world.gateway.course("Without a contract");
    await world.gateway.payPerUse({ account: world.account, course_id });
    await world.gateway.context.db.query("update contract set ends_at = starts_at + interval '1 day'");
    world.gateway.clock.advance({ days: 400 });
    const page = await world.door.begin(world.asked());
    expect(page.html).toContain("Ended: opens nothing any more");
    expect(page.html).not.toContain("Used up");
    expect(page.offered).toEqual([]);
  });

  test("nothing of an account that was closed", async () => {
    await world.volumeOf("Kitchen safety");
    await closeAccount(world.gateway.context, BY, world.account.account_id);
    expect((await world.door.begin(world.asked())).offered).toEqual([]);
  });
});

describe("search and pages", () => {
  test("by a part of the title, by the delivery's label, by the short id, and by kind", async () => {
    const { context } = world.gateway;
    const bread = await world.volumeOf("Baking bread");
    const cake = await world.volumeOf("Baking cake");
    await world.gateway.payPerUse({
      account: world.account,
      course_id: (await world.gateway.course("Knives")).course_id,
    });
    const order = { ...world.account, ...cake, course_id: null, format: "lti", label: "Berlin" } as const;
    await deliver(context, BY, order);
    const page = await world.door.begin(world.asked());
    const found = async (search: string, kind = "") =>
      titlesOf(
        await page.press("search", [
          ["search", search],
          ["kind", kind],
        ]),
      );
    expect(await found("BAKING")).toEqual(["Baking bread", "Baking cake"]);
    expect(await found("berl")).toEqual(["Baking cake"]);
    const [row] = await context.db.query<{ short_id: string }>("select short_id from license where id = $1", [
      bread.license_id,
    ]);
    expect(await found(row?.short_id.toLowerCase() ?? "")).toEqual(["Baking bread"]);
    expect(await found("", "pay_per_use")).toEqual(["Knives"]);
    expect(await found("baking", "pay_per_use")).toEqual([]);
    const nothing = await page.press("search", [["search", "100%_"]]);
    expect(nothing.html).toContain("Nothing found");
  });

  test("forward and back: each course once, in order, with twins of one title", async () => {
    for (let number = 0; number < 60; number++)
      await world.gateway.course(number % 3 === 0 ? "Twin" : `Course ${String(number).padStart(2, "0")}`);
    await world.gateway.sell("population", {
      account: world.account,
      quantity: 5,
      course_id: (await world.gateway.course("Zebra")).course_id,
    });
    const pages: PickingPage[] = [await world.door.begin(world.asked())];
    while (pages.at(-1)?.html.includes('value="next"'))
      pages.push((await pages.at(-1)?.press("next")) as PickingPage);
    const places = pages.map(({ offered }) => offered.map(({ place }) => place));
    expect(places.map(({ length }) => length)).toEqual([25, 25, 11]);
    expect(new Set(places.flat()).size).toBe(61);
    const titles = pages.flatMap(titlesOf);
    expect(titles).toEqual(titles.toSorted());
    const back = await pages[2]?.press("previous");
    expect(back?.offered.map(({ place }) => place)).toEqual(places[1]);
    const first = await back?.press("previous");
    expect(first?.offered.map(({ place }) => place)).toEqual(places[0]);
    expect(first?.html).not.toContain('value="previous"');
  });

  test("reads few rows of many: each page is found by the index of titles", async () => {
    const { context, clock } = world.gateway;
    const { course_id, version_id } = await world.gateway.course("Zebra");
    await world.gateway.sell("population", { account: world.account, quantity: 5, course_id });
    await context.db.query(
      `insert into course (id, title, current_version_id, created_at)
       select gen_random_uuid(), 'Course ' || number, $1, $2 from generate_series(1, 20000) as number`,
      [version_id, clock.now()],
    );
    await context.db.query("analyze course");
    const page = await (await world.door.begin(world.asked())).press("next");
    expect(page.offered).toHaveLength(25);
    const read: string[] = [];
    const explained = {
      query: async (statement: string, parameters?: readonly unknown[]) => {
        const plan = await context.db.query<{ "QUERY PLAN": string }>(`explain ${statement}`, parameters);
        read.push(plan.map((row) => row["QUERY PLAN"]).join("\n"));
        return [];
      },
    };
    const [license_id = "", course = ""] = (page.offered.at(-1)?.place ?? "").split(".");
    for (const backwards of [false, true])
      await pageOfCatalog(
        explained as Sql,
        { ...world.account, at: clock.now() },
        { search: "", kind: null, delivered: false },
        { most: 26, from: { license_id, course_id: course }, backwards },
      );
    expect(read).toHaveLength(2);
    for (const plan of read) {
      expect(plan).toContain("course_by_title");
      expect(plan).not.toContain("Seq Scan on course\n");
    }
  });
});

describe("the pages", () => {
  test("speak the platform's language, else the browser's", async () => {
    for (const language of LANGUAGES) {
      const { html } = await world.door.begin(world.asked({ locale: `${language}_XX` }));
      expect(html).toContain(`<html lang="${language}">`);
    }
  });

  test("are framed by the platform's own pages alone, and send nowhere else", async () => {
    const { account_id, connection_id } = world.account;
    const change = { allowed_origins: ["https://portal.example.com"] };
    await changeConnection(world.gateway.context, BY, account_id, connection_id, change, () => undefined);
    const { answer } = await world.door.begin(world.asked());
    const policy = String(answer.headers["content-security-policy"]);
    expect(policy).toContain(
      `frame-ancestors 'self' https://lms.example.com ${world.platform.origin} https://portal.example.com`,
    );
    expect(policy).toContain("script-src 'self'");
    expect(policy).toContain("form-action 'self';");
    expect(answer.headers).not.toHaveProperty("x-frame-options");
    expect(answer.headers).not.toHaveProperty("cross-origin-opener-policy");
    expect(answer.headers).not.toHaveProperty("set-cookie");
  });

  test("take hostile titles, and hostile forms, for what they are", async () => {
    await world.volumeOf("<script>alert(1)</script> \"'&");
    const page = await world.door.begin(
      world.asked({ context: { id: "1", title: "<img src=x onerror=alert(1)>" } }),
    );
    expect(page.html).not.toContain("<script>alert");
    expect(page.html).not.toContain("<img");
    const { place } = firstOf(page);
    const session = page.fields.get("session") ?? "";
    const hostile: (readonly (readonly [string, string])[])[] = [
      [
        ["session", session],
        ["session", session],
        ["go", "add"],
        ["go", "cancel"],
      ],
      [
        ["session", session],
        ["after", "../../etc"],
        ["go", "next"],
      ],
      [
        ["session", session],
        ["before", "00000000-0000-0000-0000-000000000000"],
        ["go", "previous"],
      ],
      [
        ["session", session],
        ["here", `<${place}`],
        ["go", "add"],
      ],
      [
        ["session", session],
        ["search", "\u0000\ud800'; drop table license; --".repeat(100)],
      ],
      [
        ["session", session],
        ["kind", "__proto__\u0000"],
        ["__proto__", "x"],
        ["constructor", "x"],
      ],
      [
        ["session", session],
        ["pick", place],
        [`title.${place}`, "\u0000\u202e"],
        ["go", "add"],
      ],
    ];
    for (const fields of hostile) expect((await world.door.send(fields)).answer.status).toBeLessThan(500);
    const app = supertest(world.gateway.app());
    const host = new URL(world.gateway.context.config.APP_ORIGIN).host;
    const raw = [
      app.post("/lti/catalog").set("Host", host).type("json").send("{"),
      app.post("/lti/catalog").set("Host", host).type("form").send("%%%=%ff&".repeat(5000)),
      app
        .post("/lti/catalog")
        .set("Host", host)
        .type("form")
        .send(`session=${"x".repeat(600_000)}`),
      app.post("/lti/catalog").set("Host", host).set("Content-Type", "text/plain").send("session=x"),
    ];
    for (const request of raw) {
      const { status, text } = await request;
      expect(status).toBeGreaterThanOrEqual(400);
      expect(status).toBeLessThan(500);
      expect(text).not.toMatch(/node_modules|at \w+ \(/);
    }
  });

  test("opened from anywhere but an LMS, it says where it opens", async () => {
    const host = new URL(world.gateway.context.config.APP_ORIGIN).host;
    const { status, text } = await supertest(world.gateway.app())
      .get("/lti/catalog")
      .set("Host", host)
      .set("Accept-Language", "de");
    expect(status).toBe(200);
    expect(text).toContain("Das ist die Kursauswahl");
  });
});
