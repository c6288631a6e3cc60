/** Who launches what, and how. */
import { server } from "../server.ts";
import type { Platform } from "./App.tsx";
import { Choices, Select, Switch } from "./Fields.tsx";

export function LaunchPane({ platform }: { readonly platform: Platform }) {
  const { state, choice, choose, opened, open } = platform;
  const link = state?.links.find(({ link_id }) => link_id === choice.link_id);
  const learner = state?.learners.find(({ user_id }) => user_id === choice.user_id);
  const where = choice.shown_in === "frame" ? "here" : "in a window";
  return (
    <section class="pane choose" aria-labelledby="launch-title">
      <h2 id="launch-title">Launch</h2>
      <Select id="activity" label="Activity" value={choice.link_id} onPick={(link_id) => choose({ link_id })}>
        {state?.links.length ? null : <option value="">None yet</option>}
        {state?.links.map(({ link_id, title, consumer_key }) => (
          <option key={link_id} value={link_id}>
            {`${title} · LTI ${consumer_key === null ? "1.3" : "1.1"}`}
          </option>
        ))}
      </Select>
      <Select
        id="learner"
        label="Who"
        value={choice.user_id}
        onPick={(user_id) =>
          choose({ user_id, role: state?.learners.find((one) => one.user_id === user_id)?.role ?? "learner" })
        }
      >
        {state?.learners.map(({ user_id, given_name, family_name, former_user_id, left }) => (
          <option key={user_id} value={user_id}>
            {`${given_name} ${family_name} · ${former_user_id}${left ? " · left" : ""}`}
          </option>
        ))}
      </Select>
      <Choices
        id="role"
        label="Role"
        value={choice.role}
        choices={{ learner: "Learner", instructor: "Instructor" }}
        onPick={(role) => choose({ role })}
      />
      <button
        type="button"
        class="primary"
        disabled={link === undefined || learner === undefined || opened !== null}
        onClick={() => open(link?.title ?? "", choice.shown_in, () => server.launch(choice))}
      >
        Launch {where}
        {learner ? ` as ${learner.given_name} ${learner.family_name}` : ""}
      </button>
      <HowPane platform={platform} />
    </section>
  );
}

function HowPane({ platform: { state, choice, choose } }: { readonly platform: Platform }) {
  const keys = state?.consumer_keys ?? [];
  return (
    <details class="more">
      <summary>How it is launched</summary>
      <div class="settings">
        <Choices
          id="shown-in"
          label="Open the tool in"
          value={choice.shown_in}
          choices={{ frame: "a frame", window: "a window" }}
          onPick={(shown_in) => choose({ shown_in })}
        />
        <Choices
          id="tells"
          label="Tell the tool of the learner"
          value={choice.tells}
          choices={{
            all: "names, e-mail, student number",
            names: "names",
            id: "an id only",
            nothing: "nothing (anonymous)",
          }}
          onPick={(tells) => choose({ tells })}
        />
        <Choices
          id="login-by"
          label="Log in at the tool by"
          value={choice.login_by}
          choices={{ GET: "GET", POST: "POST" }}
          onPick={(login_by) => choose({ login_by })}
        />
        <Switch
          id="storage"
          label="Platform storage"
          explanation="Lets a tool whose cookies are blocked keep a few texts in this page."
          on={choice.storage}
          onTurn={(storage) => choose({ storage })}
        />
        {keys.length === 0 ? null : (
          <Select
            id="former-key"
            label="In LTI 1.1 it was launched with the key"
            value={choice.former_key}
            onPick={(former_key) => choose({ former_key })}
          >
            <option value="">not told</option>
            {keys.map((key) => (
              <option key={key} value={key}>
                {key}
              </option>
            ))}
          </Select>
        )}
      </div>
    </details>
  );
}
