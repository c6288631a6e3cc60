/**
 * What the gateway does by itself, from time to time. Every process does all of it: each work is a flow of its own that is
 * safe to run from several processes at once, and that a test calls with its own clock.
 */
import { setMaxListeners } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import type { Deps } from "./deps.ts";
import type { Context } from "./flows/context.ts";
import { runDueAlerts } from "./flows/dueAlerts.ts";
import { runDueCloses } from "./flows/ledger/closePeriod.ts";
import { runDueSeals } from "./flows/ledger/sealCharges.ts";
import { runDueGrades } from "./flows/lti/grades/relay.ts";
import { wakeGrades } from "./flows/lti/grades/wake.ts";
import { keepLti11Secrets } from "./flows/lti/lti11Secrets.ts";
import { runDueMembers } from "./flows/lti/members/readMembers.ts";
import { runDueKeyRotation } from "./flows/lti/toolKeys.ts";
import { relayOutbox } from "./flows/outbox/relay.ts";
import { keepOutbox } from "./flows/outbox/upkeep.ts";
import { runDueOverages } from "./flows/overageReview.ts";
import { runDuePayments } from "./flows/payments/pay.ts";
import { runDueRenewals } from "./flows/renewals.ts";
import { rollUpDueUsage } from "./flows/usage.ts";
import { watchGrowth } from "./flows/watchGrowth.ts";

/** Ends early where it can, once `stopping` is aborted; what is left is done at a later start. */
export type Work = (stopping: AbortSignal) => Promise<unknown>;

export interface Schedule {
  /** Begins `work` so many seconds after it last ended: in one process it never overlaps itself. */
  every(seconds: number, name: string, work: Work): void;
  /** Settles when the work under way has ended. */
  stop(): Promise<void>;
}

const SECONDS = {
  renewals: 30,
  overages: 60,
  seals: 2,
  closes: 60,
  payments: 10,
  outbox: 2,
  grades: 2,
  gradeWakes: 30,
  members: 5,
  alerts: 60,
  upkeep: 600,
  toolKeys: 600,
  usage: 10,
} as const;

/** All work of a gateway that serves. */
export function startSchedule(context: Context): Schedule {
  const { config } = context;
  const schedule = createSchedule(context.deps);
  schedule.every(config.GROWTH_WATCH_SECONDS, "watch how deliveries grow", () => watchGrowth(context));
  schedule.every(SECONDS.outbox, "send what the outbox holds", (stopping) => relayOutbox(context, stopping));
  schedule.every(SECONDS.grades, "tell gradebooks", (stopping) => runDueGrades(context, stopping));
  schedule.every(SECONDS.gradeWakes, "try grades again of learners who came back", () => wakeGrades(context));
  schedule.every(SECONDS.members, "read who is in the courses of LMSs", (stopping) =>
    runDueMembers(context, stopping),
  );
  schedule.every(SECONDS.alerts, "raise the alerts that are due", () => runDueAlerts(context));
  schedule.every(SECONDS.upkeep, "keep the outbox in order", () => keepOutbox(context));
  schedule.every(SECONDS.upkeep, "keep the secrets of LTI 1.1 in order", () => keepLti11Secrets(context));
  schedule.every(SECONDS.toolKeys, "change the key that LTI platforms know", () =>
    runDueKeyRotation(context),
  );
  schedule.every(SECONDS.renewals, "renew subscriptions", () => runDueRenewals(context));
  schedule.every(SECONDS.overages, "charge overages", () => runDueOverages(context));
  schedule.every(SECONDS.seals, "seal charges", (stopping) => runDueSeals(context, stopping));
  schedule.every(SECONDS.closes, "close billing periods", (stopping) => runDueCloses(context, stopping));
  schedule.every(SECONDS.payments, "have statements paid", (stopping) => runDuePayments(context, stopping));
  schedule.every(SECONDS.usage, "sum up what is used", (stopping) => rollUpDueUsage(context, stopping));
  return schedule;
}

/** Work that fails is logged, and tried again at its next time. */
export function createSchedule({ log }: Pick<Deps, "log">): Schedule {
  const stopping = new AbortController();
  const { signal } = stopping;
  // All work listens to the one signal for as long as the process lives: many listeners, and no leak.
  setMaxListeners(0, signal);
  const running: Promise<void>[] = [];
  const repeat = async (seconds: number, name: string, work: Work) => {
    for (;;) {
      // Waits on nobody's behalf: a process that has nothing else to do ends.
      await sleep(seconds * 1000, undefined, { signal, ref: false }).catch(() => undefined);
      if (signal.aborted) return;
      try {
        await work(signal);
      } catch (error) {
        if (!signal.aborted) log.warn("Scheduled work failed; it is tried again", { work: name, error });
      }
    }
  };
  return {
    every: (seconds, name, work) => void running.push(repeat(seconds, name, work)),
    stop: async () => {
      stopping.abort();
      await Promise.all(running);
    },
  };
}
