/** What goes wrong at platforms, to be switched on. */
import type { Faults } from "../../platformTypes.ts";
import { server } from "../server.ts";
import type { Platform } from "./App.tsx";
import { Switch } from "./Fields.tsx";

const HANG_SECONDS = 20;
const SKEW_SECONDS = 600;

export function FaultsPane({ platform: { state, attempt } }: { readonly platform: Platform }) {
  if (state === null) return null;
  const { faults, kid } = state;
  const set = (change: Partial<Faults>) => void attempt(() => server.setFaults({ ...faults, ...change }));
  const act = (action: Parameters<typeof server.act>[0]) => () => void attempt(() => server.act(action));
  return (
    <section class="pane faults" aria-labelledby="faults-title">
      <h2 id="faults-title">What goes wrong</h2>
      <div class="fault">
        <Switch
          id="down"
          label="The platform is down"
          explanation="Every message of a tool, and every launch, is answered with 503."
          on={faults.down}
          onTurn={(down) => set({ down })}
        />
      </div>
      <div class="fault">
        <Switch
          id="refuses-scores"
          label="Scores are refused"
          explanation="Scores and grades are answered with 500; launches work."
          on={faults.refuses_scores}
          onTurn={(refuses_scores) => set({ refuses_scores })}
        />
      </div>
      <div class="fault">
        <Switch
          id="hangs"
          label="The platform hangs"
          explanation={`Every answer comes ${HANG_SECONDS} seconds late.`}
          on={faults.hang_seconds > 0}
          onTurn={(on) => set({ hang_seconds: on ? HANG_SECONDS : 0 })}
        />
      </div>
      <div class="fault">
        <Switch
          id="clock"
          label="Its clock is wrong"
          explanation="Launches are signed ten minutes ahead of time."
          on={faults.clock_skew_seconds !== 0}
          onTurn={(on) => set({ clock_skew_seconds: on ? SKEW_SECONDS : 0 })}
        />
      </div>
      <div class="fault">
        <p class="hint">
          It signs with the key <code>{kid}</code>.
        </p>
        <div class="bar">
          <button type="button" class="quiet" onClick={act("rotate-key")}>
            Rotate the key
          </button>
          <button type="button" class="quiet" onClick={act("forget-tokens")}>
            Forget access tokens
          </button>
          <button type="button" class="quiet" onClick={act("forget-everything")}>
            Begin anew
          </button>
        </div>
      </div>
    </section>
  );
}
