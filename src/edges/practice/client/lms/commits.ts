/** The ways in which an LMS's page brings its commits to its server. */
import type { CommitOrder, LaunchOrder } from "../../practiceTypes.ts";
import type { Faults, LmsSettings } from "./faults.ts";

export type Commit = CommitOrder & Omit<LaunchOrder, "reset">;

/** Browsers refuse a larger body of a request that may outlive its page: 64 KiB in flight, counted in bytes. */
const KEEPALIVE_BYTES = 60_000;

/** Says what the SCO is told: only the synchronous way can know whether the commit was stored. */
export function sendCommit(
  commit: Commit,
  by: LmsSettings["commits_by"],
  faults: Pick<Faults, "commit_fails" | "commit_hangs">,
): boolean {
  const query = new URLSearchParams({
    hang_seconds: String(faults.commit_hangs),
    fail: faults.commit_fails > 0 ? "1" : "0",
  });
  const address = `/api/commits?${query}`;
  const body = JSON.stringify(commit);
  if (by === "memory" && commit.moment === "commit") return true;
  if (by === "sync_xhr") return sendAndWait(address, body);
  if (by === "fetch") return sendWithoutWaiting(address, body);
  return navigator.sendBeacon(address, body) || sendWithoutWaiting(address, body);
}

/** Chromium forbids this while a page is going away (pagehide, unload): it throws, and the commit has failed. */
function sendAndWait(address: string, body: string): boolean {
  const request = new XMLHttpRequest();
  try {
    request.open("POST", address, false);
    request.setRequestHeader("Content-Type", "application/json");
    request.send(body);
  } catch {
    return false;
  }
  return request.status === 200;
}

function sendWithoutWaiting(address: string, body: string): boolean {
  const keepalive = new Blob([body]).size <= KEEPALIVE_BYTES;
  // Nobody hears of a failure here: that is what this way of committing is like.
  fetch(address, { method: "POST", headers: { "Content-Type": "application/json" }, body, keepalive }).catch(
    () => undefined,
  );
  return true;
}
