/** How the page of the API looks. Two columns where there is room, one on a phone; follows the reader's light or dark. */
export const DOCS_STYLE = `
:root {
  color-scheme: light dark;
  --ink: light-dark(#1c2430, #e8ebf0);
  --quiet: light-dark(#4d5a6b, #aab4c2);
  --paper: light-dark(#ffffff, #14181e);
  --shade: light-dark(#f2f5f8, #1d232b);
  --line: light-dark(#d5dce4, #333c48);
  --accent: light-dark(#0b57a4, #8fc1ff);
}
* { box-sizing: border-box; }
html { scroll-padding-top: 1rem; }
body { margin: 0; font: 1rem/1.55 system-ui, sans-serif; color: var(--ink); background: var(--paper); }
a { color: var(--accent); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.skip { position: absolute; left: -100vw; padding: .5rem 1rem; background: var(--paper); }
.skip:focus { left: 0; top: 0; }
nav { padding: 1rem 1.25rem; background: var(--shade); border-bottom: 1px solid var(--line); }
nav ul { display: flex; flex-wrap: wrap; gap: .25rem 1rem; margin: 0; padding: 0; list-style: none; }
nav a { display: inline-block; padding: .2rem 0; }
.product { margin: 0 0 .5rem; font-weight: 700; }
main { max-width: 62rem; padding: 1rem 1.25rem 4rem; }
main:focus { outline: none; }
h1 { font-size: 1.8rem; }
h2 { margin-top: 3rem; padding-bottom: .25rem; border-bottom: 2px solid var(--line); }
h3 { margin: 2.25rem 0 .5rem; }
h3 a { color: inherit; text-decoration: none; }
h3 a:hover { text-decoration: underline; }
h4 { margin: 1.25rem 0 .25rem; }
code { font: .9em ui-monospace, monospace; overflow-wrap: anywhere; }
.glance { margin: 1rem 0; padding: 0; list-style: none; }
.glance li { padding: .3rem 0; }
.where { display: block; color: var(--quiet); }
.address { margin: 0 0 .5rem; padding: .5rem .75rem; background: var(--shade); border: 1px solid var(--line); border-radius: .4rem; }
.method { font: 700 .85em ui-monospace, monospace; }
table { width: 100%; margin: .75rem 0; border-collapse: collapse; font-size: .95rem; }
caption { text-align: left; font-weight: 600; padding-bottom: .25rem; }
th, td { padding: .35rem .75rem .35rem 0; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
tbody th { font-weight: 400; }
.needed { color: var(--quiet); font-size: .85em; }
dl { margin: 0; }
.answer { display: grid; grid-template-columns: 3.5rem 1fr; border-bottom: 1px solid var(--line); }
dt { padding-top: .25rem; font-weight: 600; }
dd { margin: 0; min-width: 0; }
dd p { margin: .25rem 0; }
@media (min-width: 40.01rem) { tbody th code { white-space: nowrap; } }
@media (min-width: 60rem) {
  body { display: grid; grid-template-columns: 15rem minmax(0, 1fr); }
  nav { position: sticky; top: 0; height: 100vh; overflow-y: auto; border-bottom: 0; border-right: 1px solid var(--line); }
  nav ul { display: block; }
  main { padding-left: 2.5rem; }
}
@media (max-width: 40rem) {
  thead { position: absolute; left: -200vw; }
  tr { display: block; padding: .4rem 0; border-bottom: 1px solid var(--line); }
  tbody th, td { display: block; padding: .1rem 0; border: 0; }
}
`;
