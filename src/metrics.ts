/**
 * What is counted and measured, by prom-client (docs/monitoring.md lists it). Labels come from short lists of ours: no id, name
 * or address, or their number would grow without end. Counting costs well under a microsecond, and is done whether or not
 * anybody asks.
 */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { PoolUse } from "./store/db.ts";

const FAST = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const SLOW = [0.1, 0.5, 1, 5, 15, 60, 300, 1800];
const GRADE_WAITS = [1, 2, 5, 10, 30, 60, 300, 1800, 7200, 86_400];
const COUNTS = [1, 2, 4, 8, 16, 32, 64, 128, 256];

export type Metrics = ReturnType<typeof createMetrics>;

export function createMetrics() {
  const registry = new Registry();
  const registers = [registry];
  return {
    registry,
    requestSeconds: new Histogram({
      name: "tallygate_http_request_seconds",
      help: "From a request's arrival to the end of its answer, by route template.",
      labelNames: ["method", "route", "status"],
      buckets: FAST,
      registers,
    }),
    requestsUnderWay: new Gauge({
      name: "tallygate_http_requests_under_way",
      help: "Requests that are being answered.",
      registers,
    }),
    contentBytes: new Counter({
      name: "tallygate_content_bytes_total",
      help: "Bytes sent of courses' files, with their headers.",
      registers,
    }),
    launches: new Counter({
      name: "tallygate_launches_total",
      help: "Launches decided: allowed, test or denied with its code; by the license's kind, empty where none was found.",
      labelNames: ["outcome", "code", "kind"],
      registers,
    }),
    launchSeconds: new Histogram({
      name: "tallygate_launch_seconds",
      help: "From the launch's arrival at its decision to its commit.",
      labelNames: ["outcome"],
      buckets: FAST,
      registers,
    }),
    launchBatch: new Histogram({
      name: "tallygate_launch_batch_size",
      help: "Launches that were committed together.",
      buckets: COUNTS,
      registers,
    }),
    seats: new Counter({
      name: "tallygate_seats_total",
      help: "Seats taken and seats confirmed.",
      labelNames: ["change", "kind"],
      registers,
    }),
    charges: new Counter({
      name: "tallygate_charges_total",
      help: "Charges made, by the rule that made them.",
      labelNames: ["rule", "kind"],
      registers,
    }),
    keeps: new Counter({
      name: "tallygate_keeps_total",
      help: "What kept a launch going: a beat that changed nothing, a save or a closing.",
      labelNames: ["type"],
      registers,
    }),
    keepConflicts: new Counter({
      name: "tallygate_keep_conflicts_total",
      help: "Keeps of a launch whose course was opened elsewhere since.",
      registers,
    }),
    alarms: new Counter({
      name: "tallygate_alarms_total",
      help: "Alarms raised about how a delivery grows, by type.",
      labelNames: ["type"],
      registers,
    }),
    ltiKeyFetches: new Counter({
      name: "tallygate_lti_key_fetches_total",
      help: "Readings of LTI platforms' key sets, by what came of them.",
      labelNames: ["outcome"],
      registers,
    }),
    ltiRefusals: new Counter({
      name: "tallygate_lti_refusals_total",
      help: "Logins and launches by LTI that were refused, by the code of what was wrong.",
      labelNames: ["code"],
      registers,
    }),
    messageTries: new Counter({
      name: "tallygate_message_tries_total",
      help: "Tries to get an event to a webhook or an e-mail address, by what came of them.",
      labelNames: ["destination", "outcome"],
      registers,
    }),
    gradeTries: new Counter({
      name: "tallygate_grade_tries_total",
      help: "Tries to tell a gradebook a grade, by service and by what came of them: told or failed.",
      labelNames: ["service", "outcome"],
      registers,
    }),
    gradeSeconds: new Histogram({
      name: "tallygate_grade_seconds",
      help: "From the save that changed a grade to the gradebook that has it.",
      labelNames: ["service"],
      buckets: GRADE_WAITS,
      registers,
    }),
    imports: new Counter({
      name: "tallygate_imports_total",
      help: "Imports of courses that ended: done, refused or failed.",
      labelNames: ["outcome"],
      registers,
    }),
    importSeconds: new Histogram({
      name: "tallygate_import_seconds",
      help: "From an import's beginning to its commit.",
      buckets: SLOW,
      registers,
    }),
    importsUnderWay: new Gauge({
      name: "tallygate_imports_under_way",
      help: "Imports that are running.",
      registers,
    }),
    statementSeconds: new Histogram({
      name: "tallygate_store_statement_seconds",
      help: "A statement, from its being sent to its rows, by its verb and table.",
      labelNames: ["statement"],
      buckets: FAST,
      registers,
    }),
    transactionSeconds: new Histogram({
      name: "tallygate_store_transaction_seconds",
      help: "A transaction with all its tries, waiting for a connection included.",
      labelNames: ["outcome"],
      buckets: FAST,
      registers,
    }),
    commitSeconds: new Histogram({
      name: "tallygate_store_commit_seconds",
      help: "From a transaction's last statement to the answer to its commit.",
      buckets: FAST,
      registers,
    }),
    storeRetries: new Counter({
      name: "tallygate_store_retries_total",
      help: "Transactions that were begun again after a deadlock or a serialization failure.",
      registers,
    }),
    storeErrors: new Counter({
      name: "tallygate_store_errors_total",
      help: "Statements and transactions that failed because the store could not be reached.",
      registers,
    }),
    contentSeconds: new Histogram({
      name: "tallygate_content_store_seconds",
      help: "Until the content store answered, by what was asked.",
      labelNames: ["operation"],
      buckets: FAST,
      registers,
    }),
  };
}

/** What is not counted but looked at whenever somebody asks. */
export interface Gauges {
  readonly version: string;
  /** Of the connections to Postgres, by pool; none for the embedded store. */
  readonly poolUse: () => Readonly<Record<string, PoolUse>>;
  /** Null where there is no Redis. */
  readonly redisIsUp: () => boolean | null;
}

/** To be called once, where the metrics are served: Node's own take an observer of the garbage collection and a timer. */
export function watchProcess({ registry }: Metrics, gauges: Gauges): void {
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  new Gauge({
    name: "tallygate_build_info",
    help: "1, labelled with the version that runs.",
    labelNames: ["version"],
    aggregator: "max",
    registers,
  }).set({ version: gauges.version }, 1);
  new Gauge({
    name: "tallygate_store_connections",
    help: "Connections to Postgres by pool: in total, idle ones, and requests that wait for one.",
    labelNames: ["pool", "state"],
    registers,
    collect() {
      for (const [pool, use] of Object.entries(gauges.poolUse()))
        for (const state of ["total", "idle", "waiting"] as const) this.set({ pool, state }, use[state]);
    },
  });
  new Gauge({
    name: "tallygate_redis_up",
    help: "1 while Redis answers, 0 while each process goes by its own memory; absent where none is used.",
    aggregator: "min",
    registers,
    collect() {
      const isUp = gauges.redisIsUp();
      if (isUp !== null) this.set(isUp ? 1 : 0);
      else this.remove();
    },
  });
}
