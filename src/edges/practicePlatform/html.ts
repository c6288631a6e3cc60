/** The few pages of the platform that stand in the frame of a launch. */

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

const escaped = (text: string) => text.replace(/[&<>"']/g, (one) => ENTITIES[one] ?? "");

function page(title: string, body: string, script: string): string {
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="color-scheme" content="light dark" />
    <title>${escaped(title)}</title>
    <link rel="stylesheet" href="/practice.css" />
    <script src="/${script}" defer></script>
  </head>
  <body>
    <div class="pane" role="main"><h1>${escaped(title)}</h1>${body}</div>
  </body>
</html>
`;
}

/** Goes on by itself; by a click where scripts are off. */
export function formPostPage(action: string, fields: Readonly<Record<string, string>>): string {
  const inputs = Object.entries(fields).map(
    ([name, value]) => `<input type="hidden" name="${escaped(name)}" value="${escaped(value)}" />`,
  );
  return page(
    "Opening the tool",
    `<form method="post" action="${escaped(action)}" data-goes-on>${inputs.join("")}<button>Go on</button></form>`,
    "platform-frame.js",
  );
}

/** Ends what was open in the frame or window: the platform's page is told. */
export function closingPage(title: string, words: string): string {
  return page(title, `<p>${escaped(words)}</p><p data-closes>You can close this.</p>`, "platform-frame.js");
}

export function refusalPage(words: string): string {
  return page("The practice platform does not take this", `<p>${escaped(words)}</p>`, "platform-frame.js");
}
