/** The look of a statement: on a screen, on a phone and on paper. Within the page, so that a saved copy keeps it. */
export const STATEMENT_STYLE = `
:root { color-scheme: light; --ink: #1c2430; --soft: #55606e; --rule: #d5dae1; --accent: #0b5cad; }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 2.5rem 1.5rem 4rem; max-width: 56rem; color: var(--ink); background: #fff;
  font: 1rem/1.5 system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
header { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 1rem 3rem; margin-bottom: 2rem; }
h1 { margin: 0; font-size: 1.75rem; line-height: 1.2; }
h2 { margin: 2.5rem 0 .75rem; font-size: 1.125rem; }
.account { margin: .35rem 0 0; font-size: 1.125rem; overflow-wrap: anywhere; }
.facts { margin: 0; display: grid; grid-template-columns: auto auto; gap: .15rem 1.25rem; align-content: start; }
.facts dt, .soft { color: var(--soft); }
.facts dd { margin: 0; }
.state { margin: 0 0 1.5rem; padding: .75rem 1rem; border-left: .25rem solid var(--accent); background: #f3f6fa; }
.state.failed { border-color: #b3261e; background: #fdf2f1; }
table { width: 100%; border-collapse: collapse; font-variant-numeric: tabular-nums; }
caption { text-align: left; }
th { text-align: left; font-weight: 600; }
th, td { padding: .5rem .75rem .5rem 0; vertical-align: top; border-bottom: 1px solid var(--rule); }
th:last-child, td:last-child { padding-right: 0; }
.number { text-align: right; white-space: nowrap; }
.whole { white-space: nowrap; }
.what { overflow-wrap: anywhere; }
.what small { display: block; font-size: .875rem; }
.sums { max-width: 32rem; }
.sums th { font-weight: 400; }
.sums .sum th, .sums .sum td { font-weight: 700; font-size: 1.125rem; border-bottom: 0; border-top: 2px solid var(--ink); }
a { color: var(--accent); }
a:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.hash { font-family: ui-monospace, Menlo, Consolas, monospace; font-size: .875rem; overflow-wrap: anywhere; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
@media (max-width: 36rem) {
  body { padding: 1.25rem 1rem 3rem; }
  .position { display: none; }
  .lines { font-size: .9375rem; }
  .lines th.number { white-space: normal; }
}
@media print {
  @page { margin: 18mm 16mm; }
  body { max-width: none; padding: 0; font-size: 10pt; }
  thead { display: table-header-group; }
  tr { break-inside: avoid; }
  a { color: inherit; }
}
`;
