/** Reports as spreadsheets read them: text is text, numbers are numbers, and nothing is a formula. */
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { setImmediate as turn } from "node:timers/promises";
import { describe, expect, test } from "@jest/globals";
import { csvOf } from "../../../src/edges/reports/csv.ts";
import { type Cell, pagesById, type Report, reportOf } from "../../../src/flows/reports/report.ts";

const reportWith = (...rows: Cell[][]): Report => ({
  name: "test",
  heads: ["A", "B"],
  pages: pagesOf([rows]),
});

async function* pagesOf<Row>(pages: readonly Row[]): AsyncGenerator<Row> {
  yield* pages;
}

/** What follows the head. */
async function linesOf(report: Report, separator: "comma" | "semicolon" = "comma"): Promise<string> {
  const whole = await text(await csvOf(report, separator));
  return whole.slice(whole.indexOf("\r\n") + 2);
}

test("begins with the mark by which Excel knows UTF-8, then a head; lines end in CR LF", async () => {
  const bytes: Buffer[] = [];
  for await (const chunk of await csvOf(reportWith(["Łukasz 山田", 1]), "comma")) bytes.push(chunk as Buffer);
  const whole = Buffer.concat(bytes);
  expect([...whole.subarray(0, 3)]).toEqual([0xef, 0xbb, 0xbf]);
  expect(whole.subarray(3).toString()).toBe("A,B\r\nŁukasz 山田,1\r\n");
});

test("a report without rows has its head", async () => {
  expect(await text(await csvOf({ ...reportWith(), pages: pagesOf([]) }, "comma"))).toBe("A,B\r\n");
});

describe("what a spreadsheet would take for a formula is text", () => {
  test.each([
    ['=HYPERLINK("http://evil","x")', `"'=HYPERLINK(""http://evil"",""x"")"`],
    ["+1+1", "'+1+1"],
    ["-2+3", "'-2+3"],
    ["@SUM(A1)", "'@SUM(A1)"],
    ["\t=1+1", "'\t'=1+1"],
    ["\r=1+1", `"'\r'=1+1"`],
    ["\n=1+1", `"'\n'=1+1"`],
    ["  =1+1", "'  =1+1"],
    ["\u00A0=1+1", "'\u00A0=1+1"],
    ["\uFF1D1+1", "'\uFF1D1+1"],
  ])("%j", async (sent, written) => {
    expect(await linesOf(reportWith([sent, 0]))).toBe(`${written},0\r\n`);
  });

  /** As other spreadsheets split them, which know neither our separator nor our quotes. */
  test.each([
    ["x;=1+1;", "x;'=1+1;"],
    ["x; \u00A0@SUM(A1)", "x; \u00A0'@SUM(A1)"],
    ["x\t-2+3", "x\t'-2+3"],
    ["x;\uFF1D1+1;+1", "x;'\uFF1D1+1;'+1"],
    ["a, =1+1", `"a, '=1+1"`],
    ["a\n+1", `"a\n'+1"`],
    ["a\r\n=1+1", `"a\r\n'=1+1"`],
    [`a;"=1+1"`, `"a;""'=1+1"""`],
  ])("%j, wherever a file is split", async (sent, written) => {
    expect(await linesOf(reportWith([0, sent]))).toBe(`0,${written}\r\n`);
  });

  test("a comma that separates elsewhere", async () => {
    expect(await linesOf(reportWith([0, "x,=1+1,"]), "semicolon")).toBe("0;x,'=1+1,\r\n");
  });

  test("a name of separators and blanks alone takes no time", async () => {
    const sent = `;${"\t ".repeat(200_000)}`;
    const begun = performance.now();
    expect(await linesOf(reportWith([sent, 0]))).toBe(`${sent},0\r\n`);
    expect(performance.now() - begun).toBeLessThan(5000);
  });

  test("a head too", async () => {
    const report = { ...reportWith(["a", "b"]), heads: ["=1+1", "B"] };
    expect(await text(await csvOf(report, "comma"))).toBe("'=1+1,B\r\na,b\r\n");
  });

  test("harmless text is left alone", async () => {
    const harmless = [
      ...["O'Brien", " leading blank", "a=b", "3 - 2", "Müller-Lüdenscheidt"],
      ...["ana@example.com", "ana@example.com; bo+lms@example.com", "https://lms.example/?a=b;c=d&e=-1"],
    ];
    for (const sent of harmless) expect(await linesOf(reportWith([sent, 0]))).toBe(`${sent},0\r\n`);
    expect(await linesOf(reportWith(["Doe, Ana", 0]))).toBe(`"Doe, Ana",0\r\n`);
  });
});

test("numbers stay numbers: an overage of 2,260 is -2260 and no guarded text", async () => {
  expect(await linesOf(reportWith([-2260, 12.5], [0, 1e6]))).toBe("-2260,12.5\r\n0,1000000\r\n");
});

test("where the semicolon separates, the comma stands before decimals", async () => {
  expect(await linesOf(reportWith([-12.5, "a;b"], [1, "a,b"]), "semicolon")).toBe('-12,5;"a;b"\r\n1;a,b\r\n');
});

test("dates are UTC, as spreadsheets read dates; nothing is an empty cell", async () => {
  const at = new Date("2026-02-28T23:30:00-08:00");
  expect(await linesOf(reportWith([at, null]))).toBe("2026-03-01 07:30:00,\r\n");
});

test("separators, quotes and line ends in text stay in their cell", async () => {
  expect(await linesOf(reportWith(['a "b"', "c,d"], ["e\nf", "g\r\nh"]))).toBe(
    '"a ""b""","c,d"\r\n"e\nf","g\r\nh"\r\n',
  );
});

const ROWS = 1_000_000;

/** As a store has them: read by key. */
function largeStore() {
  const store = { reads: 0, fails: false };
  const read = async (after: string | null, most: number) => {
    await turn();
    store.reads++;
    if (store.fails) throw new Error("The store has gone");
    const first = after === null ? 0 : Number(after) + 1;
    return Array.from({ length: Math.min(most, ROWS - first) }, (_, row) => ({ id: String(first + row) }));
  };
  const report = reportOf<{ id: string }>("large", [["ID", ({ id }) => id]], pagesById(read));
  return { store, report };
}

test("no more is read than is taken, and nothing once the reader has left", async () => {
  const { store, report } = largeStore();
  const csv = await csvOf(report, "comma");
  for await (const chunk of csv) {
    expect((chunk as Buffer).length).toBeGreaterThan(0);
    break;
  }
  for (let turns = 0; turns < 20; turns++) await turn();
  expect(csv.destroyed).toBe(true);
  expect(store.reads).toBeLessThan(10);
});

test("a reader who stops taking stops the reading", async () => {
  const { store, report } = largeStore();
  const csv = await csvOf(report, "comma");
  csv.read(1);
  for (let turns = 0; turns < 50; turns++) await turn();
  expect(store.reads).toBeLessThan(10);
  csv.destroy();
});

test("what fails at once fails before anything is sent; what fails later breaks the file off", async () => {
  const early = largeStore();
  early.store.fails = true;
  await expect(csvOf(early.report, "comma")).rejects.toThrow("The store has gone");
  const late = largeStore();
  const csv: Readable = await csvOf(late.report, "comma");
  late.store.fails = true;
  await expect(text(csv)).rejects.toThrow("The store has gone");
});
