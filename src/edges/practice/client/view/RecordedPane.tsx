/** "What the LMS recorded": only what it stored; below, every call of its API as it came. */
import type { LmsRecord } from "../../practiceTypes.ts";
import type { LoggedCall } from "../callLog.ts";
import { atTime, counted, lasting } from "./format.ts";
import { recordedFacts } from "./recorded.ts";

export function RecordedPane(props: {
  readonly record: LmsRecord | null;
  readonly calls: readonly LoggedCall[];
  readonly onForget: () => void;
}) {
  const { record } = props;
  return (
    <section class="pane recorded" aria-labelledby="recorded-title">
      <h2 id="recorded-title">What the LMS recorded</h2>
      {record === null ? (
        <p class="empty">Nothing yet: this learner has not launched it.</p>
      ) : (
        <Facts record={record} />
      )}
      {record === null ? null : (
        <button type="button" class="quiet" onClick={props.onForget}>
          Forget this record
        </button>
      )}
      <CallLog calls={props.calls} />
    </section>
  );
}

function Facts({ record }: { readonly record: LmsRecord }) {
  const facts = recordedFacts(record);
  return (
    <>
      <p class="headline">
        <span class={`badge status-${facts.status.split(/[ ,]/)[0]}`} data-fact="status">
          {facts.status}
        </span>
        <span data-fact="score">{facts.score === "" ? "no score" : `score ${facts.score}`}</span>
      </p>
      <dl class="facts">
        <Fact
          name="session"
          label="Session"
          value={record.terminated ? "ended by the course" : "not ended by the course"}
        />
        <Fact name="entry" label="Entry at launch" value={record.entry === "" ? "(empty)" : record.entry} />
        <Fact
          name="attempt"
          label="Attempt"
          value={`${record.attempt} · ${counted(record.launches, "launch", "launches")}`}
        />
        <Fact name="total_time" label="Total time" value={lasting(record.total_seconds)} />
        <Fact
          name="session_time"
          label="Session time"
          value={facts.session_seconds === null ? "none" : lasting(facts.session_seconds)}
        />
        <Fact name="exit" label="Exit" value={facts.exit === "" ? "(empty)" : facts.exit} />
        <Fact
          name="commits"
          label="Commits stored"
          value={
            record.committed_at === null ? "0" : `${record.commits}, last ${atTime(record.committed_at)}`
          }
        />
        <Fact name="location" label="Location" value={facts.location === "" ? "none" : facts.location} />
        <Fact
          name="sent_id"
          label="Sent as learner id"
          value={facts.sent_id === "" ? "not committed yet" : facts.sent_id}
        />
      </dl>
      <p class="small-title">Suspend data, {counted(facts.suspend_data.length, "character")}</p>
      {facts.suspend_data === "" ? null : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it
        <section class="data" data-fact="suspend_data" tabIndex={0} aria-label="Suspend data">
          {facts.suspend_data}
        </section>
      )}
      {record.earlier_attempts.length === 0 ? null : (
        <p class="hint" data-fact="earlier">
          Before:{" "}
          {record.earlier_attempts
            .map((one) => `attempt ${one.attempt} (${one.ended === "reset" ? "forgotten" : "ended"})`)
            .join(", ")}
        </p>
      )}
    </>
  );
}

export function Fact(props: { readonly name: string; readonly label: string; readonly value: string }) {
  return (
    <div>
      <dt>{props.label}</dt>
      <dd data-fact={props.name}>{props.value}</dd>
    </div>
  );
}

function CallLog({ calls }: { readonly calls: readonly LoggedCall[] }) {
  const errors = calls.filter(({ failed }) => failed).length;
  return (
    <details class="more log">
      <summary>
        Calls of the API{" "}
        <span class="count">
          {errors === 0 ? calls.length : `${calls.length}, ${counted(errors, "error")}`}
        </span>
      </summary>
      {calls.length === 0 ? (
        <p class="empty">No calls yet.</p>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it
        <ol class="calls" reversed tabIndex={0} aria-label="Calls of the API, newest first">
          {calls.map((call) => (
            <li key={call.number} class={call.failed ? "failed" : ""}>
              <code>{call.text}</code> <code class="answer">→ {call.answer}</code>
              {call.failed ? (
                <span class="why">
                  error {call.error}: {call.diagnostic}
                </span>
              ) : null}
            </li>
          ))}
        </ol>
      )}
    </details>
  );
}
