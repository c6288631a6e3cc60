/** What happened between two looks at the state, in sentences: read out to who cannot watch the panes. */
import type { PracticeState } from "../../practiceTypes.ts";
import { money } from "./format.ts";
import { recordedFacts } from "./recorded.ts";

export function newsBetween(before: PracticeState | null, after: PracticeState): string[] {
  if (before === null) return [];
  return [...recordNews(before, after), ...gatewayNews(before, after)];
}

function recordNews({ record: before }: PracticeState, { record: after }: PracticeState): string[] {
  if (after === null || after.commits === 0) return [];
  const status = recordedFacts(after).status;
  const statusBefore = before === null ? undefined : recordedFacts(before).status;
  return status === statusBefore ? [] : [`The LMS recorded: ${status}.`];
}

function gatewayNews(
  { observation: before }: PracticeState,
  { observation: after }: PracticeState,
): string[] {
  if (before === null || after === null) return [];
  const launches = after.launches
    .filter((launch) => !before.launches.some(({ launch_id }) => launch_id === launch.launch_id))
    .map(({ outcome, code }) =>
      outcome === "allowed" ? "The gateway allowed a launch." : `The gateway denied a launch: ${code}.`,
    );
  const seats = after.seats
    .filter((seat) => before.seats.find(({ seat_id }) => seat_id === seat.seat_id)?.state !== seat.state)
    .map(({ learner, state }) => `The seat of ${learner.name} is ${state}.`);
  const charges = after.charges
    .filter((charge) => !before.charges.some(({ charge_id }) => charge_id === charge.charge_id))
    .map(({ amount, currency }) => `Charged: ${money(amount, currency)}.`);
  const pause =
    before.paused === after.paused
      ? []
      : [after.paused ? "The license is paused." : "The license is no longer paused."];
  return [...launches, ...seats, ...charges, ...pause];
}
