/** What the LMS recorded and the gateway tallied, looked at once a second while the page can be seen. */
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import type { PracticeState } from "../practiceTypes.ts";
import { server } from "./server.ts";
import { newsBetween } from "./view/news.ts";

const POLL_MILLISECONDS = 1_000;

interface StateKey {
  readonly package_id: string;
  readonly item_id: string;
  readonly learner_id: string;
}

export function usePolledState(key: StateKey | null) {
  const [state, setState] = useState<PracticeState | null>(null);
  const [news, setNews] = useState("");
  const latest = useRef<PracticeState | null>(null);
  const { package_id = "", item_id = "", learner_id = "" } = key ?? {};
  const current = useRef("");
  current.current = JSON.stringify([package_id, item_id, learner_id]);

  const look = useCallback(async () => {
    if (package_id === "") return;
    const found = await lookOnce({ package_id, item_id, learner_id }, latest.current);
    // Another package or learner was chosen meanwhile.
    if (current.current !== JSON.stringify([package_id, item_id, learner_id])) return;
    const happened = newsBetween(latest.current, found);
    if (happened.length > 0) setNews(happened.join(" "));
    if (JSON.stringify(found) !== JSON.stringify(latest.current)) setState(found);
    latest.current = found;
  }, [package_id, item_id, learner_id]);

  useEffect(() => {
    latest.current = null;
    setState(null);
    void look();
    const timer = setInterval(
      () => void (document.visibilityState === "visible" && look()),
      POLL_MILLISECONDS,
    );
    return () => clearInterval(timer);
  }, [look]);

  return { state, news, look };
}

/** A look that fails says so beside what was seen last; the next one tries again. */
async function lookOnce(key: StateKey, last: PracticeState | null): Promise<PracticeState> {
  try {
    return await server.state(key);
  } catch (cause) {
    const gateway_problem = cause instanceof Error ? cause.message : "The practice page failed";
    return { record: last?.record ?? null, observation: last?.observation ?? null, gateway_problem };
  }
}
