/** The page's state and what can be done with it; the panes only show. */
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import type { LaunchForm, LaunchSettings, OfferedLink, PlatformState, Role } from "../platformTypes.ts";
import { Problem, server } from "./server.ts";
import { openStage, type Stage } from "./stage.ts";
import { useToolMessages } from "./useToolMessages.ts";

const POLL_MILLISECONDS = 1_000;

export interface Choice extends LaunchSettings {
  readonly user_id: string;
  readonly role: Role;
  readonly link_id: string;
}

const FIRST_CHOICE: Choice = {
  user_id: "",
  role: "learner",
  link_id: "",
  shown_in: "frame",
  login_by: "GET",
  storage: true,
  tells: "all",
  former_key: "",
};

/** Runs what a person asked for, and keeps what went wrong with it to be shown. */
export type Attempt = (act: () => Promise<unknown>) => Promise<void>;

export function usePlatform() {
  const [state, setState] = useState<PlatformState | null>(null);
  const [offered, setOffered] = useState<readonly OfferedLink[]>([]);
  const [problem, setProblem] = useState("");
  const [choice, setChoice] = useState(FIRST_CHOICE);
  const look = useCallback(async () => setState(await server.state()), []);

  const attempt = useCallback<Attempt>(
    async (act) => {
      setProblem("");
      try {
        await act();
        await look();
      } catch (cause) {
        setProblem(cause instanceof Problem ? cause.message : `The page failed: ${String(cause)}`);
      }
    },
    [look],
  );
  const lookForOffers = useCallback(async () => setOffered(await server.offered()), []);

  useEffect(() => {
    void attempt(lookForOffers);
    const timer = setInterval(() => {
      // What can't be seen now is seen a second later.
      if (document.visibilityState === "visible") look().catch(() => undefined);
    }, POLL_MILLISECONDS);
    return () => clearInterval(timer);
  }, [attempt, look, lookForOffers]);

  const chosen = state === null ? choice : completed(choice, state);
  return {
    state,
    offered,
    lookForOffers,
    problem,
    attempt,
    choice: chosen,
    choose: (change: Partial<Choice>) => setChoice({ ...chosen, ...change }),
    ...useStage(attempt, setProblem, chosen.storage),
  };
}

/** What was chosen, where it is still there; else the first of each. */
function completed(choice: Choice, { learners, links, consumer_keys }: PlatformState): Choice {
  const learner = learners.find(({ user_id }) => user_id === choice.user_id) ?? learners[0];
  const link = links.find(({ link_id }) => link_id === choice.link_id) ?? links[0];
  return {
    ...choice,
    user_id: learner?.user_id ?? "",
    link_id: link?.link_id ?? "",
    former_key: consumer_keys.includes(choice.former_key) ? choice.former_key : "",
  };
}

function useStage(attempt: Attempt, setProblem: (problem: string) => void, storage: boolean) {
  const place = useRef<HTMLDivElement>(null);
  const [opened, setOpened] = useState<Stage | null>(null);
  const close = useCallback(() => opened?.close(), [opened]);
  useToolMessages(opened, storage, close);

  /** The window opens in the click, before the server is asked what to show there. */
  const open = (title: string, shown_in: Stage["shown_in"], ask: () => Promise<LaunchForm | string>) => {
    if (place.current === null) return;
    const stage = openStage({ title, shown_in, place: place.current, onGone: () => setOpened(null) });
    if (stage === null) return setProblem("The browser blocked the window: allow pop-ups for this page.");
    setOpened(stage);
    void attempt(async () => {
      try {
        stage.show(await ask());
      } catch (cause) {
        stage.close();
        throw cause;
      }
    });
  };
  return { place, opened, open, close };
}
