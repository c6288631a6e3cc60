/** A statement as a page, as PDF and as CSV: the same lines and figures in each, and each line leads to its evidence. */
import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { Response } from "supertest";
import { westernOf } from "../../../src/edges/reports/statement/pdfLetters.ts";
import { closePeriods } from "../../../src/flows/ledger/closePeriod.ts";
import { creditCharge } from "../../../src/flows/ledger/corrections.ts";
import { type ApiCaller, apiClient } from "../../support/apiClient.ts";
import { readCsv } from "../../support/csv.ts";
import { BY, TEST_OPERATOR_KEY, type TestLicense } from "../../support/fixtures.ts";
import { type TestGateway, testGateway } from "../../support/gateway.ts";
import { readPdf } from "../../support/pdfText.ts";
import { expectProblem } from "../../support/problems.ts";

const LEARNERS = 60;

let gateway: TestGateway;
let api: ApiCaller;
let license: TestLicense;
let statement_id: string;
let empty_id: string;

beforeAll(async () => {
  gateway = await testGateway();
  api = (await apiClient(gateway.app())).as(TEST_OPERATOR_KEY);
  const { course_id } = await gateway.course('Löschen & "Retten" <b>Łódź 山田</b>');
  license = await gateway.payPerUse({ course_id });
  for (let learner = 0; learner < LEARNERS; learner++)
    for (const _launch of [1, 2]) await gateway.launch(license, { who: `learner-${learner}` });
  const [charge] = await gateway.charges(license);
  await creditCharge(gateway.context, BY, {
    account_id: license.account_id,
    charge_id: charge?.id ?? "",
    amount_minor: 200,
  });
  gateway.clock.set("2026-02-02T00:00:00Z");
  ({ id: statement_id } = await closePeriods(gateway.context, BY, license.account_id, null));
  gateway.clock.set("2026-03-02T00:00:00Z");
  ({ id: empty_id } = await closePeriods(gateway.context, BY, license.account_id, null));
});
afterAll(() => gateway.close());

const path = () => `/accounts/${license.account_id}/statements/`;
const evidenceOf = (lineId: string) => `/api/v1${path()}${statement_id}/lines/${lineId}`;

async function fileOf(ending: string, id = statement_id): Promise<Response> {
  const answer = await api.get(`${path()}${id}.${ending}`);
  expect(answer.status).toBe(200);
  return answer;
}

async function lineIds(): Promise<string[]> {
  const { body } = await api.get(`${path()}${statement_id}/lines?limit=200`);
  return body.items.map((line: { id: string }) => line.id);
}

describe("CSV", () => {
  test("its amounts are numbers, and add up to what the statement says", async () => {
    const rows = readCsv((await fileOf("csv")).text);
    expect(rows).toHaveLength(LEARNERS + 1);
    const sum = rows.reduce((total, row) => total + Number(row["Amount"]), 0);
    expect(sum).toBe(LEARNERS * 5 - 2);
    expect(rows.at(-1)).toMatchObject({
      Type: "correction",
      Amount: "-2",
      Currency: "EUR",
      Settled: "with this statement",
    });
  });

  test("each line names its evidence, which is there", async () => {
    const rows = readCsv((await fileOf("csv")).text);
    const paths = rows.map((row) => new URL(row["Evidence"] ?? "").pathname);
    expect(paths).toEqual((await lineIds()).map(evidenceOf));
    const evidence = await api.get(paths[0]?.replace("/api/v1", "") ?? "");
    expect(evidence.body).toMatchObject({
      charge: { id: rows[0]?.["Charge or order line ID"] },
      launch: { outcome: "allowed" },
    });
  });
});

describe("PDF", () => {
  const pdf = async (id?: string) => readPdf((await fileOf("pdf", id)).body as Buffer);

  test("read back, it holds the figures, every line, and where each leads", async () => {
    const { pages, links, title } = await pdf();
    const texts = pages.flat();
    expect(title).toBe("Statement 1");
    expect(texts).toEqual(
      expect.arrayContaining(["Statement 1", "Acme", "Period (UTC): 2026-01-01 to 2026-01-31"]),
    );
    const amountOf = (label: string) => texts[texts.indexOf(label) - 1];
    expect([amountOf("Charges"), amountOf("Credits"), amountOf("To pay (EUR)")]).toEqual([
      "300.00",
      "-2.00",
      "298.00",
    ]);
    expect(texts.filter((text) => text === "5.00")).toHaveLength(LEARNERS);
    expect(texts.filter((text) => text === "-2.00")).toHaveLength(2);
    expect(links.map((link) => new URL(link).pathname)).toEqual((await lineIds()).map(evidenceOf));
  });

  test("each page has its number, and the heads of the columns", async () => {
    const { pages } = await pdf();
    expect(pages.length).toBeGreaterThan(2);
    for (const [index, texts] of pages.entries())
      expect(texts).toEqual(expect.arrayContaining([`Page ${index + 1}`, "Made (UTC)", "Amount (EUR)"]));
  });

  test("the same statement is the same bytes, whenever it is asked for", async () => {
    const hash = async () =>
      createHash("sha256")
        .update((await fileOf("pdf")).body as Buffer)
        .digest("hex");
    const first = await hash();
    gateway.clock.advance({ days: 3 });
    expect(await hash()).toBe(first);
  });

  test("of a period with nothing in it", async () => {
    expect((await pdf(empty_id)).pages.flat()).toEqual(
      expect.arrayContaining(["There were none in this period.", "Settled: nothing is left to pay."]),
    );
  });

  test("is a file to save", async () => {
    const { headers } = await fileOf("pdf");
    expect(headers["content-type"]).toBe("application/pdf");
    expect(headers["content-disposition"]).toContain('filename="statement-1-2026-01.pdf"');
  });

  test.each([
    ["Löschen €5 – “ja”", "Löschen €5 – “ja”"],
    ["Łódź", "Lódz"],
    ["Ångström e\u0301", "Ångström é"],
    ["山田 ok", "?? ok"],
    ["ﬁn\u0007", "fin?"],
  ])("letters that the standard fonts lack are written as near as they can: %s", (text, western) => {
    expect(westernOf(text)).toBe(western);
  });
});

describe("the page", () => {
  test("holds every line with its evidence, and nothing of a title is markup", async () => {
    const { text, headers } = await fileOf("html");
    expect(headers["content-type"]).toBe("text/html; charset=utf-8");
    expect(text).toContain("Löschen &amp; &quot;Retten&quot; &lt;b>Łódź 山田&lt;/b>");
    expect(text).not.toContain("<b>");
    for (const id of await lineIds()) expect(text).toContain(`href="${statement_id}/lines/${id}"`);
  });

  test("its policy allows its own style, and nothing else", async () => {
    const { text, headers } = await fileOf("html");
    const style = /<style>([\s\S]*?)<\/style>/.exec(text)?.[1] ?? "";
    const hash = createHash("sha256").update(style).digest("base64");
    expect(headers["content-security-policy"]).toContain(`default-src 'none'; style-src 'sha256-${hash}'`);
  });
});

test("of a statement that is not there, or is another account's: not found", async () => {
  const other = await gateway.account();
  for (const ending of ["html", "pdf", "csv"]) {
    expectProblem(await api.get(`${path()}${license.license_id}.${ending}`), 404, "not_found");
    const foreign = `/accounts/${other.account_id}/statements/${statement_id}.${ending}`;
    expectProblem(await api.get(foreign), 404, "not_found");
  }
});
