/** What launches over LTI bring beside themselves is remembered in one statement for all that come at once, and for most is known. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { Fault } from "../../../src/core/faults.ts";
import type { LtiMessage } from "../../../src/core/lti/message.ts";
import type { Context } from "../../../src/flows/context.ts";
import { keepLaunch } from "../../../src/flows/keepLaunch.ts";
import { openByMessage } from "../../../src/flows/lti/openByMessage.ts";
import { openByTicket } from "../../../src/flows/lti/openByTicket.ts";
import { rememberLaunch } from "../../../src/flows/lti/rememberTogether.ts";
import { rememberLaunches } from "../../../src/store/lti/rememberLaunches.ts";
import { type TestGateway, testGateway } from "../../support/gateway.ts";
import type { MessageWishes } from "../../support/lti/messages.ts";
import {
  type Came,
  type Course,
  come,
  courseWithLink,
  messageFrom,
  toRemember,
} from "../../support/lti/remembered.ts";

let gateway: TestGateway;
let context: Context;
let course: Course;
/** How many launches each statement was about. */
let batches: number[] = [];

beforeAll(async () => {
  gateway = await testGateway();
});
beforeEach(async () => {
  await gateway.empty();
  course = await courseWithLink(gateway);
  context = watched(gateway.context);
  batches = [];
});
afterAll(() => gateway.close());

function watched(of: Context): Context {
  const { quick } = of.db;
  const query: typeof quick.query = (statement, parameters = []) => {
    if (statement.startsWith("/* remember launches */"))
      batches.push(JSON.parse(String(parameters[0])).length);
    return quick.query(statement, parameters);
  };
  return { ...of, db: { ...of.db, quick: { query } } };
}

const WHOS = Array.from({ length: 16 }, (_, index) => `learner-${String(index).padStart(2, "0")}`);

const launched = (who: string, wishes?: MessageWishes) => come(context, messageFrom(course, who, wishes));
const remembered = ({ opening, message }: Came) => rememberLaunch(context, opening, message);
const launchAll = (whos: readonly string[], wishes?: MessageWishes) =>
  Promise.all(whos.map((who) => launched(who, wishes)));

const rows = <Row extends object>(statement: string) => gateway.context.db.query<Row>(statement);
const countOf = async (table: string) =>
  (await rows<{ rows: number }>(`select count(*)::integer as rows from ${table}`))[0]?.rows;
const emails = async () =>
  (
    await rows<{ value: string }>(
      `select evidence.value from identity_evidence as evidence join identity on identity.id = evidence.identity_id
       where type = 'email' order by identity.value, current_since`,
    )
  ).map(({ value }) => value);
/** A row that is written anew has another place, if only as it was before. */
const versions = async () => {
  const tables = [
    "grade_target",
    "identity_evidence",
    "lti_context",
    "lti_member",
    "deactivation_suggestion",
  ];
  return Promise.all(
    tables.map((table) => rows(`select ctid::text, xmin::text, xmax::text from ${table} order by ctid`)),
  );
};

describe("many at once from one course", () => {
  test("are one statement: a target and evidence for each, one course, all its members", async () => {
    const came = await launchAll(WHOS);
    await Promise.all(came.map(remembered));
    expect(batches).toEqual([WHOS.length]);
    expect(await countOf("grade_target")).toBe(WHOS.length);
    expect(await emails()).toEqual(WHOS.map((who) => `${who}@school.example`));
    expect(await rows("select title, due_at is not null as due from lti_context")).toEqual([
      { title: "Induction", due: true },
    ]);
    expect(await countOf("lti_member")).toBe(WHOS.length);
  });

  test("that come back with nothing new write nothing, lock nothing, and commit nothing", async () => {
    const came = await launchAll(WHOS);
    await Promise.all(came.map(remembered));
    const before = await versions();
    gateway.clock.advance({ hours: 1 });
    const launches = came.map((one) => toRemember(context, one));
    const [transaction] = await context.db.transaction(async (sql) => {
      await rememberLaunches(sql, launches);
      return sql.query("select pg_current_xact_id_if_assigned()::text as id");
    });
    expect(transaction).toEqual({ id: null });
    expect(await versions()).toEqual(before);
  });

  test("each hear when their own attempt was last saved", async () => {
    const came = await launchAll(["ana", "ben", "cleo"]);
    const ben = came[1] as Came;
    gateway.clock.advance({ seconds: 5 });
    await keepLaunch(context, {
      token: ben.opening.token,
      sequence: 1,
      changes: { lesson: { "cmi.core.lesson_location": "page-3" } },
      rollup: null,
      session_seconds: {},
      marker_acknowledged: false,
      closing: false,
    });
    expect(await Promise.all(came.map(remembered))).toEqual([null, gateway.clock.now(), null]);
    expect(batches).toEqual([3]);
  });

  test("of whom one can't be remembered: that one fails alone", async () => {
    const came = await launchAll(WHOS.slice(0, 5));
    const bad = came[3] as Came;
    const registration_id = "019b8d62-7a80-7a6a-b440-aafbc824f8b4";
    came[3] = { ...bad, message: { ...bad.message, registration_id } };
    const outcomes = await Promise.allSettled(came.map(remembered));
    expect(outcomes.map(({ status }) => status)).toEqual([
      "fulfilled",
      "fulfilled",
      "fulfilled",
      "rejected",
      "fulfilled",
    ]);
    expect(await countOf("grade_target")).toBe(4);
    expect(await countOf("lti_member")).toBe(4);
  });

  test("while the store is away are all told so, and it is asked once", async () => {
    const came = await launchAll(WHOS);
    const away = new Fault("store_unavailable", "The database is away.");
    let asked = 0;
    const query = () => {
      asked++;
      return Promise.reject(away);
    };
    const cut = { ...context, db: { ...context.db, quick: { query } } };
    const outcomes = await Promise.allSettled(
      came.map(({ opening, message }) => rememberLaunch(cut, opening, message)),
    );
    expect(outcomes).toEqual(WHOS.map(() => ({ status: "rejected", reason: away })));
    expect(asked).toBe(1);
  });

  test("whose LMS calls the course differently: the newest counts", async () => {
    const ana = await launched("ana", { context: { id: "course-1", title: "Induction" } });
    const ben = await launched("ben", { context: { id: "course-1", title: "Induction 2026" } });
    const first = toRemember(context, ben);
    gateway.clock.advance({ seconds: -1 });
    await rememberLaunches(context.db, [first, toRemember(context, ana)]);
    expect(await rows("select title from lti_context")).toEqual([{ title: "Induction 2026" }]);
    expect(await countOf("lti_member")).toBe(2);
  });
});

describe("evidence", () => {
  test("of several who are another each time is trimmed, for each by itself", async () => {
    for (let number = 10; number < 25; number++) {
      gateway.clock.advance({ seconds: 1 });
      const came = await Promise.all(
        ["ana", "ben"].map((who) => launched(who, { person: { email: `${who}-${number}@school.example` } })),
      );
      const cleo = await launched("cleo");
      await Promise.all([...came, cleo].map(remembered));
    }
    const newest = [16, 17, 18, 19, 20, 21, 22, 23, 24];
    expect(await emails()).toEqual([
      ...[10, ...newest].map((number) => `ana-${number}@school.example`),
      ...[10, ...newest].map((number) => `ben-${number}@school.example`),
      "cleo@school.example",
    ]);
  });

  test("that turns back is in force again", async () => {
    for (const email of ["ana@school.example", "ana@home.example", "ana@school.example"]) {
      gateway.clock.advance({ seconds: 1 });
      await remembered(await launched("ana", { person: { email } }));
    }
    expect(await emails()).toEqual(["ana@home.example", "ana@school.example"]);
  });
});

describe("one after the other", () => {
  test("go two launches of one learner: what the later one says is what is known", async () => {
    const ags = (line_item_url: string) => ({
      grades: { type: "ags", line_item_url, line_items_url: null, scopes: [] } as const,
    });
    const first = await launched("ana", ags("https://lms.example.com/line-items/1"));
    const second = await launched("ana", ags("https://lms.example.com/line-items/2"));
    await Promise.all([first, second].map(remembered));
    expect(batches).toEqual([1, 1]);
    expect(await rows("select line_item_url from grade_target")).toEqual([
      { line_item_url: "https://lms.example.com/line-items/2" },
    ]);
  });
});

describe("a line item", () => {
  test("that was found stays known where the platform names none", async () => {
    const ana = await launched("ana");
    await remembered(ana);
    const url = "https://lms.example.com/line-items/7";
    await gateway.context.db.query("update grade_target set line_item_url = $1", [url]);
    const renamed = { ...ana.message, resource_link: { id: "link-1", title: "Kitchen safety 2" } };
    await remembered({ ...ana, message: renamed });
    expect(await rows("select title, line_item_url from grade_target")).toEqual([
      { title: "Kitchen safety 2", line_item_url: url },
    ]);
  });
});

describe("a course, and who is in it", () => {
  const seen = () =>
    rows(`select lti_context.seen_at as course, lti_member.seen_at as member, left_at
      from lti_context join lti_member on lti_member.context_id = lti_context.id`);

  test("are noted again after a day, and not before", async () => {
    const ana = await launched("ana");
    const first = gateway.clock.now();
    await remembered(ana);
    gateway.clock.advance({ hours: 24 });
    await remembered(ana);
    expect(await seen()).toEqual([{ course: first, member: first, left_at: null }]);
    gateway.clock.advance({ seconds: 1 });
    await remembered(ana);
    const now = gateway.clock.now();
    expect(await seen()).toEqual([{ course: now, member: now, left_at: null }]);
  });

  test("are noted at once where the learner had left", async () => {
    const ana = await launched("ana");
    await remembered(ana);
    await gateway.context.db.query("update lti_member set left_at = seen_at");
    await remembered(ana);
    expect(await seen()).toMatchObject([{ left_at: null }]);
  });
});

test("a launch that brings nothing but itself leaves nothing, and hears when its attempt was saved", async () => {
  const person = { name: "", given_name: "", family_name: "", email: "", sourcedid: "" };
  const ana = await launched("ana", { grades: null, memberships_url: null, person });
  expect(await remembered(ana)).toBeNull();
  expect(await versions()).toEqual([[], [], [], [], []]);
});

describe("a ticket", () => {
  async function ticketOf(message: LtiMessage): Promise<string> {
    const opened = await openByMessage(context, message, false);
    if (opened.type !== "allowed") throw new Error(`Denied: ${opened.code}`);
    return opened.player_url.slice(opened.player_url.indexOf("#") + 1);
  }
  async function exchanged(ticket: string) {
    const { opening } = await openByTicket(context, ticket, null, () => undefined);
    if (opening.type !== "allowed") throw new Error(`Denied: ${opening.code}`);
    return opening;
  }

  test("whose attempt was saved meanwhile is decided again, and remembered once", async () => {
    const before = await exchanged(await ticketOf(messageFrom(course, "ana")));
    const ticket = await ticketOf(messageFrom(course, "ana"));
    await keepLaunch(context, {
      token: before.token,
      sequence: 1,
      changes: { lesson: { "cmi.core.lesson_location": "page-3" } },
      rollup: null,
      session_seconds: {},
      marker_acknowledged: false,
      closing: false,
    });
    batches = [];
    expect((await exchanged(ticket)).attempt.saved_at).not.toBeNull();
    expect(batches).toEqual([1]);
  });

  test("of a launch that a process decided is remembered by the one that is asked for it", async () => {
    const ticket = await ticketOf(messageFrom(course, "ana"));
    const other = watched(gateway.secondProcess());
    const { opening } = await openByTicket(other, ticket, null, () => undefined);
    expect(opening.type).toBe("allowed");
    expect(await countOf("grade_target")).toBe(1);
    expect(await countOf("lti_member")).toBe(1);
  });
});
