/** Article S0: pay-per-use. Each test quotes the sentence that it holds; what the rule book sets aside: docs/decisions/articles.md. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import request from "supertest";
import { runDuePayments } from "../../../src/flows/payments/pay.ts";
import { openMarket } from "../../support/market.ts";
import { type StripeStandIn, startStripeStandIn } from "../../support/stripeStandIn.ts";

let stripe: StripeStandIn;
beforeAll(async () => {
  stripe = await startStripeStandIn();
});
afterAll(() => stripe.stop());

const market = openMarket(() => stripe.settings);
const { place, done, refused } = market;

const chargesOf = (license_id: string) => market.list("charges", `license_id=${license_id}`);
const seatsOf = (license_id: string) => market.list("seats", `license_id=${license_id}`);
const seatsUsed = async (license_id: string) =>
  (await done(market.admin.get(place(`licenses/${license_id}/usage`)))).seats;

/** Whose seat is confirmed and charged: the second launch does that. */
async function launchTwice(door: string, who: string): Promise<void> {
  for (const launch of ["first", "second"])
    expect([launch, await market.launch(door, who)]).toEqual([launch, "allowed"]);
}

describe("what it is", () => {
  test('S0:2 "do not have a shared start date": "As learners launch courses, their individual seat licenses begin"', async () => {
    const license = await market.payPerUse();
    const door = await market.deliver(license);
    await market.launch(door, "ana");
    market.gateway.clock.set("2026-03-20T14:00:00Z");
    await market.launch(door, "ben");
    expect(await seatsOf(license)).toMatchObject([
      { starts_at: "2026-01-05T09:00:00.000Z", ends_at: "2027-01-05T09:00:00.000Z" },
      { starts_at: "2026-03-20T14:00:00.000Z", ends_at: "2027-03-20T14:00:00.000Z" },
    ]);
  });

  test('S0:3 "the cost of the learner’s seat is added to a running tally"', async () => {
    const license = await market.payPerUse();
    const door = await market.deliver(license);
    const tally = async () => (await done(market.admin.get(place("billing")))).unbilled_minor;
    expect(await tally()).toBe(0);
    await launchTwice(door, "ana");
    expect(await tally()).toBe(500);
    await launchTwice(door, "ben");
    expect(await tally()).toBe(1000);
  });

  test('S0:3 "At the end of a monthly billing cycle, all PPU costs are either deducted from a deposit …"', async () => {
    const door = await market.deliver(await market.payPerUse());
    await done(market.vendor.post(place("deposit/top-ups"), { amount_minor: 10_000 }));
    for (const who of ["ana", "ben"]) await launchTwice(door, who);
    expect((await done(market.admin.get(place("billing")))).balance_minor).toBe(10_000);
    market.gateway.clock.set("2026-02-01T00:00:00Z");
    expect(await market.close()).toMatchObject({
      period_starts_at: "2026-01-01T00:00:00.000Z",
      period_ends_at: "2026-02-01T00:00:00.000Z",
      charged_minor: 1000,
      deposit_drawn_minor: 1000,
      deposit_after_minor: 9000,
      due_minor: 0,
      state: "settled",
    });
    expect((await done(market.admin.get(place("billing")))).balance_minor).toBe(9000);
  });

  /** By an administrator, at the payment service, which then says so. */
  async function putCardOnFile(): Promise<void> {
    await done(market.admin.post(place("payment-method/connect"), {}));
    const told = stripe.sign("checkout.session.completed", stripe.connect(), market.gateway.clock.now());
    await request(market.gateway.app())
      .post("/webhooks/stripe")
      .set({ Host: "localhost:8080", "Content-Type": "application/json", "Stripe-Signature": told.signature })
      .send(told.body)
      .expect(204);
  }

  test('S0:3 "… or charged to a credit card on file": what the deposit does not hold', async () => {
    const door = await market.deliver(await market.payPerUse());
    await putCardOnFile();
    await done(market.vendor.post(place("deposit/top-ups"), { amount_minor: 700 }));
    for (const who of ["ana", "ben"]) await launchTwice(door, who);
    market.gateway.clock.set("2026-02-01T00:00:00Z");
    const statement = await market.close();
    expect(statement).toMatchObject({ charged_minor: 1000, deposit_drawn_minor: 700, due_minor: 300 });
    await runDuePayments(market.gateway.context);
    expect(stripe.intents).toMatchObject([{ amount: 300, currency: "eur", status: "succeeded" }]);
    expect(await done(market.admin.get(place(`statements/${statement.id}`)))).toMatchObject({
      state: "paid",
    });
  });

  test('S0:4 "accounts must be specially contracted and configured for Pay Per Use"', async () => {
    const course_id = await market.course();
    const add = () => market.admin.post(place("library"), { course_id });
    await refused(add(), 409, "contract_missing");
    await refused(market.admin.post(place("contracts"), { kind: "pay_per_use" }), 403, "forbidden");
    await done(market.vendor.post(place("contracts"), { kind: "pay_per_use" }));
    await refused(add(), 409, "price_missing");
    await market.price("pay_per_use", 500);
    expect((await done(add())).items).toMatchObject([{ outcome: "added" }]);
  });

  test('S0:4 "PPU licenses do not offer discounts"', async () => {
    const tiers = [{ from_quantity: 10, discount_basis_points: 1000 }];
    const price = { kind: "pay_per_use", amount_minor: 500, tiers };
    const detail = await refused(market.vendor.post(place("prices"), price), 400, "body_invalid");
    expect(detail).toMatch(/^tiers: /);
  });

  test('S0:5 "Courses from the TED@Work bundle are not available for PPU licenses"', async () => {
    const [talk = "", other] = [await market.course("A talk"), await market.course("Another course")];
    await market.bundle([talk], { name: "TED@Work", barred_kinds: ["pay_per_use", "volume"] });
    await market.payPerUse(other);
    const detail = await refused(
      market.admin.post(place("library"), { course_id: talk }),
      409,
      "kind_barred",
    );
    expect(detail).toContain("TED@Work");
  });
});

describe("license durations", () => {
  test('S0:12 "seats last for 12 months from a learner’s first launch"', async () => {
    const license = await market.payPerUse();
    const door = await market.deliver(license);
    await market.launch(door, "ana");
    market.gateway.clock.set("2026-06-30T09:00:00Z");
    await market.launch(door, "ana");
    expect(await seatsOf(license)).toMatchObject([
      {
        starts_at: "2026-01-05T09:00:00.000Z",
        confirmed_at: "2026-06-30T09:00:00.000Z",
        ends_at: "2027-01-05T09:00:00.000Z",
      },
    ]);
    market.gateway.clock.set("2027-01-05T08:59:59.999Z");
    expect(await market.launch(door, "ana")).toBe("allowed");
    market.gateway.clock.set("2027-01-05T09:00:00Z");
    expect(await market.launch(door, "ana")).toBe("seat_expired");
  });

  test('S0:12 "may relaunch or retake a course as often as they wish throughout the length of their license"', async () => {
    const license = await market.payPerUse();
    const door = await market.deliver(license);
    for (let launch = 1; launch <= 12; launch++) {
      expect(await market.launch(door, "ana")).toBe("allowed");
      market.gateway.clock.advance({ days: 30 });
    }
    expect(await seatsOf(license)).toHaveLength(1);
    expect(await chargesOf(license)).toMatchObject([{ amount_minor: 500 }]);
  });

  test('S0:13 "will not tally a charge until a learner has a course open for two minutes …"', async () => {
    const license = await market.payPerUse();
    const opened = await market.open(await market.deliver(license), "ana");
    await market.stayOpen(opened, 119);
    expect(await chargesOf(license)).toEqual([]);
    await market.stayOpen(opened, 1);
    expect(await chargesOf(license)).toMatchObject([
      { rule: "open_time", open_seconds: 120, amount_minor: 500, made_at: "2026-01-05T09:02:00.000Z" },
    ]);
    await market.stayOpen(opened, 300);
    expect(await chargesOf(license)).toHaveLength(1);
  });

  test('S0:13 "… or launches it twice"', async () => {
    const license = await market.payPerUse();
    const door = await market.deliver(license);
    await market.launch(door, "ana");
    expect(await chargesOf(license)).toEqual([]);
    market.gateway.clock.advance({ days: 100 });
    await market.launch(door, "ana");
    expect(await chargesOf(license)).toMatchObject([{ rule: "launches", amount_minor: 500 }]);
  });

  test('S0:13 "a safeguard to prevent charges for brief, accidental launches": 119 seconds and one launch, no charge ever', async () => {
    const license = await market.payPerUse();
    const door = await market.deliver(license);
    await market.stayOpen(await market.open(door, "ana"), 119);
    market.gateway.clock.set("2027-01-05T09:00:00Z");
    expect(await market.launch(door, "ana")).toBe("allowed");
    expect(await chargesOf(license)).toEqual([]);
    expect((await seatsOf(license)).map(({ status }) => status)).toEqual(["pending", "pending"]);
  });
});

describe("license renewals", () => {
  /** After Ana's first seat, which was charged, has ended. */
  async function expired(settings: object = {}) {
    const license = await market.payPerUse();
    const door = await market.deliver(license);
    if (Object.keys(settings).length > 0)
      await done(market.vendor.patch(place(`licenses/${license}`), settings));
    await launchTwice(door, "ana");
    market.gateway.clock.set("2027-01-05T09:00:00Z");
    return { license, door };
  }

  test('S0:15 "attempts to relaunch their course will normally display an error. This error prevents unexpected additional charges"', async () => {
    const { license, door } = await expired();
    for (const attempt of ["first", "second", "third"])
      expect([attempt, await market.launch(door, "ana")]).toEqual([attempt, "seat_expired"]);
    expect(await chargesOf(license)).toHaveLength(1);
  });

  test('S0:15 "allow learners to activate another seat": Support may, the account’s own people may not (S0:1)', async () => {
    const { license, door } = await expired();
    const settings = { retake: true };
    await refused(market.admin.patch(place(`licenses/${license}`), settings), 403, "forbidden");
    await done(market.vendor.patch(place(`licenses/${license}`), settings));
    expect(await market.launch(door, "ana")).toBe("allowed");
  });

  test('S0:16 "they will activate—and incur a charge for—a fresh 12-month seat"', async () => {
    const { license, door } = await expired({ retake: true });
    market.gateway.clock.set("2027-02-10T12:00:00Z");
    await launchTwice(door, "ana");
    const seats = await seatsOf(license);
    expect(seats).toMatchObject([
      { ends_at: "2027-01-05T09:00:00.000Z" },
      { starts_at: "2027-02-10T12:00:00.000Z", ends_at: "2028-02-10T12:00:00.000Z", status: "confirmed" },
    ]);
    expect(await chargesOf(license)).toMatchObject([
      { seat_id: seats[0].id, amount_minor: 500 },
      { seat_id: seats[1].id, amount_minor: 500 },
    ]);
  });

  test.each([
    ["they will either resume their courses where they’d left off …", false, true],
    ["… or any progress will reset and they will start from the beginning", true, false],
  ])('S0:17 "%s"', async (_quoted, retake_starts_over, resumed) => {
    const { door } = await expired({ retake: true, retake_starts_over });
    expect((await market.open(door, "ana")).attempt.resumed).toBe(resumed);
  });
});

describe("adding courses to the library", () => {
  test('S0:20 "you will see an “Add to Library” button" and S0:24 "the course will now appear in your PPU dashboard"', async () => {
    const license = await market.payPerUse(await market.course("Fire safety"));
    expect(await market.list("licenses", "kind=pay_per_use")).toMatchObject([
      { id: license, state: "running" },
    ]);
    expect(await seatsUsed(license)).toEqual({ pending: 0, confirmed: 0 });
  });

  test('S0:22 "“Deliver Course,” you already have a license"', async () => {
    const course_id = await market.course();
    const license_id = await market.payPerUse(course_id);
    const again = await done(market.admin.post(place("library"), { course_id }));
    expect(again.items).toMatchObject([{ outcome: "already_there", license_id }]);
  });

  test('S0:25 "use Lists to create PPU licenses for multiple courses at once" and S0:27 "A success message should then appear"', async () => {
    await market.payPerUse();
    const course_ids = [await market.course("One"), await market.course("Two"), await market.course("Three")];
    const list = await done(market.admin.post(place("lists"), { name: "Onboarding", course_ids }));
    const { items } = await done(market.admin.post(place("library"), { list_id: list.id }));
    expect(items.map(({ course_id, outcome }: Record<string, string>) => [course_id, outcome])).toEqual(
      course_ids.map((course_id) => [course_id, "added"]),
    );
    expect(await market.list("licenses", "kind=pay_per_use")).toHaveLength(4);
  });

  test('S0:26 "Lists can be used to download or send course files"', async () => {
    const [one = "", two = ""] = [await market.course("One"), await market.course("Two")];
    await market.payPerUse(one);
    await done(market.admin.post(place("library"), { course_id: two }));
    const list = await done(
      market.admin.post(place("lists"), { name: "Onboarding", course_ids: [one, two] }),
    );
    const wanted = { list_id: list.id, formats: ["scorm12"] };
    const { items } = await done(market.admin.post(place("deliveries/bulk"), wanted));
    expect(items).toHaveLength(2);
    for (const { delivery } of items) expect(await market.launch(delivery.key, "ana")).toBe("allowed");
  });

  test('S0:29 "the “Seats Used” column will update as seats are occupied"', async () => {
    const license = await market.payPerUse();
    const door = await market.deliver(license);
    await market.launch(door, "ana");
    expect(await seatsUsed(license)).toEqual({ pending: 1, confirmed: 0 });
    await market.launch(door, "ben");
    await market.launch(door, "ben");
    expect(await seatsUsed(license)).toEqual({ pending: 1, confirmed: 1 });
  });

  test('S0:29 "occupy a seat upon first launch, when their 12-month license begins"', async () => {
    const license = await market.payPerUse();
    await market.launch(await market.deliver(license), "ana");
    expect(await seatsOf(license)).toMatchObject([
      { status: "pending", starts_at: "2026-01-05T09:00:00.000Z", ends_at: "2027-01-05T09:00:00.000Z" },
    ]);
  });

  test('S0:30 "any test launch will occupy and charge for a PPU seat, as initial launches will assign a unique seat license"', async () => {
    const license = await market.payPerUse();
    await launchTwice(await market.deliver(license), "the administrator");
    expect(await seatsUsed(license)).toEqual({ pending: 0, confirmed: 1 });
    expect(await chargesOf(license)).toHaveLength(1);
  });
});

describe("the number of seats", () => {
  test('S0:32 "PPU seats are not purchased in advance"', async () => {
    const license_id = await market.payPerUse();
    const lines = [{ license_id, quantity: 10 }];
    const detail = await refused(market.vendor.post(place("orders"), { lines }), 400, "body_invalid");
    expect(detail).toContain("pay_per_use");
  });

  test('S0:33 "additional seats will be generated on demand—no further action is necessary"', async () => {
    const license = await market.payPerUse();
    const door = await market.deliver(license);
    for (let learner = 1; learner <= 30; learner++)
      expect(await market.launch(door, `learner ${learner}`)).toBe("allowed");
    expect(await seatsUsed(license)).toEqual({ pending: 30, confirmed: 0 });
  });

  test('S0:35 "“Pause License”": "would continue to have access for the duration of their 12-month seat, and new learners would see an error"', async () => {
    const license = await market.payPerUse();
    const door = await market.deliver(license);
    await market.launch(door, "ana");
    await done(market.admin.post(place(`licenses/${license}/pause`)));
    expect(await market.launch(door, "new")).toBe("license_paused");
    market.gateway.clock.set("2027-01-05T08:59:59Z");
    expect(await market.launch(door, "ana")).toBe("allowed");
    expect(await seatsUsed(license)).toEqual({ pending: 0, confirmed: 1 });
    await done(market.admin.post(place(`licenses/${license}/unpause`)));
    expect(await market.launch(door, "new")).toBe("allowed");
  });
});

describe("beside other license types", () => {
  test('S0:38 "Each license type will have its own dedicated course file"', async () => {
    const course_id = await market.course();
    await market.price("volume", 1000);
    const ppu = await market.payPerUse(course_id);
    const volume = await market.buy({ kind: "volume", course_id, quantity: 1 });
    const doors = [await market.deliver(ppu), await market.deliver(volume)];
    expect(new Set(doors).size).toBe(2);
    for (const door of doors) await market.launch(door, "ana");
    expect(await seatsUsed(ppu)).toEqual({ pending: 1, confirmed: 0 });
    expect(await market.usage(volume)).toMatchObject({ used: 1, remaining: 0 });
  });

  test('S0:40 "up to 100 OpenSesame Plus seats, up to 1000 Volume Purchase seats, or both if they are purchased at the same time"', async () => {
    const course_id = await market.course();
    const bundle_id = await market.bundle([course_id], { name: "Plus" });
    await market.payPerUse(course_id);
    await market.price("volume", 1000);
    await market.price("subscription", 12_000);
    const plus = (quantity: number) => ({ kind: "subscription", bundle_id, quantity });
    const volume = (quantity: number) => ({ kind: "volume", course_id, quantity });
    const buy = (...lines: object[]) => market.admin.post(place("orders"), { lines });
    await refused(buy(plus(101)), 409, "order_too_large");
    await refused(buy(volume(1001)), 409, "order_too_large");
    await refused(buy(volume(1000), plus(101)), 409, "order_too_large");
    const both = await done(buy(volume(1000), plus(100)));
    expect(both.lines).toMatchObject([
      { kind: "volume", quantity: 1000, amount_minor: 1_000_000 },
      { kind: "subscription", quantity: 100, amount_minor: 1_200_000 },
    ]);
  });
});
