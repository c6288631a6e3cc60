import { usePlatform } from "../usePlatform.ts";
import { ConnectPane } from "./ConnectPane.tsx";
import { FaultsPane } from "./FaultsPane.tsx";
import { GradebookPane } from "./GradebookPane.tsx";
import { LaunchPane } from "./LaunchPane.tsx";
import { LogPane } from "./LogPane.tsx";

export type Platform = ReturnType<typeof usePlatform>;

export function App() {
  const platform = usePlatform();
  const { state, problem } = platform;
  return (
    <>
      <header>
        <h1>Practice platform</h1>
        <p>
          Plays an LMS that speaks LTI 1.3 and 1.1. Connect a tool, launch it from the course, watch the
          gradebook.
        </p>
      </header>
      {problem === "" ? null : (
        <p class="problem banner" role="alert">
          {problem}
        </p>
      )}
      <main>
        <div class="left">
          <LaunchPane platform={platform} />
          <ConnectPane platform={platform} />
          <FaultsPane platform={platform} />
        </div>
        <div class="right">
          <CoursePane platform={platform} />
          <GradebookPane platform={platform} />
          <LogPane entries={state?.log ?? []} />
        </div>
      </main>
    </>
  );
}

function CoursePane({ platform }: { readonly platform: Platform }) {
  const { opened, close, place } = platform;
  return (
    <section class="pane course" aria-labelledby="course-title">
      <div class="bar">
        <h2 id="course-title">The course “Safety at work”</h2>
        {opened === null ? null : (
          <button type="button" class="primary" onClick={close}>
            Close the tool
          </button>
        )}
      </div>
      <div class={opened?.shown_in === "frame" ? "stage playing" : "stage"} ref={place} />
      {opened === null ? <p class="empty">{hint(platform)}</p> : null}
      {opened?.shown_in === "window" ? <p class="empty">The tool is open in a window of its own.</p> : null}
    </section>
  );
}

function hint({ state }: Platform): string {
  if (state === null) return "Loading…";
  if (state.links.length > 0) return "Choose who you are and an activity, and launch it.";
  if (state.tools.length > 0) return "The course is empty. Pick activities in the tool, or add a link.";
  return "No tool is connected yet. Connect one: then its courses can be put into this one.";
}
