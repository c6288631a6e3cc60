/** The page's requests to its server. */
import type {
  LaunchOrder,
  LmsLearner,
  LmsPackage,
  LmsRecord,
  PackageList,
  PracticeState,
} from "../practiceTypes.ts";
import { Problem } from "./problem.ts";

async function ask<T>(method: string, path: string, body?: { json: unknown } | { file: Blob }): Promise<T> {
  let response: Response;
  try {
    response = await fetch(path, {
      method,
      ...(body === undefined ? {} : bodyOf(body)),
    });
  } catch {
    throw new Problem("The practice LMS's server can't be reached. Is it running?");
  }
  if (!response.ok) throw new Problem(await problemOf(response));
  return (response.status === 204 ? undefined : await response.json()) as T;
}

function bodyOf(body: { json: unknown } | { file: Blob }): RequestInit {
  return "json" in body
    ? { headers: { "Content-Type": "application/json" }, body: JSON.stringify(body.json) }
    : { headers: { "Content-Type": "application/zip" }, body: body.file };
}

async function problemOf(response: Response): Promise<string> {
  try {
    const { detail, title } = (await response.json()) as { detail?: string; title?: string };
    return detail ?? title ?? response.statusText;
  } catch {
    return `The practice LMS's server answered ${response.status}`;
  }
}

type RecordKey = Omit<LaunchOrder, "reset">;

export const server = {
  packages: () => ask<PackageList>("GET", "/api/packages"),
  upload: (file: Blob) => ask<LmsPackage>("POST", "/api/packages", { file }),
  fetchDelivery: (deliveryId: string) =>
    ask<LmsPackage>("POST", `/api/packages/from-gateway/${encodeURIComponent(deliveryId)}`),
  learners: () => ask<LmsLearner[]>("GET", "/api/learners"),
  addLearner: (learner: LmsLearner) => ask<void>("POST", "/api/learners", { json: learner }),
  launch: (order: LaunchOrder) => ask<LmsRecord>("POST", "/api/launches", { json: order }),
  state: (key: RecordKey) => ask<PracticeState>("GET", `/api/state?${new URLSearchParams({ ...key })}`),
  forget: (key: RecordKey) => ask<void>("DELETE", `/api/records?${new URLSearchParams({ ...key })}`),
  pause: (deliveryId: string, paused: boolean) =>
    ask<void>("POST", `/api/pause/${encodeURIComponent(deliveryId)}`, { json: { paused } }),
};
