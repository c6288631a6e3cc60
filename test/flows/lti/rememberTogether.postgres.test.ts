/** On a real Postgres: processes that remember the same people at once, each in its own order, and what it costs with many there. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { claimContexts, type LtiContext, noteMissing } from "../../../src/store/lti/members.ts";
import { type LaunchToRemember, rememberLaunches } from "../../../src/store/lti/rememberLaunches.ts";
import { suggestThoseWhoLeft } from "../../../src/store/lti/suggestions.ts";
import { type TestGateway, testGateway } from "../../support/gateway.ts";
import {
  type Came,
  type Course,
  come,
  courseWithLink,
  messageFrom,
  toRemember,
} from "../../support/lti/remembered.ts";
import { type PostgresServer, startPostgres } from "../../support/postgres.ts";
import { rowsRead } from "../../support/rowsRead.ts";
import { until } from "../../support/until.ts";

let postgres: PostgresServer;
let gateway: TestGateway;
let course: Course;
let came: readonly Came[];
beforeAll(async () => {
  postgres = await startPostgres();
  gateway = await testGateway({ databaseUrl: await postgres.createDatabase() });
}, 120_000);
beforeEach(async () => {
  await gateway.empty();
  course = await courseWithLink(gateway);
  came = await Promise.all(
    Array.from({ length: LEARNERS }, (_, index) => come(gateway.context, messageFrom(course, whoIs(index)))),
  );
  await rememberLaunches(gateway.context.db.quick, launches({}));
});
afterAll(async () => {
  await gateway.close();
  await postgres.remove();
});

const LEARNERS = 32;
const CONTEXTS = 4;
const ROUNDS = 10;
const whoIs = (index: number) => `learner-${index}`;

/** What the LMS says otherwise than before. */
interface News {
  readonly link_title?: string;
  readonly email?: string;
  readonly course_title?: string;
}

function launches({
  link_title = "Kitchen safety",
  email = "",
  course_title = "",
}: News): LaunchToRemember[] {
  return came.map(({ opening }, index) => {
    const context = `course-${index % CONTEXTS}`;
    const message = messageFrom(course, whoIs(index), {
      context: { id: context, title: `${context} ${course_title}` },
      resource_link: { id: "link-1", title: link_title },
      person: { email: `${whoIs(index)}${email}@school.example` },
    });
    return toRemember(gateway.context, { opening, message });
  });
}

const SUGGEST_ALL = `insert into deactivation_suggestion (account_id, id, learner_id, status, left_at, suggested_at)
  select account_id, gen_random_uuid(), id, 'open', created_at, created_at from learner`;

describe("two processes with the same people in opposite orders, while lists of members end, never deadlock", () => {
  // One kind of rows each: whoever has the first of one kind keeps the other from the rest of them all.
  test.each<[string, (round: number) => News, string | null]>([
    ["where their links are renamed", (round) => ({ link_title: `Kitchen safety ${round}` }), null],
    ["where their addresses change", (round) => ({ email: `-${round}` }), null],
    ["where their courses are renamed", (round) => ({ course_title: `${round}` }), null],
    [
      "where nobody was seen since the day before yesterday",
      () => ({}),
      "update lti_member set seen_at = seen_at - interval '2 days'",
    ],
    ["where all are suggested for deactivation", () => ({}), SUGGEST_ALL],
  ])("%s", async (_where, newsOf, happens) => {
    const { db } = gateway.context;
    const at = gateway.clock.now();
    const contexts = await claimContexts(db, at, at, CONTEXTS);
    const before = await deadlocks();
    for (let round = 1; round <= ROUNDS; round++) {
      if (happens) await db.query(happens);
      await Promise.all([
        rememberLaunches(db.quick, launches(newsOf(round))),
        ...contexts.map(endReading),
        rememberLaunches(db.quick, launches(newsOf(round)).toReversed()),
      ]);
    }
    expect(await deadlocks()).toBe(before);
  });

  async function deadlocks(): Promise<number | undefined> {
    const [row] = await gateway.context.db.query<{ deadlocks: number }>(
      "select deadlocks from pg_stat_database where datname = current_database()",
    );
    return row?.deadlocks;
  }

  /** As `readMembers.ts` does; of whom it names nobody has news. */
  function endReading(context: LtiContext): Promise<unknown> {
    const { db, deps } = gateway.context;
    const at = deps.clock.now();
    return db.transaction(async (sql) => {
      await noteMissing(sql, context, at);
      await suggestThoseWhoLeft(sql, context, deps.newId, at);
    });
  }
});

/** In the order in which their rows are taken. */
const TABLES = [
  "grade_target",
  "identity_evidence",
  "lti_context",
  "lti_member",
  "deactivation_suggestion",
] as const;
type Table = (typeof TABLES)[number];

test.each(TABLES.slice(0, -1).map((table, index) => [table, TABLES.slice(index + 1)] as const))(
  "who waits for a row of %s has none yet of what comes after",
  async (table, after) => {
    const { db } = gateway.context;
    const { clock } = gateway;
    await db.query(SUGGEST_ALL);
    await db.query("update lti_member set left_at = seen_at");
    // They turn back to the address that they had at first.
    clock.advance({ seconds: 1 });
    await rememberLaunches(
      db.quick,
      launches({ email: "-2" }).map((launch) => ({ ...launch, context: null })),
    );
    clock.advance({ seconds: 1 });
    const all = await Promise.all(after.map(countFree));
    let remembering: Promise<unknown> = Promise.resolve();
    await db.transaction(async (sql) => {
      await sql.query(`select from ${table} for update`);
      remembering = rememberLaunches(
        db.quick,
        launches({ link_title: "Another", course_title: "2" }).toReversed(),
      );
      await until("it waits", async () => (await waiting()) > 0, 10);
      expect(await Promise.all(after.map(countFree))).toEqual(all);
    });
    await remembering;
    const [open] = await db.query("select from deactivation_suggestion where status = 'open'");
    expect(open).toBeUndefined();
  },
);

async function countFree(table: Table): Promise<number> {
  const free = await gateway.context.db.query(`select from ${table} for update skip locked`);
  return free.length;
}

async function waiting(): Promise<number> {
  const rows = await gateway.context.db.query("select from pg_locks where not granted");
  return rows.length;
}

test("what is looked at for learners who come back does not grow with all that is known", async () => {
  const { db } = gateway.context;
  const returning = launches({}).slice(0, 16);
  await rowsRead(db);
  // Planned on connections that know all but empty tables.
  for (let times = 0; times < 30; times++) await rememberLaunches(db.quick, returning);
  await addStrangers(5000);
  const before = await rowsRead(db);
  await rememberLaunches(db.quick, returning);
  expect(((await rowsRead(db)) - before) / returning.length).toBeLessThan(20);
});

/** As if that many more had come from the same courses by the same links. */
async function addStrangers(count: number): Promise<void> {
  const fields: Readonly<Record<string, string>> = {
    learner: "id",
    identity: "id, value_hash",
    attempt: "id, learner_id",
    grade_target: "id, attempt_id",
    identity_evidence: "identity_id",
    lti_context: "id, context_hash",
    lti_member: "learner_id",
    deactivation_suggestion: "id, learner_id",
  };
  const { db } = gateway.context;
  await db.query(SUGGEST_ALL);
  await db.transaction(async (sql) => {
    // Nobody looks whether what they point at is there.
    await sql.query("set local session_replication_role = replica");
    for (const [table, ids] of Object.entries(fields)) {
      const [columns] = await sql.query<{ names: string }>(
        `select string_agg(quote_ident(column_name), ', ') as names from information_schema.columns
         where table_name = $1 and table_schema = 'public' and is_generated = 'NEVER'`,
        [table],
      );
      const anew = ids.split(", ").map((field) => `'${field}', gen_random_uuid()`);
      await sql.query(
        `insert into ${table} (${columns?.names}) select ${columns?.names}
         from (select to_jsonb(${table}) as json from ${table} limit 1) as one
         cross join generate_series(1, ${count}) as stranger
         cross join jsonb_populate_record(null::${table}, one.json || jsonb_build_object(${anew}, 'stranger', stranger))`,
      );
    }
  });
}
