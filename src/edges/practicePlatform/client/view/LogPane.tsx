/** Every message in both directions, in words; the message itself below. */
import type { LogEntry } from "../../platformTypes.ts";
import { atTime } from "./format.ts";

const DIRECTIONS: Readonly<Record<LogEntry["direction"], string>> = {
  in: "from the tool",
  out: "to the tool",
  here: "here",
};

export function LogPane({ entries }: { readonly entries: readonly LogEntry[] }) {
  return (
    <section class="pane" aria-labelledby="log-title">
      <h2 id="log-title">Messages</h2>
      {entries.length === 0 ? <p class="empty">Nothing was said yet.</p> : null}
      <ol class="messages" reversed>
        {entries.map((entry) => (
          <li key={entry.number} class={entry.failed ? "message failed" : "message"}>
            <p>
              <span class={`badge direction-${entry.direction}`}>{DIRECTIONS[entry.direction]}</span>{" "}
              {entry.words}
            </p>
            <p class="hint">{atTime(entry.at)}</p>
            {entry.detail === "" ? null : (
              <details>
                <summary aria-label={`The message: ${entry.words}`}>The message</summary>
                {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it */}
                <section class="data" tabIndex={0} aria-label={`Message ${entry.number}`}>
                  {entry.detail}
                </section>
              </details>
            )}
          </li>
        ))}
      </ol>
    </section>
  );
}
