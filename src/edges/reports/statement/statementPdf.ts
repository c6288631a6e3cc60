/**
 * A statement as PDF, sent while its lines are read. The same statement is the same bytes: nothing in it is of the moment when it
 * was asked for.
 */
import { Readable } from "node:stream";
import { setImmediate as turn } from "node:timers/promises";
import PDFDocument from "pdfkit";
import type { StatementLine, StatementView } from "../../../core/statement.ts";
import { westernOf } from "./pdfLetters.ts";
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
  wordsOf,
} from "./words.ts";

export interface PdfOptions {
  /** Of the account's statements, with a slash at its end: evidence is linked below it. */
  readonly address: string;
  /** A file of the letters to write with; null: those that every reader has. */
  readonly font: string | null;
}

const [INK, SOFT, RULE, LINK] = ["#1c2430", "#55606e", "#d5dae1", "#0b5cad"];
const MARGIN = 50;
/** Of A4, in points. */
const [LEFT, RIGHT, BOTTOM] = [MARGIN, 595 - MARGIN, 842 - MARGIN - 24];
const [WHEN, WHAT, AMOUNT] = [LEFT + 44, LEFT + 132, RIGHT - 95];

export function statementPdf(
  statement: StatementView,
  pages: AsyncIterable<readonly StatementLine[]>,
  options: PdfOptions,
): Readable {
  return Readable.from(bytes(new Sheet(statement, options), statement, pages), { objectMode: false });
}

async function* bytes(
  sheet: Sheet,
  statement: StatementView,
  pages: AsyncIterable<readonly StatementLine[]>,
): AsyncGenerator<Buffer> {
  sheet.head();
  sheet.figures("What is to pay", settlementOf(statement));
  sheet.figures("Settled already, and what is left", besideOf(statement));
  sheet.linesHead();
  for await (const lines of pages)
    for (const [index, line] of lines.entries()) {
      sheet.line(line);
      if (index % LINES_AT_ONCE !== 0) continue;
      yield* sheet.written();
      // Others have their turn: drawing is slow.
      await turn();
    }
  sheet.proof();
  sheet.end();
  yield* sheet.written();
}

class Sheet {
  readonly #document: PDFKit.PDFDocument;
  readonly #statement: StatementView;
  readonly #options: PdfOptions;
  readonly #amount: (amountMinor: number) => string;
  #page = 0;
  #y = MARGIN;

  constructor(statement: StatementView, options: PdfOptions) {
    this.#statement = statement;
    this.#options = options;
    this.#amount = amountIn(statement.currency);
    this.#document = new PDFDocument({
      size: "A4",
      margin: MARGIN,
      autoFirstPage: false,
      lang: "en",
      displayTitle: true,
      info: { Title: this.#letters(this.#title), Creator: "Tallygate", CreationDate: statement.closed_at },
    });
    this.#newPage();
  }

  /** What is finished so far: whoever takes it paces the rest. */
  *written(): Generator<Buffer> {
    const chunk = this.#document.read() as Buffer | null;
    if (chunk !== null) yield chunk;
  }

  head(): void {
    const { account_name, period_starts_at, closed_at, currency, state } = this.#statement;
    this.#write(this.#title, LEFT, { size: 20, isBold: true });
    this.#write(account_name, LEFT, { size: 12 });
    this.#y += 8;
    const facts = [
      `Period (UTC): ${dayOf(period_starts_at)} to ${lastDayOf(this.#statement)}`,
      `Closed (UTC): ${minuteOf(closed_at)}`,
      `Currency: ${currency}`,
    ];
    for (const fact of facts) this.#write(fact, LEFT, { size: 9, color: SOFT });
    this.#y += 8;
    this.#write(STATE_WORDS[state], LEFT, { size: 11, isBold: true });
  }

  figures(title: string, figures: readonly Figure[]): void {
    this.#heading(title);
    for (const { label, amount, isSum = false } of figures) {
      const look = { size: isSum ? 11 : 9.5, isBold: isSum };
      this.#beside(() => this.#write(amount, LEFT + 220, { ...look, width: 100, align: "right" }));
      this.#write(label, LEFT, { ...look, width: 215 });
      this.#y += 3;
    }
  }

  linesHead(): void {
    this.#heading("Lines");
    if (this.#statement.lines === 0) this.#write("There were none in this period.", LEFT, { size: 9.5 });
    else this.#columnHeads();
  }

  line(line: StatementLine): void {
    const { title, details } = wordsOf(line, this.#statement.currency);
    const what = { size: 9, width: AMOUNT - WHAT - 8 };
    const small = { size: 7.5, width: what.width, color: SOFT };
    const height = this.#heightOf(title, what) + this.#heightOf(details, small) + 10 + GAP;
    if (this.#y + height > BOTTOM) {
      this.#newPage();
      this.#columnHeads();
    }
    this.#beside(() => this.#write(String(line.position), LEFT, { size: 9, width: 36, align: "right" }));
    this.#beside(() => this.#write(minuteOf(line.made_at), WHEN, { size: 9, width: 84 }));
    this.#beside(() => this.#writeAmount(this.#amount(line.amount_minor), 9));
    this.#write(title, WHAT, what);
    this.#write(details, WHAT, small);
    const link = `${this.#options.address}${evidencePath(this.#statement, line)}`;
    this.#write("Evidence", WHAT, { size: 7.5, width: 40, color: LINK, link });
    this.#rule();
  }

  /** What whoever checks the ledger compares. */
  proof(): void {
    const { sealed_sequence, sealed_hash } = this.#statement;
    if (sealed_sequence === 0) return;
    if (this.#y + 80 > BOTTOM) this.#newPage();
    this.#heading("Proof");
    const words = `When this period was closed, the account's ledger was sealed up to charge ${sealed_sequence}, with the hash`;
    this.#write(words, LEFT, { size: 9 });
    this.#write(sealed_hash, LEFT, { size: 8, color: SOFT });
  }

  end(): void {
    this.#document.end();
  }

  get #title(): string {
    return `Statement ${this.#statement.number}`;
  }

  #columnHeads(): void {
    const head = { size: 8.5, isBold: true };
    this.#beside(() => this.#write("No.", LEFT, { ...head, width: 36, align: "right" }));
    this.#beside(() => this.#write("Made (UTC)", WHEN, { ...head, width: 84 }));
    this.#beside(() => this.#writeAmount(`Amount (${this.#statement.currency})`, 8.5, true));
    this.#write("What", WHAT, { ...head, width: AMOUNT - WHAT - 8 });
    this.#rule();
  }

  #heading(title: string): void {
    this.#y += 16;
    this.#write(title, LEFT, { size: 12, isBold: true });
    this.#y += 4;
  }

  #writeAmount(amount: string, size: number, isBold = false): void {
    this.#write(amount, AMOUNT, { size, isBold, width: RIGHT - AMOUNT, align: "right" });
  }

  #rule(): void {
    this.#y += GAP / 2;
    this.#document.moveTo(LEFT, this.#y).lineTo(RIGHT, this.#y).lineWidth(0.5).stroke(RULE);
    this.#y += GAP / 2;
  }

  /** Written without taking up height: another column follows. */
  #beside(work: () => void): void {
    const y = this.#y;
    work();
    this.#y = y;
  }

  #write(written: string, x: number, look: Look): void {
    const { size, isBold = false, color = INK, width = RIGHT - LEFT, align, link } = look;
    const text = this.#letters(written);
    const document = this.#font(size, isBold).fillColor(color);
    const ownWidth = document.widthOfString(text);
    const height = this.#heightOf(written, look);
    // To break lines takes many times as long as to write one.
    if (ownWidth > width) document.text(text, x, this.#y, { width, align });
    else {
      const left = align === "right" ? x + width - ownWidth : x;
      document.text(text, left, this.#y, { lineBreak: false });
      if (link) document.link(left, this.#y, ownWidth, height, link);
    }
    this.#y += height;
  }

  #heightOf(written: string, { size, isBold = false, width = RIGHT - LEFT }: Look): number {
    const text = this.#letters(written);
    const document = this.#font(size, isBold);
    return document.widthOfString(text) > width
      ? document.heightOfString(text, { width })
      : document.currentLineHeight(true);
  }

  #font(size: number, isBold: boolean): PDFKit.PDFDocument {
    return this.#document.font(this.#options.font ?? (isBold ? "Helvetica-Bold" : "Helvetica"), size);
  }

  #letters(text: string): string {
    return this.#options.font === null ? westernOf(text) : text;
  }

  #newPage(): void {
    this.#document.addPage();
    this.#page++;
    this.#y = MARGIN;
    const foot = `${this.#title}, ${this.#statement.account_name}`;
    // Below the margin, where a line that could wrap would begin another page.
    const place = { lineBreak: false, width: RIGHT - LEFT - 60, ellipsis: true, height: 10 };
    this.#font(8, false)
      .fillColor(SOFT)
      .text(this.#letters(foot), LEFT, BOTTOM + 12, place);
    this.#document.text(`Page ${this.#page}`, RIGHT - 60, BOTTOM + 12, {
      ...place,
      width: 60,
      align: "right",
    });
  }
}

const GAP = 8;
const LINES_AT_ONCE = 25;

interface Look {
  readonly size: number;
  readonly isBold?: boolean;
  readonly color?: string;
  readonly width?: number;
  readonly align?: "right";
  readonly link?: string;
}
