/** Article S1, of subscriptions, and of seats in general. */
import { describe, expect, test } from "@jest/globals";
import { runDueRenewals } from "../../../../src/flows/renewals.ts";
import { market } from "../market.ts";

const { place, done, refused } = market;

const order = (...lines: object[]) => market.admin.post(place("orders"), { lines });
const seatsOf = (license_id: string) => market.list("seats", `license_id=${license_id}`);

/** A subscription to a bundle of two courses, bought by an administrator on 5 January 2026 at 120.00 EUR a seat. */
async function subscribe(quantity: number, term_length = "annual") {
  const courses = [await market.course("Fire safety"), await market.course("First aid")];
  const bundle_id = await market.bundle(courses, { name: "Plus Complete" });
  await market.price("subscription", 12_000);
  const line = { kind: "subscription", bundle_id, quantity, terms: { term_length } };
  const license: string = (await done(order(line))).lines[0].license_id;
  const [door = "", other = ""] = [
    await market.deliver(license, courses[0]),
    await market.deliver(license, courses[1]),
  ];
  return { license, bundle_id, courses, door, other };
}

describe("before you begin", () => {
  test('S1:3 "Up to 100 subscription seats" by oneself; S1:5 "For all other needs" the vendor', async () => {
    const { license: license_id } = await subscribe(100);
    const lines = [{ license_id, quantity: 101 }];
    await refused(market.admin.post(place("orders"), { lines }), 409, "order_too_large");
    await done(market.vendor.post(place("orders"), { lines }));
    expect(await market.usage(license_id)).toMatchObject({ purchased: 201 });
  });

  test('S1:9 "reporting on your learners’ activity": who buys in an account of their own, "their activity is private"', async () => {
    const { license, door } = await subscribe(1);
    await market.launch(door, "ana");
    expect(await market.list("launches", `license_id=${license}`)).toHaveLength(1);
    const own = await done(market.vendor.post("/accounts", { name: "Ben, by himself", currency: "EUR" }));
    for (const noun of ["launches", "seats", "learners", `licenses/${license}/usage`])
      await refused(market.admin.get(`/accounts/${own.id}/${noun}`), 404, "not_found");
  });

  test('S1:10 "need to retake the same course every year": "a setting in your account"', async () => {
    const course_id = await market.course();
    await market.price("volume", 1000);
    const license_id = await market.buy({ kind: "volume", course_id, quantity: 1 });
    const door = await market.deliver(license_id);
    await market.launch(door, "ana");
    market.gateway.clock.set("2027-01-05T08:00:00Z");
    await done(order({ license_id, quantity: 1 }));
    market.gateway.clock.set("2027-01-05T09:00:00Z");
    expect(await market.launch(door, "ana")).toBe("seat_expired");
    await done(market.vendor.patch(`/accounts/${market.account_id}`, { retake: true }));
    expect(await market.launch(door, "ana")).toBe("allowed");
  });

  test('S1:11 "if you have 20 learners and an administrator who tests courses, plan for 21 seats"', async () => {
    const { license, door, other } = await subscribe(21);
    for (let learner = 1; learner <= 20; learner++)
      for (const course of [door, other]) await market.launch(course, `learner ${learner}`);
    expect(await market.usage(license)).toMatchObject({ purchased: 21, used: 20, remaining: 1 });
    expect(await market.launch(door, "the administrator")).toBe("allowed");
    expect(await market.usage(license)).toMatchObject({ used: 21, remaining: 0 });
    expect(await market.launch(door, "learner 21")).toBe("no_seats_left");
  });

  test("S1:11 with a test identity for the administrator, 20 seats are enough (RULES §6)", async () => {
    const { license, door } = await subscribe(20);
    await done(market.admin.post(place("identities/mark-test"), { value: "the administrator" }));
    for (let learner = 1; learner <= 20; learner++) await market.launch(door, `learner ${learner}`);
    expect(await market.launch(door, "the administrator")).toBe("allowed");
    expect(await market.usage(license)).toMatchObject({ purchased: 20, used: 20, remaining: 0 });
    expect(await market.list("launches", `license_id=${license}`)).toHaveLength(21);
  });

  test('S1:11 "launches a course for the first time, they’re assigned a unique seat"', async () => {
    const { license, door } = await subscribe(3);
    for (const who of ["ana", "ben", "cem", "ana"]) await market.launch(door, who);
    const learners = (await seatsOf(license)).map(({ learner_id }) => learner_id);
    expect([learners.length, new Set(learners).size]).toEqual([3, 3]);
  });
});

describe("what a seat gives", () => {
  test.each([
    ["monthly", "2026-02-05T09:00:00.000Z"],
    ["annual", "2027-01-05T09:00:00.000Z"],
  ])('S1:20 "It renews monthly or annually": %s', async (term_length, renews_at) => {
    const { license } = await subscribe(5, term_length);
    expect(await done(market.admin.get(place(`licenses/${license}`)))).toMatchObject({ renews_at });
  });

  test('S1:22 "Unlimited access to the OpenSesame Plus subscription catalog": one seat, every course', async () => {
    const { license, door, other } = await subscribe(5);
    expect([await market.launch(door, "ana"), await market.launch(other, "ana")]).toEqual([
      "allowed",
      "allowed",
    ]);
    expect(await market.usage(license)).toMatchObject({ used: 1, remaining: 4 });
  });

  test('S1:23 "Unlimited course relaunches or retakes while their seat is active"', async () => {
    const { license, door } = await subscribe(5);
    for (let month = 1; month <= 12; month++) {
      expect(await market.launch(door, "ana")).toBe("allowed");
      market.gateway.clock.advance({ days: 30 });
    }
    expect(await market.usage(license)).toMatchObject({ used: 1 });
  });

  test('S1:24 "update the subscription catalog daily": what is added is there at once for seats that there are', async () => {
    const { license, bundle_id, courses, door } = await subscribe(5);
    await market.launch(door, "ana");
    const added = await market.course("Added later");
    await done(market.vendor.patch(`/bundles/${bundle_id}`, { course_ids: [...courses, added] }));
    expect(await market.launch(await market.deliver(license, added), "ana")).toBe("allowed");
    expect(await market.usage(license)).toMatchObject({ used: 1 });
  });
});

describe("terms", () => {
  test('S1:33 "automatically renew for another term": "This prevents interruptions to learner access"', async () => {
    const { license, door } = await subscribe(5);
    await market.launch(door, "ana");
    market.gateway.clock.set("2027-01-05T09:00:00Z");
    expect(await market.launch(door, "ana")).toBe("allowed");
    market.gateway.clock.set("2028-06-01T00:00:00Z");
    expect(await market.launch(door, "ana")).toBe("allowed");
    const running = (await market.list("lots", `license_id=${license}`)).at(-1);
    expect(running).toMatchObject({ quantity: 5, taken: 1, ends_at: "2029-01-05T09:00:00.000Z" });
  });

  test.each([
    ["annually", "annual", ["2026-01-05", "2027-01-05", "2028-01-05"], "2028-01-05T09:00:00Z"],
    ["monthly", "monthly", ["2026-01-05", "2026-02-05", "2026-03-05"], "2026-03-05T09:00:00Z"],
  ])(
    'S1:34 "renews and charges", S1:42 "recurring charges. These happen" %s',
    async (_how, term_length, days, last) => {
      const { license } = await subscribe(5, term_length);
      for (const day of days) {
        market.gateway.clock.set(`${day}T09:00:00Z`);
        await runDueRenewals(market.gateway.context);
      }
      const orders = await market.list("orders", `license_id=${license}`);
      expect(orders.map(({ ordered_at, amount_minor }) => [ordered_at.slice(0, 10), amount_minor])).toEqual(
        days.map((day) => [day, 60_000]),
      );
      expect(new Date(orders.at(-1).ordered_at)).toEqual(new Date(last));
    },
  );

  test('S1:35 "A new entry appears in the Order History tab"', async () => {
    const { license } = await subscribe(5);
    market.gateway.clock.set("2027-01-05T09:00:00Z");
    await runDueRenewals(market.gateway.context);
    const history = await market.list("orders", `license_id=${license}`);
    expect(history.map(({ number, reason }) => [number, reason])).toEqual([
      [1, "purchase"],
      [2, "renewal"],
    ]);
  });

  test('S1:36 "If you decide not to renew": cancelled before the end, it runs to the end of its term', async () => {
    const { license, door } = await subscribe(5);
    await market.launch(door, "ana");
    await done(market.admin.put(place(`licenses/${license}/renewal`), { renews: false }));
    market.gateway.clock.set("2027-01-05T08:59:59Z");
    expect(await market.launch(door, "ana")).toBe("allowed");
    expect(await market.launch(door, "ben")).toBe("allowed");
    market.gateway.clock.set("2027-01-05T09:00:00Z");
    await runDueRenewals(market.gateway.context);
    expect(await market.launch(door, "ana")).toBe("license_ended");
    expect(await market.list("orders")).toHaveLength(1);
  });

  test('S1:37 "The annual or monthly subscription begins at the moment of purchase"', async () => {
    market.gateway.clock.set("2026-05-31T23:17:42.500Z");
    const { license } = await subscribe(5);
    expect(await market.list("lots", `license_id=${license}`)).toMatchObject([
      { starts_at: "2026-05-31T23:17:42.500Z", ends_at: "2027-05-31T23:17:42.500Z" },
    ]);
  });

  test('S1:38 "available subscription seats": "updates as each learner launches their first course and occupies a seat"', async () => {
    const { license, door, other } = await subscribe(3);
    const available = async () => (await market.usage(license)).remaining;
    const seen = [await available()];
    for (const [course, who] of [
      [door, "ana"],
      [other, "ana"],
      [other, "ben"],
    ] as const) {
      await market.launch(course, who);
      seen.push(await available());
    }
    expect(seen).toEqual([3, 2, 2, 1]);
  });

  test('S1:39 "starts out empty": "each course appears when the first learner launches it"', async () => {
    const { license, courses, door, other } = await subscribe(3);
    const launched = async () =>
      (await market.list("attempts", `license_id=${license}`)).map(({ course_id }) => course_id);
    expect(await launched()).toEqual([]);
    await market.launch(other, "ana");
    expect(await launched()).toEqual([courses[1]]);
    await market.launch(door, "ben");
    expect(await launched()).toEqual([courses[1], courses[0]]);
  });
});

describe("orders", () => {
  test('S1:40 "To review previous purchases, select the Order History tab", S1:41 "For full details on an order, click its number"', async () => {
    const { license, bundle_id } = await subscribe(20);
    const [listed] = await market.list("orders");
    const detail = await done(market.admin.get(place(`orders/${listed.id}`)));
    expect(detail).toEqual(listed);
    expect(detail).toMatchObject({
      number: 1,
      ordered_at: "2026-01-05T09:00:00.000Z",
      amount_minor: 240_000,
      lines: [
        { kind: "subscription", license_id: license, bundle_id, quantity: 20, unit_amount_minor: 12_000 },
      ],
    });
  });

  test('S1:46 "The cost of additional seats is proportional to the time that remains in the subscription’s term"', async () => {
    const { license: license_id } = await subscribe(20);
    market.gateway.clock.set("2026-09-20T09:00:00Z");
    const added = await done(order({ license_id, quantity: 2 }));
    // 3 months, and 15 of the 30 days of the month that runs: 3.5/12 of 240.00 EUR.
    expect(added.amount_minor).toBe(7000);
  });

  test('S1:47 "add seats after 3 months, the new seats are priced for the remaining 9 months"', async () => {
    const { license: license_id } = await subscribe(20);
    market.gateway.clock.set("2026-04-05T09:00:00Z");
    const lines = [{ license_id, quantity: 5 }];
    const quote = await done(market.admin.post(place("quotes"), { lines }));
    const added = await done(order(...lines));
    for (const shown of [quote, added])
      expect(shown).toMatchObject({
        amount_minor: 45_000,
        lines: [
          {
            unit_amount_minor: 12_000,
            portion: { numerator: 9, denominator: 12 },
            amount_minor: 45_000,
            ends_at: "2027-01-05T09:00:00.000Z",
          },
        ],
      });
  });

  test('S1:48 "the number of remaining subscription seats increases"', async () => {
    const { license: license_id, door } = await subscribe(1);
    await market.launch(door, "ana");
    expect(await market.launch(door, "ben")).toBe("no_seats_left");
    await done(order({ license_id, quantity: 5 }));
    expect(await market.usage(license_id)).toMatchObject({ purchased: 6, used: 1, remaining: 5 });
    expect(await market.launch(door, "ben")).toBe("allowed");
  });
});
