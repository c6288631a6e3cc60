/** Tools become known, and their links come into the course. */
import { useState } from "preact/hooks";
import type { PlatformState, Tool } from "../../platformTypes.ts";
import { server } from "../server.ts";
import type { Platform } from "./App.tsx";
import { Choices, Select, TextForm, Value } from "./Fields.tsx";

export function ConnectPane({ platform }: { readonly platform: Platform }) {
  const { state, open } = platform;
  return (
    <section class="pane choose" aria-labelledby="connect-title">
      <h2 id="connect-title">Tools and activities</h2>
      {state?.tools.map((tool) => (
        <ConnectedTool key={tool.client_id} tool={tool} platform={platform} />
      ))}
      {state?.has_gateway ? (
        <button
          type="button"
          class={state.tools.length === 0 ? "primary" : ""}
          onClick={() => open("Registration", "frame", async () => (await server.registerWithGateway()).url)}
        >
          Connect to the gateway
        </button>
      ) : null}
      <details class="more">
        <summary>Paste a registration link</summary>
        <TextForm
          id="register"
          fields={[{ name: "url", label: "The tool’s registration link", type: "url" }]}
          button="Register"
          onSend={async ({ url = "" }) =>
            open("Registration", "frame", async () => (await server.register(url)).url)
          }
        />
      </details>
      <ByHand platform={platform} />
      <OfferedLinks platform={platform} />
      <LinkByHand platform={platform} />
    </section>
  );
}

function ConnectedTool({ tool, platform }: { readonly tool: Tool; readonly platform: Platform }) {
  const { choice, open, attempt } = platform;
  return (
    <div class="tool">
      <h3>{tool.name}</h3>
      <p class="hint">Registered {tool.registered}.</p>
      <div class="bar">
        {tool.deep_linking_url === null ? null : (
          <button
            type="button"
            onClick={() =>
              open(tool.name, choice.shown_in, () =>
                server.deepLinking({ ...choice, client_id: tool.client_id }),
              )
            }
          >
            Pick activities
          </button>
        )}
        <button
          type="button"
          class="quiet"
          aria-label={`Forget ${tool.name}`}
          onClick={() => void attempt(() => server.forgetTool(tool.client_id))}
        >
          Forget
        </button>
      </div>
      <details class="more">
        <summary>What {tool.name} must be told</summary>
        <dl class="values">
          <Value label="Client id" value={tool.client_id} />
          <Value label="Deployment id" value={tool.deployment_id} />
        </dl>
      </details>
    </div>
  );
}

const TOOL_FIELDS = [
  { name: "name", label: "Name" },
  { name: "login_url", label: "Login initiation URL", type: "url" },
  { name: "redirect_url", label: "Redirect URL (launch)", type: "url" },
  { name: "jwks_url", label: "JWKS URL", type: "url" },
  { name: "target_url", label: "Target link URL", type: "url", required: false },
  { name: "deep_linking_url", label: "Deep linking URL", type: "url", required: false },
] as const;

function ByHand({ platform: { state, attempt } }: { readonly platform: Platform }) {
  return (
    <details class="more">
      <summary>Connect by hand (LTI 1.3)</summary>
      {state === null ? null : <PlatformValuesList values={state.values} />}
      <TextForm
        id="tool"
        fields={TOOL_FIELDS}
        button="Add the tool"
        onSend={(fields) => attempt(() => server.addTool(fields))}
      />
    </details>
  );
}

function PlatformValuesList({ values }: { readonly values: PlatformState["values"] }) {
  return (
    <dl class="values" aria-label="What the tool must be told">
      <Value label="Issuer" value={values.issuer} />
      <Value label="Authorization URL" value={values.authorization_url} />
      <Value label="Token URL" value={values.token_url} />
      <Value label="JWKS URL" value={values.jwks_url} />
      <Value label="OpenID configuration" value={values.configuration_url} />
    </dl>
  );
}

type Version = "1.3" | "1.1";

/** Of the gateway beside it: as somebody does who copies them from its console. */
function OfferedLinks({ platform }: { readonly platform: Platform }) {
  const { state, offered, attempt, choose, lookForOffers } = platform;
  const [url, setUrl] = useState("");
  const [wanted, setWanted] = useState<Version>("1.3");
  if (!state?.has_gateway) return null;
  const link = offered.find((one) => one.url === url) ?? offered[0];
  const tool = state.tools.find(({ target_url }) => sameOrigin(target_url, link?.url)) ?? state.tools[0];
  const version = tool === undefined ? "1.1" : wanted;
  const add = async () => {
    if (link === undefined) return;
    const client = version === "1.3" ? { client_id: tool?.client_id ?? "" } : {};
    const { link_id } = await server.addOffered({ ...link, ...client });
    choose({ link_id });
  };
  return (
    <details class="more" onToggle={() => void attempt(lookForOffers)}>
      <summary>Add a course of the gateway</summary>
      {link === undefined ? (
        <p class="empty">The gateway has no delivery of format LTI.</p>
      ) : (
        <div class="settings">
          <Select id="offered" label="Course" value={link.url} onPick={setUrl}>
            {offered.map((one) => (
              <option key={one.url} value={one.url}>
                {one.title}
              </option>
            ))}
          </Select>
          <Choices
            id="version"
            label="By"
            value={version}
            choices={tool ? { "1.3": "LTI 1.3", "1.1": "LTI 1.1 (key and secret)" } : VERSION_11}
            onPick={setWanted}
          />
          <button type="button" onClick={() => void attempt(add)}>
            Add it
          </button>
        </div>
      )}
    </details>
  );
}

const VERSION_11 = { "1.1": "LTI 1.1 (key and secret)" } as Record<Version, string>;

function sameOrigin(one: string, other = ""): boolean {
  return URL.canParse(other) && new URL(one).origin === new URL(other).origin;
}

function LinkByHand({ platform: { state, attempt, choose } }: { readonly platform: Platform }) {
  const add = (fields: Record<string, string>) =>
    attempt(async () => choose({ link_id: (await server.addLink(fields)).link_id }));
  const common = [
    { name: "title", label: "Title" },
    { name: "url", label: "Link", type: "url" },
    { name: "custom", label: "Custom parameters (name=value)", lines: true, required: false },
  ] as const;
  return (
    <>
      {state?.tools.length ? (
        <details class="more">
          <summary>Add a link by hand (LTI 1.3)</summary>
          <TextForm
            id="link13"
            fields={common}
            button="Add the link"
            onSend={(fields) => add({ ...fields, client_id: state.tools[0]?.client_id ?? "" })}
          />
        </details>
      ) : null}
      <details class="more">
        <summary>Add a link by hand (LTI 1.1)</summary>
        <TextForm
          id="link11"
          fields={[...common, { name: "key", label: "Key" }, { name: "secret", label: "Secret" }]}
          button="Add the link"
          onSend={add}
        />
      </details>
    </>
  );
}
