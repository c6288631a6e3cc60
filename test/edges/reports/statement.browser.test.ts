/** A statement's page, for people: on a screen, on a phone and on paper, and for whoever has it read to them. */
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { Page } from "playwright-core";
import type { StatementLine, StatementView } from "../../../src/core/statement.ts";
import { STATEMENT_PAGE_POLICY, statementPage } from "../../../src/edges/reports/statement/statementPage.tsx";
import { violationsOf } from "../../support/axe.ts";
import { type Browsing, browse } from "../../support/chromium.ts";

const ADDRESS = "https://app.example.com/api/v1/accounts/a/statements/s.html";

let browsing: Browsing;
let page: Page;
beforeAll(async () => {
  browsing = await browse();
  page = await browsing.newPage();
  const body = await text(statementPage(STATEMENT, linesOf(30)));
  const headers = {
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": STATEMENT_PAGE_POLICY,
  };
  await page.route(ADDRESS, (route) => route.fulfill({ body, headers }));
});
afterAll(() => browsing.close());

const STATEMENT: StatementView = {
  account_id: "a",
  id: "s",
  number: 12,
  account_name: "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft",
  currency: "EUR",
  lines: 30,
  ordered_minor: 1_250_000,
  charged_minor: 123_450,
  corrected_minor: -1250,
  deposit_before_minor: 50_000,
  deposit_drawn_minor: 50_000,
  deposit_credited_minor: 0,
  deposit_after_minor: 0,
  due_minor: 72_200,
  state: "failed",
  sealed_sequence: 1234,
  sealed_hash: "3f".repeat(32),
  period_starts_at: new Date("2026-01-01T00:00:00Z"),
  period_ends_at: new Date("2026-02-01T00:00:00Z"),
  closed_at: new Date("2026-02-01T00:05:00Z"),
};

async function* linesOf(count: number): AsyncGenerator<StatementLine[]> {
  yield Array.from({ length: count }, (_, index) => ({
    type: "order",
    id: `line-${index}`,
    position: index + 1,
    made_at: STATEMENT.period_starts_at,
    license_id: "l",
    license_short_id: "K7QX",
    kind: "volume",
    course_id: "c",
    title: "Handling of hazardous substances in laboratories and workshops",
    quantity: 250,
    unit_amount_minor: 1250,
    amount_minor: 31_250_000,
    price_id: "p",
    order_id: "o",
    order_number: 7,
    discount_basis_points: 1250,
    portion: { numerator: 281, denominator: 372 },
  }));
}

describe.each([
  ["a screen", { width: 1300, height: 900 }],
  ["a phone", { width: 360, height: 740 }],
])("on %s", (_what, viewport) => {
  test("nothing is cut off, and axe finds nothing wrong", async () => {
    await page.setViewportSize(viewport);
    await page.goto(ADDRESS);
    const overflow = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    expect(overflow).toBe(0);
    expect(await violationsOf(page)).toEqual([]);
    expect(browsing.errors).toEqual([]);
  });
});

test("its style is in force, and each line leads to its evidence below the statement", async () => {
  await page.goto(ADDRESS);
  expect(await page.locator(".sums .sum td").evaluate((cell) => getComputedStyle(cell).fontWeight)).toBe(
    "700",
  );
  const links = await page
    .locator(".lines a")
    .evaluateAll((all) => all.map((link) => (link as HTMLAnchorElement).href));
  expect(links).toHaveLength(30);
  expect(links[4]).toBe("https://app.example.com/api/v1/accounts/a/statements/s/lines/line-4");
  await expect(page.getByRole("link", { name: "evidence of line 5", exact: true }).count()).resolves.toBe(1);
});

test("on paper, the heads of the columns stand on each page", async () => {
  await page.goto(ADDRESS);
  await page.emulateMedia({ media: "print" });
  const display = await page.locator(".lines thead").evaluate((head) => getComputedStyle(head).display);
  expect(display).toBe("table-header-group");
  await page.emulateMedia({ media: null });
});
