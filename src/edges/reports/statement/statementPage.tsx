/** A statement as a page, to be read and printed. Sent while its lines are read: there may be a million of them. */
import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { renderToStaticMarkup } from "preact-render-to-string";
import type { StatementLine, StatementView } from "../../../core/statement.ts";
import { STATEMENT_STYLE } from "./statementStyle.ts";
import {
  amountIn,
  besideOf,
  dayOf,
  evidencePath,
  type Figure,
  lastDayOf,
  minuteOf,
  STATE_WORDS,
  settlementOf,
  timeOf,
  wordsOf,
} from "./words.ts";

const STYLE_HASH = createHash("sha256").update(STATEMENT_STYLE).digest("base64");

/** Nothing in it runs, and nothing is loaded. */
export const STATEMENT_PAGE_POLICY = `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

/** Where the lines go. No text of a page holds it: what people wrote is escaped. */
const LINES = "<!--lines-->";

export function statementPage(
  statement: StatementView,
  pages: AsyncIterable<readonly StatementLine[]>,
): Readable {
  return Readable.from(bytes(statement, pages), { objectMode: false });
}

async function* bytes(statement: StatementView, pages: AsyncIterable<readonly StatementLine[]>) {
  const frame = `<!doctype html>${renderToStaticMarkup(<Page statement={statement} />)}`;
  const [before = "", after = ""] = frame.split(LINES);
  yield Buffer.from(before);
  const amount = amountIn(statement.currency);
  const rowOf = (line: StatementLine) =>
    renderToStaticMarkup(<Line statement={statement} line={line} amount={amount} />);
  for await (const lines of pages) yield Buffer.from(lines.map(rowOf).join(""));
  yield Buffer.from(after);
}

function Page({ statement }: { readonly statement: StatementView }) {
  const title = `Statement ${statement.number}`;
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex" />
        <title>{`${title}, ${statement.account_name}`}</title>
        <link rel="icon" href="data:," />
        <style dangerouslySetInnerHTML={{ __html: STATEMENT_STYLE }} />
      </head>
      <body>
        <header>
          <div>
            <h1>{title}</h1>
            <p class="account">{statement.account_name}</p>
          </div>
          <Facts statement={statement} />
        </header>
        <main>
          <p class={`state ${statement.state}`}>{STATE_WORDS[statement.state]}</p>
          <Sums title="What is to pay" figures={settlementOf(statement)} />
          <Sums title="Settled already, and what is left" figures={besideOf(statement)} />
          <h2 id="lines">Lines</h2>
          {statement.lines === 0 ? (
            <p>There were none in this period.</p>
          ) : (
            <Lines currency={statement.currency} />
          )}
          <Proof statement={statement} />
        </main>
      </body>
    </html>
  );
}

function Facts({ statement }: { readonly statement: StatementView }) {
  return (
    <dl class="facts">
      <dt>Period (UTC)</dt>
      <dd>
        <Whole text={dayOf(statement.period_starts_at)} /> to <Whole text={lastDayOf(statement)} />
      </dd>
      <dt>Closed (UTC)</dt>
      <dd>{minuteOf(statement.closed_at)}</dd>
      <dt>Currency</dt>
      <dd>{statement.currency}</dd>
    </dl>
  );
}

function Sums({ title, figures }: { readonly title: string; readonly figures: readonly Figure[] }) {
  return (
    <>
      <h2>{title}</h2>
      <table class="sums">
        <tbody>
          {figures.map(({ label, amount, isSum }) => (
            <tr key={label} class={isSum ? "sum" : undefined}>
              <th scope="row">{label}</th>
              <td class="number">{amount}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}

function Lines({ currency }: { readonly currency: string }) {
  return (
    <table class="lines" aria-labelledby="lines">
      <thead>
        <tr>
          <th scope="col" class="number position">
            No.
          </th>
          <th scope="col">Made (UTC)</th>
          <th scope="col">What</th>
          <th scope="col" class="number">{`Amount (${currency})`}</th>
        </tr>
      </thead>
      <tbody dangerouslySetInnerHTML={{ __html: LINES }} />
    </table>
  );
}

interface LineProps {
  readonly statement: StatementView;
  readonly line: StatementLine;
  readonly amount: (amountMinor: number) => string;
}

function Line({ statement, line, amount }: LineProps) {
  const { title, details } = wordsOf(line, statement.currency);
  return (
    <tr id={`line-${line.position}`}>
      <td class="number position">{line.position}</td>
      <td>
        <Whole text={dayOf(line.made_at)} /> <Whole text={timeOf(line.made_at)} />
      </td>
      <td class="what">
        {title}
        <small class="soft">
          {`${details}; `}
          <a href={evidencePath(statement, line)}>
            evidence<span class="unseen">{` of line ${line.position}`}</span>
          </a>
        </small>
      </td>
      <td class="number">{amount(line.amount_minor)}</td>
    </tr>
  );
}

/** Never broken at a hyphen. */
function Whole({ text }: { readonly text: string }) {
  return <span class="whole">{text}</span>;
}

/** What whoever checks the ledger compares. */
function Proof({ statement }: { readonly statement: StatementView }) {
  if (statement.sealed_sequence === 0) return null;
  return (
    <>
      <h2>Proof</h2>
      <p>
        When this period was closed, the account's ledger was sealed up to charge {statement.sealed_sequence},
        with the hash
      </p>
      <p class="hash">{statement.sealed_hash}</p>
    </>
  );
}
