/** `/healthz`: the process answers. `/readyz`: it can also reach its store, and is not stopping. For any host. */
import { setTimeout as sleep } from "node:timers/promises";
import { Router } from "express";
import type { Sql } from "../../store/db.ts";

export interface Readiness {
  stopping: boolean;
}

/** Whoever asks has a time limit of its own; a store that hangs is one that can't be reached. */
const PATIENCE_SECONDS = 2;

export function healthRouter(sql: Sql, readiness: Readiness): Router {
  const router = Router();
  const isStoreThere = storeCheck(sql);
  router.get("/healthz", (_request, response) => {
    response.set("Cache-Control", "no-store").json({ status: "ok" });
  });
  router.get("/readyz", async (_request, response) => {
    const status = readiness.stopping ? "stopping" : (await isStoreThere()) ? "ok" : "store_unavailable";
    response
      .status(status === "ok" ? 200 : 503)
      .set("Cache-Control", "no-store")
      .json({ status });
  });
  return router;
}

/** One question at a time, however many ask: those that a hanging store keeps would use its connections up. */
function storeCheck(sql: Sql): () => Promise<boolean> {
  let underWay: Promise<boolean> | null = null;
  const check = () =>
    sql
      .query("select 1")
      .then(
        () => true,
        () => false,
      )
      .finally(() => {
        underWay = null;
      });
  return () => {
    underWay ??= check();
    return Promise.race([underWay, sleep(PATIENCE_SECONDS * 1000, false, { ref: false })]);
  };
}
