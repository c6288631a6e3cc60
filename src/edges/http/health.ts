/** `/healthz`: the process answers. `/readyz`: it can also reach its store, and is not stopping. For any host. */
import { Router } from "express";
import type { Sql } from "../../store/db.ts";

export interface Readiness {
  stopping: boolean;
}

export function healthRouter(sql: Sql, readiness: Readiness): Router {
  const router = Router();
  router.get("/healthz", (_request, response) => {
    response.set("Cache-Control", "no-store").json({ status: "ok" });
  });
  router.get("/readyz", async (_request, response) => {
    const status = readiness.stopping ? "stopping" : await storeStatus(sql);
    response
      .status(status === "ok" ? 200 : 503)
      .set("Cache-Control", "no-store")
      .json({ status });
  });
  return router;
}

async function storeStatus(sql: Sql): Promise<string> {
  try {
    await sql.query("select 1");
    return "ok";
  } catch {
    return "store_unavailable";
  }
}
