/** A content store whose answers are measured, and traced where traces are on. */
import type { Deps } from "../../deps.ts";
import type { ContentStore } from "./contentStore.ts";

export function observedContentStore(
  store: ContentStore,
  { metrics, tracing, stopwatch }: Pick<Deps, "metrics" | "tracing" | "stopwatch">,
): ContentStore {
  const observe = async <Result>(operation: string, work: () => Promise<Result>): Promise<Result> => {
    const seconds = stopwatch();
    try {
      return await (tracing.isOn ? tracing.traced(`content ${operation}`, {}, work) : work());
    } finally {
      metrics.contentSeconds.observe({ operation }, seconds());
    }
  };
  return {
    stage: () => observe("stage", () => store.stage()),
    stat: (versionId, path) => observe("stat", () => store.stat(versionId, path)),
    open: (versionId, path, range) => observe("open", () => store.open(versionId, path, range)),
    listPublished: (before) => store.listPublished(before),
    discard: (versionId) => observe("discard", () => store.discard(versionId)),
    sweep: (staleBefore) => store.sweep(staleBefore),
  };
}
