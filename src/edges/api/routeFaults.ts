/** Every fault that a route can answer: its own, and those of the machinery that it runs in. */
import { FAULTS, type FaultCode } from "../../core/faults.ts";
import type { Route } from "./route.ts";

export function faultsOf(route: Route): FaultCode[] {
  const takesBody = route.body !== null || route.upload !== undefined || route.method === "post";
  const isOnce = route.method === "post" && !route.reads;
  const isOfAccount = route.path.includes("{account_id}");
  const codes = new Set<FaultCode>([
    "unauthenticated",
    ...when(route.permission !== "anyone", "forbidden"),
    ...when(route.path.includes("{"), "not_found"),
    "body_invalid",
    ...when(takesBody, "content_type_unsupported", "body_too_large"),
    ...when(isOfAccount && route.need === "change" && !route.settles, "account_closed"),
    ...when(isOnce, "idempotency_key_reused", "conflict"),
    ...when(route.method === "patch" && route.etag === true, "changed_meanwhile"),
    ...route.faults,
    "too_many_requests",
    "store_unavailable",
  ]);
  return [...codes].sort((a, b) => FAULTS[a].status - FAULTS[b].status || (a < b ? -1 : 1));
}

function when(condition: boolean, ...codes: readonly FaultCode[]): readonly FaultCode[] {
  return condition ? codes : [];
}
