/** Learners who open a course, stay in it, save, ask for its files and leave; and a program that looks on. */
import { randomInt } from "node:crypto";
import type { KeepAnswer, KeepRequest, LaunchAnswer } from "../../src/core/bridge.ts";
import { launchRequest } from "../../test/support/learner.ts";
import type { Answer, Connection } from "../driver/connection.ts";
import { get, post } from "../lab/requests.ts";
import { KINDS, type Kind, MIX, type SoakPlan } from "./plan.ts";

interface OpenCourse {
  readonly learner: string;
  readonly content_base: string;
  token: string;
  sequence: number;
}

export type Failure = string;

export interface People {
  /** What happens next, by the shares of `MIX`. */
  next(): Kind;
  /** Does it. @returns What was wrong with the answer, or null. */
  act(kind: Kind, connection: Connection): Promise<Failure | null>;
}

/** As many courses are open at most; who comes then, comes for another who leaves. */
const MOST_OPEN = 2000;

export function createPeople(plan: SoakPlan): People {
  const open: OpenCourse[] = [];
  let newcomers = 0;

  const launch = async (learner: string, connection: Connection): Promise<Failure | null> => {
    const body = JSON.stringify(launchRequest(learner));
    const answer = await connection.ask(text(post(plan.port, [`/play/${plan.delivery_key}/launch`], [body])));
    const launched = answer.status === 200 ? (JSON.parse(answer.body) as LaunchAnswer) : null;
    if (launched?.outcome !== "allowed") return failureOf(answer);
    const { token, course } = launched;
    const opened = { learner, token, content_base: course.content_base, sequence: 0 };
    if (open.length < MOST_OPEN) open.push(opened);
    else open[randomInt(open.length)] = opened;
    return null;
  };
  const keep = async (one: OpenCourse, more: Partial<KeepRequest>, connection: Connection) => {
    const body = JSON.stringify({ token: one.token, ...more } satisfies KeepRequest);
    const answer = await connection.ask(text(post(plan.port, ["/play/keep"], [body])));
    const kept = answer.status === 200 ? (JSON.parse(answer.body) as KeepAnswer) : null;
    if (!kept?.token || kept.stop) return failureOf(answer);
    one.token = kept.token;
    return null;
  };
  const read = async (request: string, connection: Connection) => {
    const answer = await connection.ask(request);
    return answer.status === 200 ? null : failureOf(answer);
  };
  const acts: Record<Kind, (connection: Connection, one: OpenCourse) => Promise<Failure | null>> = {
    first_launch: (connection) => launch(`soak-${newcomers++}`, connection),
    relaunch: (connection) =>
      launch(`${plan.prefix}${String(randomInt(plan.learners)).padStart(7, "0")}`, connection),
    beat: (connection, one) => keep(one, {}, connection),
    save: (connection, one) => keep(one, savedBy(one), connection),
    close: (connection, one) => {
      open.splice(open.indexOf(one), 1);
      return keep(one, { closing: true }, connection);
    },
    content: (connection, one) =>
      read(text(get(plan.port, `${one.content_base}${anyOf(plan.files)}`, "file")), connection),
    api: (connection) => read(apiRequest(plan), connection),
  };
  return {
    next: () => SHARES[randomInt(SHARES.length)] ?? "beat",
    act: (kind, connection) => {
      const one = open[randomInt(Math.max(1, open.length))];
      return one ? acts[kind](connection, one) : acts.first_launch(connection, NOBODY);
    },
  };
}

const SHARES = KINDS.flatMap((kind) => Array<Kind>(MIX[kind]).fill(kind));
const NOBODY: OpenCourse = { learner: "", content_base: "", token: "", sequence: 0 };

function savedBy(one: OpenCourse): Partial<KeepRequest> {
  one.sequence++;
  const page = `page-${one.sequence % 40}`;
  return {
    sequence: one.sequence,
    changes: { lesson: { "cmi.core.lesson_location": page, "cmi.suspend_data": `seen=${page};`.repeat(20) } },
    rollup: {
      completion: "incomplete",
      success: "unknown",
      score: { scaled: null, raw: null, min: null, max: null },
      progress: (one.sequence % 40) / 40,
      location: page,
      session_seconds: one.sequence * 10,
    },
    session_seconds: { lesson: one.sequence * 10 },
  };
}

function apiRequest({ api }: SoakPlan): string {
  const headers = [`Host: ${api.host}`, `Authorization: Bearer ${api.key}`, "Accept: application/json"];
  return `GET ${anyOf(api.paths)} HTTP/1.1\r\n${headers.join("\r\n")}\r\n\r\n`;
}

function anyOf(values: readonly string[]): string {
  return values[randomInt(values.length)] ?? "";
}

function text(parts: readonly unknown[]): string {
  return parts.join("");
}

function failureOf({ status, body }: Answer): Failure {
  return `${status} ${body.slice(0, 300)}`;
}
