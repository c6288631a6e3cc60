/** The page's state and what can be done with it; the panes only show. */
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import type { LmsLearner, LmsPackage, PackageItem, PackageList } from "../practiceTypes.ts";
import { type Faults, type LmsSettings, readAddress, writeAddress } from "./lms/faults.ts";
import { Problem } from "./problem.ts";
import { server } from "./server.ts";
import { useLaunch } from "./useLaunch.ts";
import { usePolledState } from "./usePolledState.ts";

/** Runs what a person asked for, and keeps what went wrong with it to be shown. */
export type Attempt = (act: () => Promise<void>) => Promise<void>;

export function usePractice() {
  const [first] = useState(() => new URLSearchParams(location.search));
  const [{ settings, faults }, setConduct] = useState(() => readAddress(first));
  const { problem, attempt } = useAttempt();
  const packages = usePackages(attempt, first.get("package") ?? "");
  const learners = useLearners(attempt, first);
  const { loaded, item, chosen } = packages;
  const { learner, learnerId } = learners;

  const key =
    loaded === null || item === null || learner === null
      ? null
      : { package_id: loaded.package_id, item_id: item.item_id, learner_id: learner.learner_id };
  const { state, news, look } = usePolledState(key);
  const ready =
    loaded === null || item === null || learner === null ? null : { package: loaded, item, learner };
  const course = useLaunch(attempt, ready, settings, faults);
  useAddress(chosen, learnerId, settings, faults);

  const launchAsked = useRef(first.has("launch"));
  useEffect(() => {
    if (!launchAsked.current || ready === null) return;
    launchAsked.current = false;
    void course.launch();
  });

  return {
    ...packages,
    ...learners,
    ...course,
    problem,
    settings,
    faults,
    state,
    news,
    setSettings: (next: LmsSettings) => setConduct({ settings: next, faults }),
    setFaults: (next: Faults) => setConduct({ settings, faults: next }),
    forget: () =>
      attempt(async () => {
        if (key !== null) await server.forget(key);
        await look();
      }),
    pause: (paused: boolean) =>
      attempt(async () => {
        if (loaded?.delivery_id) await server.pause(loaded.delivery_id, paused);
        await look();
      }),
  };
}

function useAttempt(): { readonly problem: string; readonly attempt: Attempt } {
  const [problem, setProblem] = useState("");
  const attempt = useCallback<Attempt>(async (act) => {
    setProblem("");
    try {
      await act();
    } catch (cause) {
      setProblem(cause instanceof Problem ? cause.message : `The practice page failed: ${String(cause)}`);
    }
  }, []);
  return { problem, attempt };
}

function usePackages(attempt: Attempt, first: string) {
  const [list, setList] = useState<PackageList | null>(null);
  const [chosen, setChosen] = useState(first);
  const [loaded, setLoaded] = useState<LmsPackage | null>(null);
  const [itemId, setItemId] = useState("");
  /** Whoever chooses twice in quick succession wants the second, whichever arrives first. */
  const wanted = useRef(first);

  const want = useCallback((id: string) => {
    wanted.current = id;
    setChosen(id);
    setLoaded(null);
  }, []);

  const show = useCallback((found: LmsPackage) => {
    setLoaded(found);
    setItemId(found.items[0]?.item_id ?? "");
  }, []);

  const choose = useCallback(
    (id: string) =>
      attempt(async () => {
        want(id);
        const current = await server.packages();
        setList(current);
        if (id === "") return;
        const uploaded = current.uploaded.find(({ package_id }) => package_id === id);
        const found = uploaded ?? (await server.fetchDelivery(id));
        if (wanted.current === id) show(found);
      }),
    [attempt, want, show],
  );

  const addZip = useCallback(
    (file: File) =>
      attempt(async () => {
        const added = await server.upload(file);
        want(added.package_id);
        show(added);
        setList(await server.packages());
      }),
    [attempt, want, show],
  );

  useEffect(() => void choose(first), [choose, first]);

  const item: PackageItem | null = loaded?.items.find(({ item_id }) => item_id === itemId) ?? null;
  return { list, chosen, loaded, item, itemId, setItemId, choose, addZip };
}

function useLearners(attempt: Attempt, address: URLSearchParams) {
  const [learners, setLearners] = useState<readonly LmsLearner[]>([]);
  const [learnerId, setLearnerId] = useState(address.get("learner") ?? "");

  useEffect(() => {
    void attempt(async () => {
      const known = await greet(address);
      setLearners(known);
      setLearnerId((current) => current || (known[0]?.learner_id ?? ""));
    });
  }, [attempt, address]);

  const addLearner = (learner: LmsLearner) =>
    attempt(async () => {
      await server.addLearner(learner);
      setLearners(await server.learners());
      setLearnerId(learner.learner_id);
    });

  const learner = learners.find(({ learner_id }) => learner_id === learnerId) ?? null;
  return { learners, learner, learnerId, setLearnerId, addLearner };
}

/** Everyone the LMS knows; whom the address names and it doesn't know is added first. */
async function greet(address: URLSearchParams): Promise<readonly LmsLearner[]> {
  const known = await server.learners();
  const wanted = address.get("learner");
  if (wanted === null || wanted === "" || known.some(({ learner_id }) => learner_id === wanted)) return known;
  await server.addLearner({ learner_id: wanted, name: address.get("learner_name") || wanted });
  return server.learners();
}

/** Keeps the address true to what is set up, so that it can be reloaded, bookmarked and passed on. */
function useAddress(chosen: string, learnerId: string, settings: LmsSettings, faults: Faults): void {
  useEffect(() => {
    const query = new URLSearchParams([
      ...(chosen === "" ? [] : [["package", chosen]]),
      ...(learnerId === "" ? [] : [["learner", learnerId]]),
      ...writeAddress(settings, faults),
    ]);
    history.replaceState(null, "", `${location.pathname}?${query}`);
  }, [chosen, learnerId, settings, faults]);
}
