/** Article S1, of volume, pay-per-use and several license types. */
import { describe, expect, test } from "@jest/globals";
import { market } from "../market.ts";

const { place, done, refused } = market;

const order = (...lines: object[]) => market.admin.post(place("orders"), { lines });
const lotsOf = (license_id: string) => market.list("lots", `license_id=${license_id}`);

/** Seats of a new course, bought by an administrator at 10.00 EUR. */
async function buyVolume(quantity: number) {
  const course_id = await market.course();
  await market.price("volume", 1000);
  const license: string = (await done(order({ kind: "volume", course_id, quantity }))).lines[0].license_id;
  return { license, course_id, door: await market.deliver(license) };
}

describe("volume", () => {
  test('S1:4 "Up to 1000 standard seats for an individual course", S1:63 "Add any number of seats up to 1000"', async () => {
    const { license, course_id } = await buyVolume(1000);
    expect(await market.usage(license)).toMatchObject({ remaining: 1000 });
    await refused(order({ kind: "volume", course_id, quantity: 1001 }), 409, "order_too_large");
    await done(order({ kind: "volume", course_id, quantity: 1 }));
  });

  test('S1:50 "It lasts for 12 months from the date of purchase", S1:67 "The 12-month term begins at the moment of purchase"', async () => {
    market.gateway.clock.set("2028-02-29T18:45:10Z");
    const { license } = await buyVolume(5);
    expect(await lotsOf(license)).toMatchObject([
      { starts_at: "2028-02-29T18:45:10.000Z", ends_at: "2029-02-28T18:45:10.000Z" },
    ]);
  });

  test('S1:50 "each course is licensed individually"', async () => {
    const { license, course_id } = await buyVolume(5);
    const bundle_id = await market.bundle([course_id]);
    const detail = await refused(order({ kind: "volume", bundle_id, quantity: 5 }), 400, "body_invalid");
    expect(detail).toContain("bundle_id: ");
    const wanted = { license_id: license, format: "scorm12", course_id: await market.course("Another") };
    await refused(market.admin.post(place("deliveries"), wanted), 400, "body_invalid");
  });

  test('S1:52 "an automatic discount when you purchase a larger amount for a single course", S1:63 "the course’s discount levels"', async () => {
    const course_id = await market.course();
    const levels = [
      { from_quantity: 50, discount_basis_points: 1000 },
      { from_quantity: 100, discount_basis_points: 1250 },
    ];
    await market.price("volume", 1000, { tiers: levels });
    const prices = await market.list("prices", "kind=volume");
    expect(prices).toMatchObject([{ tiers: levels }]);
    const costs = [];
    for (const quantity of [49, 50, 99, 100])
      costs.push((await done(order({ kind: "volume", course_id, quantity }))).amount_minor);
    expect(costs).toEqual([49_000, 45_000, 89_100, 87_500]);
  });

  test('S1:53 "any course in our catalog, with the exception of the TED@Work bundle"', async () => {
    const talk = await market.course("A talk");
    await market.bundle([talk], { name: "TED@Work", barred_kinds: ["pay_per_use", "volume"] });
    await buyVolume(1);
    const line = { kind: "volume", course_id: talk, quantity: 1 };
    expect(await refused(order(line), 409, "kind_barred")).toContain("TED@Work");
  });

  test('S1:54 "relaunched by a learner as often as needed during the 12-month time"', async () => {
    const { license, door } = await buyVolume(1);
    for (let month = 1; month <= 12; month++) {
      expect(await market.launch(door, "ana")).toBe("allowed");
      market.gateway.clock.advance({ days: 30 });
    }
    expect(await market.usage(license)).toMatchObject({ used: 1, remaining: 0 });
  });

  test('S1:65 "If you need more than one course, you can keep browsing and adding to the cart"', async () => {
    await market.price("volume", 1000);
    const courses = [await market.course("One"), await market.course("Two"), await market.course("Three")];
    const made = await done(
      order(...courses.map((course_id) => ({ kind: "volume", course_id, quantity: 10 }))),
    );
    expect(made.amount_minor).toBe(30_000);
    const licenses = new Set(made.lines.map(({ license_id }: { license_id: string }) => license_id));
    expect(licenses.size).toBe(3);
  });

  test('S1:68 "Volume Purchase courses and their available seats", S1:69 "the Remaining number updates as each learner launches the course and occupies a seat"', async () => {
    const { license, course_id, door } = await buyVolume(3);
    expect(await market.list("licenses", "kind=volume")).toMatchObject([{ id: license, course_id }]);
    const seen = [(await market.usage(license)).remaining];
    for (const who of ["ana", "ana", "ben", "cem"]) {
      await market.launch(door, who);
      seen.push((await market.usage(license)).remaining);
    }
    expect(seen).toEqual([3, 2, 2, 1, 0]);
  });

  test('S1:72 "To review previous purchases, click the Order History tab", S1:73 "For full details on an order, click its number"', async () => {
    const { license, course_id } = await buyVolume(3);
    const [listed] = await market.list("orders");
    expect(await done(market.admin.get(place(`orders/${listed.id}`)))).toMatchObject({
      number: 1,
      lines: [{ license_id: license, course_id, quantity: 3, unit_amount_minor: 1000, amount_minor: 3000 }],
    });
  });

  test('S1:75 "expire 12 months after their purchase date": "the new seats have their own 12-month term"', async () => {
    const { license: license_id, door } = await buyVolume(1);
    market.gateway.clock.set("2026-07-05T09:00:00Z");
    await done(order({ license_id, quantity: 2 }));
    expect(await lotsOf(license_id)).toMatchObject([
      { quantity: 1, ends_at: "2027-01-05T09:00:00.000Z" },
      { quantity: 2, ends_at: "2027-07-05T09:00:00.000Z" },
    ]);
    await market.launch(door, "ana");
    await market.launch(door, "ben");
    market.gateway.clock.set("2027-01-05T09:00:00Z");
    expect([await market.launch(door, "ana"), await market.launch(door, "ben")]).toEqual([
      "seat_expired",
      "allowed",
    ]);
  });

  test('S1:75 "When a new learner launches a course, they use the oldest available seat"', async () => {
    const { license: license_id, door } = await buyVolume(2);
    market.gateway.clock.set("2026-07-05T09:00:00Z");
    await done(order({ license_id, quantity: 2 }));
    const taken = [];
    for (const who of ["ana", "ben", "cem"]) {
      await market.launch(door, who);
      taken.push((await lotsOf(license_id)).map((lot) => lot.taken));
    }
    expect(taken).toEqual([
      [1, 0],
      [2, 0],
      [2, 1],
    ]);
  });

  test('S1:80 "the number of remaining seats for the course increases"', async () => {
    const { license: license_id, door } = await buyVolume(1);
    await market.launch(door, "ana");
    expect(await market.launch(door, "ben")).toBe("no_seats_left");
    await done(order({ license_id, quantity: 10 }));
    expect(await market.usage(license_id)).toMatchObject({ purchased: 11, used: 1, remaining: 10 });
    expect(await market.launch(door, "ben")).toBe("allowed");
  });

  test('S1:81 "learners who launch an expired course see an error": "To check purchase dates, see the Order History tab"', async () => {
    const { license, door } = await buyVolume(2);
    await market.launch(door, "ana");
    market.gateway.clock.set("2027-01-05T08:59:59.999Z");
    expect(await market.launch(door, "ana")).toBe("allowed");
    market.gateway.clock.set("2027-01-05T09:00:00Z");
    expect([await market.launch(door, "ana"), await market.launch(door, "new")]).toEqual([
      "license_ended",
      "license_ended",
    ]);
    const orders = await market.list("orders", `license_id=${license}`);
    expect(orders).toMatchObject([{ ordered_at: "2026-01-05T09:00:00.000Z" }]);
  });
});

describe("pay-per-use", () => {
  test('S1:83 "their launch purchases their 12-month seat": "The full seat charge is deducted from a deposit, and there are no discounts"', async () => {
    const license = await market.payPerUse();
    const door = await market.deliver(license);
    await done(market.vendor.post(place("deposit/top-ups"), { amount_minor: 100_000 }));
    for (let learner = 1; learner <= 20; learner++)
      for (const launch of [1, 2])
        expect([launch, await market.launch(door, `learner ${learner}`)]).toEqual([launch, "allowed"]);
    market.gateway.clock.set("2026-02-01T00:00:00Z");
    const statement = await market.close();
    expect(statement).toMatchObject({ charged_minor: 10_000, deposit_drawn_minor: 10_000, due_minor: 0 });
    const { items } = await done(market.admin.get(place(`statements/${statement.id}/lines`)));
    expect(new Set(items.map((line: { amount_minor: number }) => line.amount_minor))).toEqual(new Set([500]));
  });

  test('S1:84 "Pay Per Use requires": S1:85 "A contract", S1:87 "Account configuration", so S1:88 "can\'t be made with marketplace tools"', async () => {
    const course_id = await market.course();
    await refused(market.admin.post(place("library"), { course_id }), 409, "contract_missing");
    for (const noun of ["contracts", "prices"])
      await refused(
        market.admin.post(place(noun), { kind: "pay_per_use", amount_minor: 500 }),
        403,
        "forbidden",
      );
    expect(await market.list("licenses")).toEqual([]);
  });

  test('S1:90 "you can add courses to your PPU Library, then deliver them to learners"', async () => {
    const door = await market.deliver(await market.payPerUse());
    expect(await market.launch(door, "ana")).toBe("allowed");
  });

  test('S1:91 "Courses from the TED@Work bundle aren’t available as PPU licenses"', async () => {
    await market.payPerUse();
    const course_id = await market.course("A talk");
    await market.bundle([course_id], { name: "TED@Work", barred_kinds: ["pay_per_use", "volume"] });
    await refused(market.admin.post(place("library"), { course_id }), 409, "kind_barred");
  });

  test('S1:109 "seats aren’t purchased in advance": "deliver it to as many learners as you need"', async () => {
    const license = await market.payPerUse();
    const door = await market.deliver(license);
    for (let learner = 1; learner <= 25; learner++)
      expect(await market.launch(door, `learner ${learner}`)).toBe("allowed");
    const usage = await done(market.admin.get(place(`licenses/${license}/usage`)));
    expect(usage).toMatchObject({ bought: null, seats: { pending: 25, confirmed: 0 } });
  });
});

describe("several license types", () => {
  /** A course with a volume and a pay-per-use license, a subscription that has it too. */
  async function threeTypes() {
    const { license: volume, course_id } = await buyVolume(5);
    const ppu = await market.payPerUse(course_id);
    await market.price("subscription", 12_000);
    const bundle_id = await market.bundle([course_id]);
    const subscription = await market.buy({ kind: "subscription", bundle_id, quantity: 5 });
    return { volume, ppu, subscription, course_id };
  }

  test('S1:94 "each license has its own course package"', async () => {
    const { volume, ppu, subscription, course_id } = await threeTypes();
    const doors: string[] = [];
    for (const license of [volume, ppu, subscription]) doors.push(await market.deliver(license, course_id));
    expect(new Set(doors).size).toBe(3);
    await market.launch(doors[0] ?? "", "ana");
    expect(await market.usage(volume)).toMatchObject({ used: 1 });
    expect(await market.usage(subscription)).toMatchObject({ used: 0 });
  });

  test('S1:96 "we recommend labeling each package": a label tells it from its twins', async () => {
    const { volume, ppu } = await threeTypes();
    const files = [];
    for (const [license_id, label] of [
      [volume, "for the staff"],
      [ppu, "for guests"],
    ]) {
      const wanted = { license_id, format: "scorm2004-4", label };
      const { id } = await done(market.admin.post(place("deliveries"), wanted));
      const { headers } = await market.admin.get(place(`deliveries/${id}/package`));
      files.push(decodeURIComponent(headers["content-disposition"] ?? ""));
    }
    expect(files[0]).toMatch(/for.the.staff/);
    expect(files[1]).toMatch(/for.guests/);
  });

  test('S1:99 "you can add both a Volume license and an OpenSesame Plus subscription license to your shopping cart", S1:104 "Complete the purchase"', async () => {
    const course_id = await market.course();
    const bundle_id = await market.bundle([course_id]);
    await market.price("volume", 1000);
    await market.price("subscription", 12_000);
    const volume = { kind: "volume", course_id, quantity: 10 };
    const subscription = { kind: "subscription", bundle_id, quantity: 10 };
    const made = await done(order(volume, subscription));
    expect(made).toMatchObject({ number: 1, amount_minor: 130_000, lines: [volume, subscription] });
    for (const { license_id } of made.lines)
      expect(await market.launch(await market.deliver(license_id, course_id), "ana")).toBe("allowed");
  });

  test('S1:112 "If you only have Pay Per Use (PPU) licenses, you can add an OpenSesame Plus license, a Volume license, or both"', async () => {
    const course_id = await market.course();
    const bundle_id = await market.bundle([course_id]);
    await market.payPerUse(course_id);
    await market.price("volume", 1000);
    await market.price("subscription", 12_000);
    const volume = { kind: "volume", course_id, quantity: 10 };
    const subscription = { kind: "subscription", bundle_id, quantity: 10 };
    for (const lines of [[subscription], [volume], [volume, subscription]]) await done(order(...lines));
    expect(await market.list("licenses")).toHaveLength(5);
  });
});
