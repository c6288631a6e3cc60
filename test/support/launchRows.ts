/** All that launches write, and what they are answered, without ids: to be compared between two ways of opening them. */
import type { Outcome } from "../../src/flows/launch/decideTogether.ts";
import type { Opening } from "../../src/flows/openLaunch.ts";
import { listMiscountedLots } from "../../src/store/licenses.ts";
import type { TestLicense } from "./fixtures.ts";
import type { TestGateway } from "./gateway.ts";

export function openingOf(outcome: Outcome | undefined): Opening {
  if (outcome?.type === "opened") return outcome.opening;
  throw new Error(`not opened: ${JSON.stringify(outcome)}`);
}

export function shapeOf(opening: Opening) {
  if (opening.type === "denied") return { code: opening.code };
  const { number, launches } = opening.attempt;
  const { due, launch_number, opened_at } = opening.claims;
  const states = opening.states.length;
  return {
    number,
    launches,
    due: due?.seconds,
    launch_number,
    opened_at,
    states,
    elsewhere: opening.elsewhere,
  };
}

export async function launchRows({ context: { db } }: TestGateway, licenses: readonly TestLicense[]) {
  const index = new Map(licenses.map(({ license_id }, place) => [license_id, place]));
  const all = async (statement: string): Promise<Record<string, unknown>[]> =>
    (await db.query<{ license_id: string }>(statement)).map(({ license_id, ...row }) => ({
      license: index.get(license_id),
      ...row,
    }));
  return {
    seats:
      await all(`select license_id, value, status, launches, counted_launch_at, starts_at, confirmed_at, seat.ends_at,
        course_id is null as of_all, (select quantity from lot where lot.id = seat.lot_id) as of_lot
      from seat join identity using (account_id, learner_id) order by value, starts_at, license_id`),
    lots: await all("select license_id, quantity, taken from lot order by license_id, starts_at, quantity"),
    attempts: await all(`select license_id, value, number, launches, started_at, ended_at, ended_reason,
        (select count(*) from course_version as newer where newer.course_id = attempt.course_id
           and newer.number > (select number from course_version where id = attempt.course_version_id)) as newer_versions
      from attempt join identity using (account_id, learner_id) order by value, number, started_at, license_id`),
    assignments: await all(`select license_id, value, starts_at, assignment.ends_at from assignment
      join identity using (account_id, learner_id) order by value, starts_at, license_id`),
    charges: await all(`select license_id, value, rule, amount_minor, made_at from charge
      join identity using (account_id, learner_id) order by value, made_at, license_id`),
    learners: await db.query(
      "select name, test, deactivated_at from learner order by name, test, deactivated_at",
    ),
    identities: await db.query(`select value, name_sent, first_seen_at,
        array(select first_origin where first_origin is not null
          union select origin from identity_origin where identity_id = identity.id order by 1) as origins
      from identity order by value, first_seen_at`),
    launches: await all(`select license_id, value, outcome, code, number, count, opened_at, lms_origin,
        seat_id is null as without_seat from launch
      left join identity on identity.account_id = launch.account_id and identity.id = identity_id
      order by value, opened_at, code, number, license_id`),
    miscounted: await listMiscountedLots(db),
  };
}
