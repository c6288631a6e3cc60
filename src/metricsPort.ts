/**
 * Where Prometheus asks: this process about itself, or the primary of several about its workers together. The primary adds
 * up; what a worker had counted when it was last asked stays in the sum after it has ended, or a total would fall.
 */
import cluster, { type Worker } from "node:cluster";
import type { Server } from "node:http";
import {
  AggregatorRegistry,
  type MetricObjectWithValues,
  type MetricValue,
  type PrometheusContentType,
  Registry,
} from "prom-client";
import type { Config } from "./config.ts";
import type { Deps } from "./deps.ts";
import { type Exposition, serveMetrics } from "./edges/http/metricsServer.ts";
import { type Gauges, watchProcess } from "./metrics.ts";

type Counted = MetricObjectWithValues<MetricValue<string>>[];

/** @returns Null where the settings want none. */
export function serveOwnMetrics(
  config: Config,
  { metrics, log }: Deps,
  gauges: Gauges,
): Promise<Server | null> {
  if (config.METRICS_PORT === "off") return Promise.resolve(null);
  watchProcess(metrics, gauges);
  return serveMetrics(config, metrics.registry, log);
}

/** In the primary. */
export function serveWorkersMetrics(config: Config, { log }: Deps): Promise<Server | null> {
  return config.METRICS_PORT === "off"
    ? Promise.resolve(null)
    : serveMetrics(config, expositionOfWorkers(), log);
}

/** In a worker. */
export function answerPrimary(config: Config, { metrics }: Deps, gauges: Gauges): void {
  if (config.METRICS_PORT === "off") return;
  watchProcess(metrics, gauges);
  process.on("message", async (message: Partial<Question>) => {
    if (message.type !== "count") return;
    const answer: Answer = {
      type: "counted",
      question: message.question ?? 0,
      counted: await metrics.registry.getMetricsAsJSON(),
    };
    process.send?.(answer);
  });
}

interface Question {
  readonly type: "count";
  readonly question: number;
}

interface Answer {
  readonly type: "counted";
  readonly question: number;
  readonly counted: Counted;
}

/** A worker that is only just starting does not answer yet; the others are not kept waiting for it. */
const PATIENCE_MILLISECONDS = 1000;

function expositionOfWorkers(): Exposition {
  let questions = 0;
  const last = new Map<number, Counted>();
  /** The totals of workers that have ended. */
  let ended: Promise<Counted> = Promise.resolve([]);
  cluster.on("exit", (worker) => {
    const totals = last.get(worker.id)?.filter(isTotal);
    last.delete(worker.id);
    if (totals) ended = ended.then((before) => sumOf([before, totals]).getMetricsAsJSON());
  });
  return {
    contentType: Registry.PROMETHEUS_CONTENT_TYPE,
    metrics: async () => {
      const question = ++questions;
      const workers = Object.values(cluster.workers ?? {}).filter((worker) => worker?.isConnected());
      const counted = await Promise.all(workers.map((worker) => ask(worker as Worker, question)));
      for (const [index, one] of counted.entries()) if (one) last.set(workers[index]?.id ?? 0, one);
      return sumOf([await ended, ...last.values()]).metrics();
    },
  };
}

function ask(worker: Worker, question: number): Promise<Counted | null> {
  return new Promise((resolve) => {
    const settle = (counted: Counted | null) => {
      clearTimeout(patience);
      worker.off("message", hear);
      resolve(counted);
    };
    const patience = setTimeout(() => settle(null), PATIENCE_MILLISECONDS);
    const hear = (message: Partial<Answer>) => {
      if (message.type === "counted" && message.question === question) settle(message.counted ?? null);
    };
    worker.on("message", hear);
    worker.send({ type: "count", question } satisfies Question, (error) => {
      if (error) settle(null);
    });
  });
}

function sumOf(counted: readonly Counted[]): Registry {
  return AggregatorRegistry.aggregate<PrometheusContentType>([...counted]);
}

function isTotal({ type }: { readonly type: unknown }): boolean {
  return type === "counter" || type === "histogram";
}
