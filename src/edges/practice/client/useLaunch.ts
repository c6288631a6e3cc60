/** A launch: the record is opened, the API is put where a course looks for it, and the course is shown. */
import { useRef, useState } from "preact/hooks";
import { type LoggedCall, logCall } from "./callLog.ts";
import type { Faults, LmsSettings } from "./lms/faults.ts";
import { createSession, type Session, type SessionOrder } from "./lms/session.ts";
import { openStage, type Stage } from "./lms/stage.ts";
import { Problem } from "./problem.ts";
import { server } from "./server.ts";
import type { Attempt } from "./usePractice.ts";

interface Opened {
  readonly launch_id: string;
  readonly stage: Stage;
  readonly shown_in: LmsSettings["shown_in"];
}

type Ready = Pick<SessionOrder, "package" | "item" | "learner">;

export function useLaunch(attempt: Attempt, ready: Ready | null, settings: LmsSettings, faults: Faults) {
  const [opened, setOpened] = useState<Opened | null>(null);
  const [launching, setLaunching] = useState(false);
  const [calls, setCalls] = useState<readonly LoggedCall[]>([]);
  const [notice, setNotice] = useState("");
  const place = useRef<HTMLDivElement>(null);

  async function show(chosen: Ready, onto: HTMLElement): Promise<void> {
    const { package_id } = chosen.package;
    const record = await server.launch({
      package_id,
      item_id: chosen.item.item_id,
      learner_id: chosen.learner.learner_id,
      reset: faults.resets_attempt > 0,
    });
    const { launch_id } = record;
    const order = { ...chosen, record, settings, faults };
    install(createSession(order, (call) => setCalls((before) => logCall(before, call))));
    const stage = openStage({
      address: new URL(chosen.item.href, `${location.origin}/packages/${package_id}/`).href,
      title: chosen.package.title,
      settings,
      faults,
      place: onto,
      onGone: () => {
        setOpened((current) => (current?.launch_id === launch_id ? null : current));
        setNotice("The course is closed.");
      },
    });
    if (stage === null) {
      throw new Problem("The browser blocked the window. Allow pop-ups for this page, then launch again.");
    }
    setOpened({ launch_id, stage, shown_in: settings.shown_in });
  }

  const launch = () =>
    attempt(async () => {
      if (ready === null || place.current === null) return;
      setLaunching(true);
      opened?.stage.remove();
      setCalls([]);
      setNotice("");
      await show(ready, place.current).finally(() => setLaunching(false));
    });

  return { opened, launching, calls, notice, place, launch };
}

/** A course looks for one name; that of the other standard must not be there, or it might take that. */
function install({ api_name, api }: Session): void {
  const page: Window & Partial<Record<Session["api_name"], Session["api"]>> = window;
  delete page.API;
  delete page.API_1484_11;
  page[api_name] = api;
}
