/**
 * Tells the lines of `story.ts` to the gateway itself, through one of its doors: what comes of each is read from the rows
 * that it left.
 */
import type { DenialCode } from "../../../src/core/denials.ts";
import { wordsOf } from "../../../src/core/denialWords.ts";
import { endContract } from "../../../src/flows/accounts.ts";
import { assignLearners } from "../../../src/flows/assignments.ts";
import { changeBundle } from "../../../src/flows/bundles.ts";
import { createLot } from "../../../src/flows/buying.ts";
import { changeLicense, changeRenewal, pauseLicense } from "../../../src/flows/changeLicense.ts";
import { revoke } from "../../../src/flows/deliveries.ts";
import { deactivateLearner } from "../../../src/flows/learners.ts";
import { retireCourse } from "../../../src/flows/retireCourse.ts";
import { markTestIdentity } from "../../../src/flows/testIdentities.ts";
import { pageOfContracts } from "../../../src/store/accounts.ts";
import type { ListedLaunch } from "../../../src/store/launches.ts";
import { pageOfIdentities } from "../../../src/store/listing/people.ts";
import { ALL_ROWS, BY, type TestLicense } from "../fixtures.ts";
import type { StoryLine } from "../story.ts";
import type { AtGateway, Launched, OpenDoor } from "./doors.ts";

interface Telling extends AtGateway {
  readonly door: OpenDoor;
  /** Of each learner, the launches that were let in: what their players send next, and whether they found a state. */
  readonly open: Map<string, { token: string; readonly resumed: boolean }[]>;
}

export interface Told {
  readonly lines: readonly StoryLine[];
  /** What is left of it in the store, without the ids that differ. */
  readonly tally: object;
}

export async function tellThrough(at: AtGateway, door: OpenDoor, story: readonly StoryLine[]): Promise<Told> {
  const telling: Telling = { ...at, door, open: new Map() };
  const lines: StoryLine[] = [];
  for (const [time, who, does] of story) {
    at.gateway.clock.set(time);
    lines.push([time, who, does, await happen(telling, who, does)]);
  }
  return { lines, tally: await tallyOf(telling) };
}

async function happen(telling: Telling, who: string, does: string): Promise<string> {
  if (does === "launches") return launch(telling, who);
  const beat = /^beats(?: in launch (\d+))?$/.exec(does);
  if (beat) return attend(telling, who, beat[1] ? Number(beat[1]) : null);
  if (does === "looks") return look(telling);
  const bought = /^buys (\d+) seats?$/.exec(does);
  if (bought) {
    const { license } = telling.door;
    await createLot(telling.gateway.context, BY, { ...idsOf(license), quantity: Number(bought[1]) });
  } else await change(telling, who, does);
  return "";
}

const idsOf = ({ account_id, license_id }: TestLicense) => ({ account_id, license_id });

async function change({ gateway, door }: Telling, who: string, does: string): Promise<void> {
  const { context } = gateway;
  const { license, namespace } = door;
  const { account_id, license_id, connection_id, course_id } = license;
  const pause = (paused: boolean) => pauseLicense(context, BY, account_id, license_id, paused);
  const retake = (on: boolean) => changeLicense(context, BY, idsOf(license), { retake: on });
  const learner = async () => {
    const [known] = await pageOfIdentities(context.db, account_id, { value: who }, ALL_ROWS);
    if (!known) throw new Error(`${who} is not known yet`);
    return known.learner_id;
  };
  const changes: Record<string, () => Promise<unknown>> = {
    pauses: () => pause(true),
    unpauses: () => pause(false),
    "turns retake on": () => retake(true),
    "turns retake off": () => retake(false),
    "ends the contract": async () => {
      for (const { id } of await pageOfContracts(context.db, account_id, {}, ALL_ROWS))
        await endContract(context, BY, account_id, id, gateway.clock.now(), () => undefined);
    },
    "retires the course": () => retireCourse(context, BY, course_id, true),
    "takes the course out": async () => {
      const [held] = await context.db.query<{ bundle_id: string }>(
        "select bundle_id from license where account_id = $1 and id = $2",
        [account_id, license_id],
      );
      await changeBundle(context, BY, held?.bundle_id ?? "", { course_ids: [] }, () => undefined);
    },
    "revokes the delivery": () => revoke(context, BY, account_id, license.delivery_id),
    "is deactivated": async () => deactivateLearner(context, BY, account_id, await learner(), true),
    "is reactivated": async () => deactivateLearner(context, BY, account_id, await learner(), false),
    "is assigned": async () => assignLearners(context, BY, idsOf(license), [{ learner_id: await learner() }]),
    "is marked as test": () =>
      markTestIdentity(context, BY, { account_id, connection_id, namespace, value: who }),
    "cancels the renewal": () =>
      changeRenewal(context, BY, idsOf(license), { renews: false, self_service: false }),
  };
  const make = changes[does];
  if (!make) throw new Error(`Nobody knows how to do this: ${does}`);
  await make();
}

async function launch(telling: Telling, who: string): Promise<string> {
  const { gateway, door, open } = telling;
  const before = await rowsOf(telling);
  const launched = await door.launch(who);
  if (launched.type === "allowed") remember(open, who, launched.answer);
  const after = await rowsOf(telling);
  const row = after.launches.find(
    ({ id, count }) => before.launches.find((one) => one.id === id)?.count !== count,
  );
  if (!row) throw new Error(`Nothing was written of the launch: ${JSON.stringify(launched).slice(0, 500)}`);
  if ((row.outcome === "denied") !== (launched.type === "denied"))
    throw new Error(`${row.outcome}, and the learner was told otherwise: ${JSON.stringify(launched)}`);
  if (launched.type === "denied") requireWords(launched.shown, row);
  if (row.outcome === "denied") return row.code ?? "";
  if (row.outcome === "test") return "test launch";
  // One that a renewal kept was launched by nobody yet.
  const seat = after.seats.find(
    ({ id, launches }) => launches > 0 && !before.seats.some((one) => one.id === id),
  );
  const charged = after.charges.length > before.charges.length ? ["charged"] : [];
  if (!seat) return ["enters", ...charged].join(", ");
  const lots = await lotsOf(gateway, door.license);
  const again = before.seats.some(
    ({ learner_id, status, lot_id }) =>
      learner_id === seat.learner_id && status === "confirmed" && (lot_id === null || lot_id !== seat.lot_id),
  );
  return [
    `${seat.status} seat until ${shown(seat.ends_at)}`,
    ...(seat.lot_id && lots.length > 1 ? [`from lot ${lots.indexOf(seat.lot_id) + 1}`] : []),
    ...(again ? ["retake"] : []),
    ...charged,
  ].join(", ");
}

/** What the learner reads says why, and names the row. */
function requireWords(shown: string, { code, reference }: ListedLaunch): void {
  if (code && tells(shown, code) && shown.includes(reference)) return;
  throw new Error(`${code} (${reference}) was told as: ${shown.slice(0, 2000)}`);
}

/** Whether a page or an answer has the English words of a denial. */
export function tells(shown: string, code: DenialCode): boolean {
  const { reason, next_step } = wordsOf(code, "en");
  const plain = shown.replaceAll("&#39;", "'").replaceAll("&quot;", '"').replaceAll("&amp;", "&");
  return plain.includes(reason) && plain.includes(next_step);
}

function remember(open: Telling["open"], who: string, answer: (Launched & { type: "allowed" })["answer"]) {
  const launches = open.get(who) ?? [];
  launches.push({ token: answer.token, resumed: answer.attempt.resumed });
  open.set(who, launches);
}

/** A beat of the learner's launch of this number, or of the newest. */
async function attend(telling: Telling, who: string, number: number | null): Promise<string> {
  const { gateway, door, open } = telling;
  const launches = open.get(who) ?? [];
  const launched = number === null ? launches.at(-1) : launches[number - 1];
  if (!launched) throw new Error(`${who} has no such launch`);
  const before = (await gateway.charges(door.license)).length;
  const { status, body } = await door.keep({ token: launched.token });
  if (status !== 200) throw new Error(`A beat was answered ${status}: ${JSON.stringify(body)}`);
  launched.token = body.token;
  const { claims } = gateway.context.tokens.verify(launched.token, gateway.clock.now());
  const charged = (await gateway.charges(door.license)).length > before;
  return [`open ${claims.open_time.open_seconds} s`, ...(charged ? ["charged"] : [])].join(", ");
}

async function look({ gateway, door }: Telling): Promise<string> {
  const [row] = await gateway.context.db.query<{ remaining: number }>(
    `select coalesce(sum(quantity - taken), 0)::integer as remaining from lot
     where account_id = $1 and license_id = $2 and starts_at <= $3 and (ends_at is null or ends_at > $3)`,
    [door.license.account_id, door.license.license_id, gateway.clock.now()],
  );
  return `${row?.remaining} left`;
}

async function lotsOf(gateway: AtGateway["gateway"], { account_id, license_id }: TestLicense) {
  const rows = await gateway.context.db.query<{ id: string }>(
    "select id from lot where account_id = $1 and license_id = $2 order by created_at, id",
    [account_id, license_id],
  );
  return rows.map(({ id }) => id);
}

async function rowsOf({ gateway, door }: Telling) {
  const { license } = door;
  const [seats, charges, launches] = [
    await gateway.seats(license),
    await gateway.charges(license),
    await gateway.launches(license),
  ];
  return { seats, charges, launches };
}

/** Seats, charges, launches and attempts as they stand in the end. */
async function tallyOf(telling: Telling): Promise<object> {
  const { gateway, door, open } = telling;
  const { seats, charges, launches } = await rowsOf(telling);
  const attempts = await gateway.context.db.query(
    `select number, launches, ended_at, ended_reason, started_at from attempt
     where account_id = $1 and license_id = $2 order by started_at, number, launches`,
    [door.license.account_id, door.license.license_id],
  );
  return {
    seats: seats.map(({ status, launches: counted, starts_at, ends_at, confirmed_at }) => ({
      status,
      counted,
      starts_at,
      ends_at,
      confirmed_at,
    })),
    charges: charges.map(({ amount_minor, currency, rule, reason, made_at }) => ({
      amount_minor,
      currency,
      rule,
      reason,
      made_at,
    })),
    launches: launches.map(({ outcome, code, count, number, opened_at, open_seconds, note }) => ({
      outcome,
      code,
      count,
      number,
      opened_at,
      open_seconds,
      note,
    })),
    attempts,
    resumed: [...open].map(([who, all]) => [who, all.map(({ resumed }) => resumed)]),
  };
}

function shown(at: Date | null): string {
  return at ? at.toISOString().replace(/(:00)?\.000Z$/, "Z") : "further notice";
}
