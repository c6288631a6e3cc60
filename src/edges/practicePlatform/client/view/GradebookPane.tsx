/** The gradebook: a row for each member, a column for each line item; the last score by its own time counts. */
import type { Learner, LineItem, PlatformState, Score } from "../../platformTypes.ts";
import { server } from "../server.ts";
import type { Platform } from "./App.tsx";
import { atTime } from "./format.ts";

export function GradebookPane({ platform: { state, attempt } }: { readonly platform: Platform }) {
  return (
    <section class="pane" aria-labelledby="gradebook-title">
      <h2 id="gradebook-title">Gradebook</h2>
      {state === null || state.line_items.length === 0 ? (
        <p class="empty">No column yet: it is made with a link, or by the tool with the first score.</p>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it
        <section class="table-place" tabIndex={0} aria-label="Grades">
          <Table state={state} />
        </section>
      )}
      {state === null ? null : (
        <details class="more">
          <summary>Members</summary>
          <ul class="lines">
            {state.learners.map((learner) => (
              <li key={learner.user_id} class="line">
                <span>
                  {nameOf(learner)} <span class="hint">{learner.email || "no e-mail"}</span>
                </span>
                <button
                  type="button"
                  class="quiet"
                  onClick={() => void attempt(() => server.setLeft(learner.user_id, !learner.left))}
                >
                  {learner.left ? `Take ${learner.given_name} in again` : `${learner.given_name} leaves`}
                </button>
              </li>
            ))}
          </ul>
        </details>
      )}
    </section>
  );
}

const nameOf = ({ given_name, family_name }: Learner) => `${given_name} ${family_name}`;

function Table({ state }: { readonly state: PlatformState }) {
  const learners = state.learners.filter(({ role }) => role === "learner");
  return (
    <table class="gradebook">
      <thead>
        <tr>
          <th scope="col">Learner</th>
          {state.line_items.map((item) => (
            <th scope="col" key={item.line_item_id}>
              {item.label}
              <span class="hint">
                {item.client_id === null ? "LTI 1.1" : "LTI 1.3"} · of {item.score_maximum} · made {item.made}
              </span>
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {learners.map((learner) => (
          <tr key={learner.user_id}>
            <th scope="row">{nameOf(learner)}</th>
            {state.line_items.map((item) => (
              <td
                key={item.line_item_id}
                data-learner={learner.former_user_id}
                data-column={item.line_item_id}
              >
                <Cell item={item} scores={scoresOf(state.scores, item, learner)} />
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function scoresOf(scores: readonly Score[], item: LineItem, learner: Learner): Score[] {
  return scores.filter(
    ({ line_item_id, user_id }) => line_item_id === item.line_item_id && user_id === learner.user_id,
  );
}

function Cell({ item, scores }: { readonly item: LineItem; readonly scores: readonly Score[] }) {
  const last = scores[scores.length - 1];
  if (last === undefined) return <span class="hint">–</span>;
  return (
    <>
      <strong>{pointsOf(last, item)}</strong>
      {last.activity === null ? null : (
        <span class="hint">
          {last.activity} · {last.grading}
        </span>
      )}
      <span class="hint">
        {atTime(last.timestamp)} · {scores.length === 1 ? "1 score" : `${scores.length} scores`}
      </span>
    </>
  );
}

/** On the scale of the column, whatever the scale of the score. */
function pointsOf({ score_given, score_maximum }: Score, item: LineItem): string {
  if (score_given === null || score_maximum === null) return "no points yet";
  const points = (score_given / score_maximum) * item.score_maximum;
  return `${Math.round(points * 100) / 100} of ${item.score_maximum}`;
}
