/** The page's state and what can be done with it; the panes only show. */
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import type { LmsLearner, LmsPackage, LmsRecord, PackageList, PracticeState } from "../practiceTypes.ts";
import { type LoggedCall, logCall } from "./callLog.ts";
import { type Faults, type LmsSettings, readAddress, writeAddress } from "./lms/faults.ts";
import { createSession, type Session } from "./lms/session.ts";
import { openStage, type Stage } from "./lms/stage.ts";
import { ServerProblem, server } from "./server.ts";
import { newsBetween } from "./view/news.ts";

const POLL_MILLISECONDS = 1_000;

interface Opened {
  readonly record: LmsRecord;
  readonly stage: Stage;
  readonly shown_in: LmsSettings["shown_in"];
}

export function usePractice() {
  const [first] = useState(() => new URLSearchParams(location.search));
  const [problem, setProblem] = useState("");
  const [list, setList] = useState<PackageList | null>(null);
  const [learners, setLearners] = useState<readonly LmsLearner[]>([]);
  const [chosen, setChosen] = useState(first.get("package") ?? "");
  const [loaded, setLoaded] = useState<LmsPackage | null>(null);
  const [itemId, setItemId] = useState("");
  const [learnerId, setLearnerId] = useState(first.get("learner") ?? "");
  const [{ settings, faults }, setConduct] = useState(() => readAddress(first));
  const [opened, setOpened] = useState<Opened | null>(null);
  const [launching, setLaunching] = useState(false);
  const [calls, setCalls] = useState<readonly LoggedCall[]>([]);
  const [notice, setNotice] = useState("");
  const place = useRef<HTMLDivElement>(null);

  /** Runs what a person asked for and shows what went wrong with it. */
  const attempt = useCallback(async (act: () => Promise<void>) => {
    setProblem("");
    try {
      await act();
    } catch (cause) {
      setProblem(
        cause instanceof ServerProblem ? cause.message : `The practice page failed: ${String(cause)}`,
      );
    }
  }, []);

  const show = useCallback((found: LmsPackage) => {
    setLoaded(found);
    setItemId(found.items[0]?.item_id ?? "");
  }, []);

  const choose = useCallback(
    (id: string) =>
      attempt(async () => {
        setChosen(id);
        setLoaded(null);
        if (id === "") return;
        const current = await server.packages();
        setList(current);
        show(
          current.uploaded.find(({ package_id }) => package_id === id) ?? (await server.fetchDelivery(id)),
        );
      }),
    [attempt, show],
  );

  const addZip = useCallback(
    (file: File) =>
      attempt(async () => {
        const added = await server.upload(file);
        setList(await server.packages());
        setChosen(added.package_id);
        show(added);
      }),
    [attempt, show],
  );

  const addLearner = useCallback(
    (learner: LmsLearner) =>
      attempt(async () => {
        await server.addLearner(learner);
        setLearners(await server.learners());
        setLearnerId(learner.learner_id);
      }),
    [attempt],
  );

  // What the address asks for, once: a learner it names and this LMS doesn't know is added.
  useEffect(() => {
    void attempt(async () => {
      setLearners(await greet(first));
      setLearnerId((current) => current || "anna.berg");
      if (chosen === "") setList(await server.packages());
      else await choose(chosen);
    });
  }, []);

  useEffect(() => {
    const query = new URLSearchParams([
      ...(chosen === "" ? [] : [["package", chosen]]),
      ...(learnerId === "" ? [] : [["learner", learnerId]]),
      ...writeAddress(settings, faults),
    ]);
    history.replaceState(null, "", `${location.pathname}?${query}`);
  }, [chosen, learnerId, settings, faults]);

  const key =
    loaded === null || learnerId === ""
      ? null
      : { package_id: loaded.package_id, item_id: itemId, learner_id: learnerId };
  const { state, news, look } = usePolledState(key);
  const learner = learners.find(({ learner_id }) => learner_id === learnerId) ?? null;
  const item = loaded?.items.find(({ item_id }) => item_id === itemId) ?? null;

  const launch = () =>
    attempt(async () => {
      if (key === null || loaded === null || item === null || learner === null || place.current === null)
        return;
      setLaunching(true);
      try {
        opened?.stage.remove();
        setCalls([]);
        setNotice("");
        const record = await server.launch({ ...key, reset: faults.resets_attempt > 0 });
        const session = createSession({ package: loaded, item, learner, record, settings, faults }, (call) =>
          setCalls((before) => logCall(before, call)),
        );
        installApi(session.api_name, session.api);
        const stage = openStage({
          address: new URL(item.href, `${location.origin}/packages/${loaded.package_id}/`).href,
          title: loaded.title,
          settings,
          faults,
          place: place.current,
          onGone: () => {
            setOpened((current) => (current?.record.launch_id === record.launch_id ? null : current));
            setNotice("The course is closed.");
          },
        });
        if (stage === null)
          setProblem("The browser blocked the window. Allow pop-ups for this page, then launch again.");
        else setOpened({ record, stage, shown_in: settings.shown_in });
      } finally {
        setLaunching(false);
      }
    });

  const launchAsked = useRef(first.has("launch"));
  useEffect(() => {
    if (!launchAsked.current || key === null || learner === null) return;
    launchAsked.current = false;
    void launch();
  });

  return {
    problem,
    list,
    learners,
    chosen,
    loaded,
    itemId,
    learner,
    learnerId,
    settings,
    faults,
    opened,
    launching,
    calls,
    notice,
    place,
    state,
    news,
    choose,
    addZip,
    addLearner,
    launch,
    setItemId,
    setLearnerId,
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

async function greet(address: URLSearchParams): Promise<readonly LmsLearner[]> {
  const known = await server.learners();
  const wanted = address.get("learner");
  if (wanted === null || wanted === "" || known.some(({ learner_id }) => learner_id === wanted)) return known;
  await server.addLearner({ learner_id: wanted, name: address.get("learner_name") || wanted });
  return server.learners();
}

/** The course looks for one name on the window; the one of the other standard must not be there (or it would pick that). */
function installApi(name: Session["api_name"], api: Session["api"]): void {
  const page: Window & Partial<Record<Session["api_name"], Session["api"]>> = window;
  delete page.API;
  delete page.API_1484_11;
  page[name] = api;
}

interface StateKey {
  readonly package_id: string;
  readonly item_id: string;
  readonly learner_id: string;
}

/** Looks once a second while the page can be seen; a look that fails says so in the pane and the next one tries again. */
function usePolledState(key: StateKey | null) {
  const [state, setState] = useState<PracticeState | null>(null);
  const [news, setNews] = useState("");
  const latest = useRef<PracticeState | null>(null);
  const text = JSON.stringify(key);

  const look = useCallback(async () => {
    if (key === null) return;
    const found = await server.state(key).catch(
      (cause: Error): PracticeState => ({
        record: null,
        observation: null,
        ...latest.current,
        gateway_problem: cause.message,
      }),
    );
    const happened = newsBetween(latest.current, found);
    if (happened.length > 0) setNews(happened.join(" "));
    if (JSON.stringify(found) !== JSON.stringify(latest.current)) setState(found);
    latest.current = found;
  }, [text]);

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
