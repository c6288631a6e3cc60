/** What an account's real history would have cost under another plan (docs/simulator.md). Reads, and changes nothing. */
import { Fault } from "../core/faults.ts";
import type { LicenseKind, Terms } from "../core/licensing/kind.ts";
import { kindOf } from "../core/licensing/kinds/index.ts";
import { type ListedPrice, type PriceList, priceList } from "../core/licensing/priceList.ts";
import { orderFor, type SimulatedMonth, simulate } from "../core/licensing/simulate.ts";
import {
  type SimulatedOrder,
  type SimulatedSale,
  simulatePurchases,
  type WantedPurchase,
} from "../core/licensing/simulatedPurchases.ts";
import { type Cost, explain } from "../core/licensing/simulationWords.ts";
import { addMonths, earlier, startOfMonth } from "../core/time.ts";
import type { Account } from "../store/accounts.ts";
import type { Sql } from "../store/db.ts";
import {
  type HistoryWanted,
  listBoughtLines,
  listCourseDays,
  pageOfActivityHistory,
  pageOfLaunchHistory,
  type RecordedHappening,
  sumRealCost,
} from "../store/history.ts";
import type { License } from "../store/licenses.ts";
import { listLotsOf } from "../store/listing/licenses.ts";
import { pageOfPrices } from "../store/prices.ts";
import { requireAccount } from "./accounts.ts";
import type { Context } from "./context.ts";
import { requireKind, requireLicense, requireTerms } from "./licenses.ts";

export interface SimulationWanted {
  readonly account_id: string;
  /** Whose launches; null: of all licenses. */
  readonly license_ids: readonly string[] | null;
  readonly course_id: string | null;
  /** Null: the twelve months until now. */
  readonly from: Date | null;
  readonly until: Date | null;
  readonly plan: WantedPlan;
}

export interface WantedPlan {
  readonly kind: string;
  readonly terms: Readonly<Record<string, unknown>>;
  /** Null: as the account says. */
  readonly retake: boolean | null;
  /** Null: as it was really bought of the licenses. */
  readonly purchases: readonly (Omit<WantedPurchase, "ordered_at"> & { ordered_at: Date | null })[] | null;
  /** Null: the account's own. */
  readonly prices: readonly ListedPrice[] | null;
}

export interface SimulationResult {
  readonly currency: string;
  readonly kind: string;
  readonly from: Date;
  readonly until: Date;
  readonly simulated: Cost;
  readonly real: { readonly charged_minor: number; readonly ordered_minor: number };
  readonly months: readonly CostOfMonth[];
  readonly lots: readonly { quantity: number; taken: number; starts_at: Date; ends_at: Date | null }[];
  /** For people. */
  readonly words: readonly string[];
}

export interface CostOfMonth extends Readonly<SimulatedMonth> {
  readonly ordered_minor: number;
}

const USUAL_MONTHS = 12;
const MOST_MONTHS = 36;
const MOST_HAPPENINGS = 2_000_000;
const ROWS_AT_ONCE = 2000;

/** @throws Fault `not_found`, `body_invalid`. */
export async function runSimulation(context: Context, wanted: SimulationWanted): Promise<SimulationResult> {
  const { db, deps } = context;
  const account = await requireAccount(db, wanted.account_id);
  const history = historyOf(wanted, deps.clock.now());
  const kind = requireKind(wanted.plan.kind);
  const terms = requireTerms(kind, wanted.plan.terms);
  requireOneCourse(kind, wanted);
  const licenses = await requireLicenses(db, wanted);
  const prices = priceList(wanted.plan.prices ?? (await ownPrices(db, wanted.account_id, kind, licenses)));
  const sale = await saleOf(db, wanted, history, { kind, terms, prices, licenses });
  const months = await replay(db, history, { account, wanted, kind, terms, prices, sale });
  const overagePrice = prices(
    { course_id: wanted.course_id, covers: "overage", term_months: null },
    history.until,
  );
  const real = await sumRealCost(db, history);
  const { from, until } = history;
  const withOrders = addOrders(months, sale.orders);
  const simulated = costOf(withOrders, sale.orders, overagePrice?.amount_minor ?? null);
  const { currency } = account;
  const result = {
    currency,
    kind: kind.name,
    from,
    until,
    simulated,
    real,
    months: withOrders,
    lots: sale.lots,
  };
  return { ...result, words: explain(kind, result) };
}

function historyOf(
  { from, until, account_id, license_ids, course_id }: SimulationWanted,
  at: Date,
): HistoryWanted {
  const end = until ?? at;
  const start = from ?? addMonths(end, -USUAL_MONTHS);
  if (start >= end) throw new Fault("body_invalid", "until: expected a time after `from`.");
  if (addMonths(start, MOST_MONTHS) < end)
    throw new Fault("body_invalid", `from: expected at most ${MOST_MONTHS} months before \`until\`.`);
  return { account_id, license_ids, course_id, from: start, until: end };
}

/** What is sold for a course alone can't be simulated over many at once: each would have lots of its own. */
function requireOneCourse({ name, scopes, largest_lot }: LicenseKind, { course_id }: SimulationWanted): void {
  if (course_id === null && largest_lot !== null && !scopes.some((scope) => scope !== "course"))
    throw new Fault("body_invalid", `course_id: expected one; ${name} is bought for each course by itself.`);
}

async function requireLicenses(sql: Sql, { account_id, license_ids }: SimulationWanted): Promise<License[]> {
  const licenses: License[] = [];
  for (const id of license_ids ?? []) licenses.push(await requireLicense(sql, account_id, id));
  return licenses;
}

/** The newest first: of those valid from one instant, the one that was made last counts. */
async function ownPrices(
  sql: Sql,
  accountId: string,
  { name }: LicenseKind,
  licenses: readonly License[],
): Promise<readonly ListedPrice[]> {
  const bundles = new Set<string | null>([null, ...licenses.map(({ bundle_id }) => bundle_id)]);
  const prices: ListedPrice[] = [];
  for (let after: string | null = null; ; ) {
    const page = await pageOfPrices(sql, accountId, { kind: name }, { after, most: ROWS_AT_ONCE });
    prices.push(...page.filter(({ bundle_id }) => bundles.has(bundle_id)));
    after = page.at(-1)?.id ?? null;
    if (page.length < ROWS_AT_ONCE) return prices;
  }
}

interface Sold {
  readonly kind: LicenseKind;
  readonly terms: Terms;
  readonly prices: PriceList;
  readonly licenses: readonly License[];
}

async function saleOf(
  sql: Sql,
  { account_id, course_id, plan }: SimulationWanted,
  { from, until }: HistoryWanted,
  { kind, terms, prices, licenses }: Sold,
): Promise<SimulatedSale> {
  if (kind.largest_lot === null) {
    if (plan.purchases?.length)
      throw new Fault("body_invalid", `plan.purchases: expected none; ${kind.name} is not bought ahead.`);
    return { lots: [], orders: [] };
  }
  if (plan.purchases === null) return asBought(sql, account_id, kind, licenses, { from, until });
  const wanted = plan.purchases.map((purchase) => ({ ...purchase, ordered_at: purchase.ordered_at ?? from }));
  const sale = simulatePurchases({ kind, terms, course_id, prices }, wanted, until);
  if ("detail" in sale) throw new Fault("body_invalid", `plan.purchases: ${sale.field}: ${sale.detail}.`);
  return sale;
}

/** A renewal is written down after its term began, and was never waited for (RULES §3.3). */
async function asBought(
  sql: Sql,
  accountId: string,
  { name, renews }: LicenseKind,
  licenses: readonly License[],
  { from, until }: Pick<HistoryWanted, "from" | "until">,
): Promise<SimulatedSale> {
  if (licenses.length === 0 || licenses.some(({ kind }) => kindOf(kind).name !== name))
    throw new Fault(
      "body_invalid",
      `plan.purchases: expected what would be bought; without, license_ids name licenses of the kind ${name}.`,
    );
  const ids = licenses.map(({ id }) => id);
  const bought = await listLotsOf(sql, accountId, ids);
  const lots = bought.map((lot) => ({
    ...lot,
    bought_at: renews ? earlier(lot.created_at, lot.starts_at) : lot.created_at,
    taken: 0,
  }));
  const lines = await listBoughtLines(sql, accountId, ids);
  const orders = lines.filter(({ ordered_at }) => ordered_at >= from && ordered_at < until);
  return { lots, orders };
}

interface Replay {
  readonly account: Account;
  readonly wanted: SimulationWanted;
  readonly kind: LicenseKind;
  readonly terms: Terms;
  readonly prices: PriceList;
  readonly sale: SimulatedSale;
}

async function replay(
  sql: Sql,
  history: HistoryWanted,
  { account, wanted, kind, terms, prices, sale }: Replay,
): Promise<readonly SimulatedMonth[]> {
  const days = await listCourseDays(sql);
  const retake = wanted.plan.retake ?? account.retake;
  const simulation = simulate({
    kind,
    terms,
    retake,
    lots: sale.lots,
    courseDays: (id) => days.get(id) ?? null,
    until: history.until,
    priceOf: (course_id, at) =>
      prices({ course_id, covers: "unit", term_months: null }, at)?.amount_minor ?? null,
  });
  let count = 0;
  for await (const happening of happenings(sql, history, kind, terms)) {
    if (++count > MOST_HAPPENINGS)
      throw new Fault(
        "body_invalid",
        `from: found more than ${MOST_HAPPENINGS} launches; expected a shorter time.`,
      );
    simulation.happens(happening);
  }
  return simulation.finish();
}

/** Activities count where the plan counts them (RULES §3.6): then two streams, each in order, are one. */
async function* happenings(
  sql: Sql,
  history: HistoryWanted,
  kind: LicenseKind,
  terms: Terms,
): AsyncGenerator<RecordedHappening> {
  const order = orderFor(kind.rules(terms));
  const launches = rowsOf((after) => pageOfLaunchHistory(sql, history, order, after, ROWS_AT_ONCE));
  if (!kind.counts_activities) return yield* launches;
  const activities = rowsOf((after) => pageOfActivityHistory(sql, history, after, ROWS_AT_ONCE));
  let [launch, activity] = [await launches.next(), await activities.next()];
  while (!launch.done || !activity.done) {
    const isLaunch = !launch.done && (activity.done || launch.value.at <= activity.value.at);
    if (isLaunch) {
      yield launch.value as RecordedHappening;
      launch = await launches.next();
    } else {
      yield activity.value as RecordedHappening;
      activity = await activities.next();
    }
  }
}

async function* rowsOf(
  read: (after: RecordedHappening | null) => Promise<readonly RecordedHappening[]>,
): AsyncGenerator<RecordedHappening, undefined> {
  for (let after: RecordedHappening | null = null; ; ) {
    const page: readonly RecordedHappening[] = await read(after);
    yield* page;
    if (page.length < ROWS_AT_ONCE) return undefined;
    after = page.at(-1) ?? null;
  }
}

function addOrders(months: readonly SimulatedMonth[], orders: readonly SimulatedOrder[]): CostOfMonth[] {
  const monthOf = (at: Date) => startOfMonth(at).getTime();
  const all = new Map(months.map((month) => [month.month.getTime(), month]));
  for (const { ordered_at } of orders) {
    const month = startOfMonth(ordered_at);
    if (!all.has(month.getTime())) all.set(month.getTime(), { ...EMPTY, month, denied: {} });
  }
  return [...all.values()]
    .sort((one, other) => one.month.getTime() - other.month.getTime())
    .map((month) => {
      const own = orders.filter(({ ordered_at }) => monthOf(ordered_at) === month.month.getTime());
      return { ...month, ordered_minor: own.reduce((sum, { amount_minor }) => sum + (amount_minor ?? 0), 0) };
    });
}

const EMPTY = { launches: 0, seats: 0, charges: 0, charged_minor: 0, unpriced: 0, overage: 0 };

function costOf(
  months: readonly CostOfMonth[],
  orders: readonly SimulatedOrder[],
  overagePrice: number | null,
): Cost {
  const sum = (of: (month: CostOfMonth) => number) => months.reduce((total, month) => total + of(month), 0);
  const denied: Partial<Record<string, number>> = {};
  for (const month of months)
    for (const [code, count] of Object.entries(month.denied)) denied[code] = (denied[code] ?? 0) + count;
  const overage = sum((month) => month.overage);
  const parts = {
    ordered_minor: sum((month) => month.ordered_minor),
    charged_minor: sum((month) => month.charged_minor),
    overage_minor: overage * (overagePrice ?? 0),
  };
  return {
    ...parts,
    amount_minor: parts.ordered_minor + parts.charged_minor + parts.overage_minor,
    launches: sum((month) => month.launches),
    seats: sum((month) => month.seats),
    charges: sum((month) => month.charges),
    overage,
    denied,
    unpriced:
      sum((month) => month.unpriced) +
      orders.filter(({ amount_minor }) => amount_minor === null).length +
      (overagePrice === null ? overage : 0),
  };
}
