/** "What the gateway decided and tallied": the other side of the same launches. */
import { useEffect, useState } from "preact/hooks";
import type { Observation, ObservedLearner, ObservedSeat, PracticePackage } from "../../observation.ts";
import type { LmsPackage, PracticeState } from "../../practiceTypes.ts";
import { Switch } from "./Fields.tsx";
import { atTime, counted, lasting, money } from "./format.ts";

export function GatewayPane(props: {
  /** Null before one is chosen. */
  readonly loaded: LmsPackage | null;
  /** What the gateway said of it, where it is one of the gateway's. */
  readonly offered: PracticePackage | null;
  readonly state: PracticeState | null;
  readonly onPause: (paused: boolean) => void;
}) {
  const { loaded, offered, state } = props;
  const isDelivery = loaded !== null && loaded.delivery_id !== null;
  return (
    <section class="pane gateway" aria-labelledby="gateway-title">
      <h2 id="gateway-title">What the gateway decided and tallied</h2>
      {offered === null ? null : (
        <p class="hint">{[offered.title, offered.label, offered.license_kind].filter(Boolean).join(" · ")}</p>
      )}
      {state?.gateway_problem ? <p class="problem">{state.gateway_problem}</p> : null}
      {loaded === null ? <p class="empty">Choose one of the gateway’s packages to see its side.</p> : null}
      {loaded !== null && !isDelivery ? (
        <p class="empty">Not a package of the gateway: there is nothing to decide or tally.</p>
      ) : null}
      {isDelivery && state === null ? <p class="empty">Looking…</p> : null}
      {state?.observation ? <Observed observation={state.observation} onPause={props.onPause} /> : null}
    </section>
  );
}

function Observed({
  observation,
  onPause,
}: {
  readonly observation: Observation;
  readonly onPause: (paused: boolean) => void;
}) {
  const now = useGatewayClock(observation.now);
  return (
    <>
      <Switch
        id="pause"
        label="Pause the license"
        explanation="No new seats; whoever holds one goes on."
        on={observation.paused}
        onTurn={onPause}
      />
      <Group title="Seats" none="No seat taken yet." count={observation.seats.length}>
        {observation.seats.map((seat) => (
          <li key={seat.seat_id} data-seat={seat.state}>
            <p class="line">
              <Who learner={seat.learner} />
              <span class={`badge seat-${seat.state}`}>{seat.state}</span>
            </p>
            <SeatDetail seat={seat} now={now} />
          </li>
        ))}
      </Group>
      <Group title="Charges" none="Nothing charged yet." count={observation.charges.length}>
        {observation.charges.map((charge) => (
          <li key={charge.charge_id} data-charge={charge.amount}>
            <p class="line">
              <Who learner={charge.learner} />
              <strong>{money(charge.amount, charge.currency)}</strong>
            </p>
            <p class="hint">
              {charge.why} · {atTime(charge.charged_at)}
            </p>
          </li>
        ))}
      </Group>
      <Group title="Launches" none="No launch yet." count={observation.launches.length}>
        {observation.launches.map((launch) => (
          <li key={launch.launch_id} data-launch={launch.outcome}>
            <p class="line">
              <Who learner={launch.learner} />
              <span class={`badge launch-${launch.outcome}`}>
                {launch.outcome === "allowed" ? "allowed" : launch.code}
                {launch.count > 1 ? ` × ${launch.count}` : ""}
              </span>
            </p>
            <p class="hint">
              {atTime(launch.launched_at)}
              {launch.outcome === "allowed" ? ` · open for ${lasting(launch.open_seconds)}` : ""}
              {launch.outcome === "allowed" && launch.closed_at === null ? " · running" : ""}
              {launch.confirmed_seat ? " · confirmed the seat" : ""}
            </p>
          </li>
        ))}
      </Group>
      <Group title="Attempts" none="Nothing saved yet." count={observation.attempts.length}>
        {observation.attempts.map((attempt) => (
          <li key={attempt.attempt_id}>
            <p class="line">
              <Who learner={attempt.learner} />
              <span>
                {[attempt.completion, attempt.success].filter((word) => word !== "unknown").join(", ") ||
                  "unknown"}
                {attempt.score_scaled === null ? "" : ` · ${Math.round(attempt.score_scaled * 100)} %`}
              </span>
            </p>
            <p class="hint">
              {attempt.saved_at === null ? "not saved yet" : `saved ${atTime(attempt.saved_at)}`}
            </p>
          </li>
        ))}
      </Group>
    </>
  );
}

function Group(props: {
  readonly title: string;
  readonly none: string;
  readonly count: number;
  readonly children: preact.ComponentChildren;
}) {
  return (
    <>
      <h3>{props.title}</h3>
      {props.count === 0 ? <p class="empty">{props.none}</p> : <ul class="lines">{props.children}</ul>}
    </>
  );
}

function Who({ learner }: { readonly learner: ObservedLearner | null }) {
  if (learner === null) return <span class="who">unknown</span>;
  return (
    <span class="who">
      {learner.name || "no name"} <span class="id">{learner.scorm_id}</span>
    </span>
  );
}

function SeatDetail({ seat, now }: { readonly seat: ObservedSeat; readonly now: number }) {
  const until = seat.ends_at === null ? "no end yet" : `until ${atTime(seat.ends_at)}`;
  if (seat.state === "pending" && seat.pending !== undefined)
    return <PendingSeat pending={seat.pending} until={until} now={now} />;
  return (
    <p class="hint">
      {seat.confirmed_at === null
        ? `since ${atTime(seat.started_at)}`
        : `confirmed ${atTime(seat.confirmed_at)}`}{" "}
      · {until}
    </p>
  );
}

function PendingSeat(props: {
  readonly pending: NonNullable<ObservedSeat["pending"]>;
  readonly until: string;
  readonly now: number;
}) {
  const { pending, now } = props;
  const left = pending.confirms_at === null ? null : (Date.parse(pending.confirms_at) - now) / 1_000;
  const open =
    left === null ? pending.open_seconds : Math.max(pending.open_seconds, pending.open_seconds_needed - left);
  return (
    <>
      <p class="hint" data-pending>
        Not charged yet. Confirmed {left === null ? "" : `in ${lasting(left)}, `}at{" "}
        {lasting(pending.open_seconds_needed)} open in one launch ({lasting(open)} so far), or at launch{" "}
        {pending.launches_needed} ({counted(pending.launches, "launch", "launches")} so far).
      </p>
      <progress max={pending.open_seconds_needed} value={open} aria-label="Open time towards confirmation" />
      <p class="hint">{props.until}</p>
    </>
  );
}

/** The gateway's clock, in milliseconds, ticking here between two looks at it. */
function useGatewayClock(now: string): number {
  const [ahead, setAhead] = useState(0);
  useEffect(() => {
    const since = performance.now();
    setAhead(0);
    const timer = setInterval(() => setAhead(performance.now() - since), 500);
    return () => clearInterval(timer);
  }, [now]);
  return Date.parse(now) + ahead;
}
