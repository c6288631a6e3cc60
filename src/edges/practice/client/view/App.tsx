import { usePractice } from "../usePractice.ts";
import { ChoosePane } from "./ChoosePane.tsx";
import { GatewayPane } from "./GatewayPane.tsx";
import { RecordedPane } from "./RecordedPane.tsx";

export function App() {
  const practice = usePractice();
  return (
    <>
      <header>
        <h1>Practice LMS</h1>
        <p>Plays a customer’s LMS. Launch a package as one of its learners and watch both sides.</p>
      </header>
      {practice.problem === "" ? null : (
        <p class="problem banner" role="alert">
          {practice.problem}
        </p>
      )}
      <main>
        <ChoosePane
          list={practice.list}
          chosen={practice.chosen}
          loaded={practice.loaded}
          itemId={practice.itemId}
          learners={practice.learners}
          learnerId={practice.learnerId}
          settings={practice.settings}
          faults={practice.faults}
          onChoose={(id) => void practice.choose(id)}
          onZip={(file) => void practice.addZip(file)}
          onItem={practice.setItemId}
          onLearner={practice.setLearnerId}
          onNewLearner={(learner) => void practice.addLearner(learner)}
          onSettings={practice.setSettings}
          onFaults={practice.setFaults}
        />
        <CoursePane practice={practice} />
        <div class="sides">
          <RecordedPane
            record={practice.state?.record ?? null}
            calls={practice.calls}
            onForget={() => void practice.forget()}
          />
          <GatewayPane
            loaded={practice.loaded}
            offered={
              practice.list?.from_gateway.find(({ delivery_id }) => delivery_id === practice.chosen) ?? null
            }
            state={practice.state}
            onPause={(paused) => void practice.pause(paused)}
          />
        </div>
      </main>
      <p class="unseen" role="status">
        {practice.news}
      </p>
    </>
  );
}

function CoursePane({ practice }: { readonly practice: ReturnType<typeof usePractice> }) {
  const { loaded, learner, opened, launching } = practice;
  const ready = loaded !== null && learner !== null && !launching;
  const where = practice.settings.shown_in === "frame" ? "here" : "in a window";
  return (
    <section class="pane course" aria-labelledby="course-title">
      <div class="bar">
        <h2 id="course-title">{loaded?.title ?? "Course"}</h2>
        {opened === null ? (
          <button type="button" class="primary" disabled={!ready} onClick={() => void practice.launch()}>
            {launching ? "Launching…" : `Launch ${where}${learner === null ? "" : ` as ${learner.name}`}`}
          </button>
        ) : (
          <>
            <button type="button" class="primary" onClick={() => opened.stage.close()}>
              Close the course
            </button>
            {opened.shown_in === "frame" ? (
              <button type="button" onClick={() => opened.stage.remove()}>
                Remove the frame
              </button>
            ) : null}
          </>
        )}
      </div>
      <div class={opened?.shown_in === "frame" ? "stage playing" : "stage"} ref={practice.place} />
      {opened === null ? <p class="empty">{hint(practice)}</p> : null}
      {opened?.shown_in === "window" ? <p class="empty">The course is open in a window of its own.</p> : null}
    </section>
  );
}

function hint({ chosen, loaded, notice, problem }: ReturnType<typeof usePractice>): string {
  if (notice !== "") return `${notice} Launch it again to see how it resumes.`;
  if (loaded !== null) return "Ready. Launch the course when you like.";
  if (problem !== "") return "There is nothing to launch.";
  return chosen === "" ? "Choose a package to begin." : "The package is being put into the LMS…";
}
