/** Article S4: what each annual plan counts, and when. */
import { describe, expect, test } from "@jest/globals";
import { market } from "../market.ts";

const { place, done, refused } = market;

/** A plan for 2026, bought on 5 January, unless something else is agreed. */
async function planOf(kind: string, quantity: number, more: object = {}): Promise<string> {
  await market.price(kind, 100);
  const year = { starts_at: "2026-01-01T00:00:00Z", ends_at: "2027-01-01T00:00:00Z" };
  return market.buy({ kind, quantity, ...year, ...more });
}

let logins = 0;

/** A sign-in that the customer's platform reports. @returns `allowed`, or why not. */
async function login(license_id: string, who: string): Promise<string> {
  logins += 1;
  const activity = { license_id, activity_id: `login-${logins}`, learner: { value: who } };
  const { outcome, code } = await done(market.admin.post("/activities", activity));
  return code ?? outcome;
}

const at = (instant: string) => market.gateway.clock.set(instant);
const left = async (license: string) => (await market.usage(license)).remaining;

async function changeActive(value: string, change: "deactivate" | "reactivate"): Promise<string> {
  const [learner] = await market.list("learners", `search=${value}`);
  await done(market.admin.post(place(`learners/${learner.id}/${change}`)));
  return learner.id;
}

describe("seats", () => {
  test('S4:5 "You buy Seats for the entire plan (yearly)"', async () => {
    const license = await planOf("seats", 10);
    expect(await market.list("lots", `license_id=${license}`)).toMatchObject([
      { quantity: 10, starts_at: "2026-01-01T00:00:00.000Z", ends_at: "2027-01-01T00:00:00.000Z" },
    ]);
  });

  test('S4:6 "For every new user login, a seat is taken, and that user keeps it for the duration of the plan"', async () => {
    const license = await planOf("seats", 2);
    for (const who of ["ana", "ben", "ana"]) expect(await login(license, who)).toBe("allowed");
    expect(await left(license)).toBe(0);
    expect(await login(license, "cem")).toBe("no_seats_left");
    at("2026-12-31T23:59:59Z");
    expect(await login(license, "ana")).toBe("allowed");
    at("2027-01-01T00:00:00Z");
    expect(await login(license, "ana")).toBe("license_ended");
  });

  test('S4:7 "If a user is deactivated, their seat will become available again"', async () => {
    const license = await planOf("seats", 2);
    for (const who of ["ana", "ben"]) await login(license, who);
    expect(await left(license)).toBe(0);
    await changeActive("ana", "deactivate");
    expect(await left(license)).toBe(1);
    expect(await login(license, "ana")).toBe("learner_deactivated");
  });

  test('S4:8 "users’ seats can be reused"', async () => {
    const license = await planOf("seats", 1);
    await login(license, "ana");
    await changeActive("ana", "deactivate");
    expect(await login(license, "ben")).toBe("allowed");
    expect(await left(license)).toBe(0);
    await changeActive("ana", "reactivate");
    expect(await login(license, "ana")).toBe("no_seats_left");
  });

  test('S4:10 "once a user logs in, they retain access for the entire plan duration": launches as well', async () => {
    const license = await planOf("seats", 1);
    const door = await market.deliver(license, await market.course());
    await login(license, "ana");
    for (let month = 1; month <= 11; month++) {
      expect(await market.launch(door, "ana")).toBe("allowed");
      market.gateway.clock.advance({ days: 30 });
    }
    expect(await left(license)).toBe(0);
  });
});

describe("monthly active user credits", () => {
  test('S4:12 "You buy credits for the entire year", S4:64 "the total annual credits available"', async () => {
    const license = await planOf("mauc", 1200);
    const lots = await market.list("lots", `license_id=${license}`);
    expect(lots).toMatchObject([{ quantity: 1200, ends_at: "2027-01-01T00:00:00.000Z" }]);
    expect(await left(license)).toBe(1200);
  });

  test('S4:13 "Each user login within a month counts as one credit. If a user logs in again on another month, a new credit will be consumed": three months, three credits', async () => {
    const license = await planOf("mauc", 10);
    const spent = [];
    for (const day of ["2026-01-10", "2026-01-31", "2026-02-01", "2026-02-28", "2026-06-15"]) {
      at(`${day}T12:00:00Z`);
      await login(license, "ana");
      spent.push((await market.usage(license)).used);
    }
    expect(spent).toEqual([1, 1, 2, 2, 3]);
  });

  test('S4:14 "All credits can be used in a single month": "then an overage will happen whenever a user logs in in the following months"', async () => {
    const license = await planOf("mauc", 3);
    for (const who of ["ana", "ben", "cem"]) await login(license, who);
    expect(await left(license)).toBe(0);
    at("2026-02-01T00:00:00Z");
    for (const [who, available] of [
      ["ana", -1],
      ["ben", -2],
      ["dee", -3],
    ] as const)
      expect([await login(license, who), await left(license)]).toEqual(["allowed", available]);
  });

  test('S4:15 "Unused credits will roll over to the next month"', async () => {
    const license = await planOf("mauc", 3);
    await login(license, "ana");
    at("2026-02-01T00:00:00Z");
    expect(await left(license)).toBe(2);
    at("2026-12-31T23:00:00Z");
    expect(await left(license)).toBe(2);
    expect(await login(license, "ana")).toBe("allowed");
    expect(await left(license)).toBe(1);
  });

  test('S4:16 "Credits will expire at the end of the year"', async () => {
    const license = await planOf("mauc", 3);
    await login(license, "ana");
    at("2027-01-01T00:00:00Z");
    expect(await market.usage(license)).toMatchObject({ remaining: 0, lapsed: 2 });
    expect(await login(license, "ana")).toBe("license_ended");
    const next = { starts_at: "2027-01-01T00:00:00Z", ends_at: "2028-01-01T00:00:00Z" };
    await market.buy({ license_id: license, quantity: 5, ...next });
    expect(await left(license)).toBe(5);
  });
});

describe("monthly active users", () => {
  test('S4:20 "a fixed number of logins per month": the full one in each of the months that the plan touches', async () => {
    const year = await planOf("mau", 50);
    expect((await market.list("lots", `license_id=${year}`)).map(({ quantity }) => quantity)).toEqual(
      Array(12).fill(50),
    );
    const midMonth = { starts_at: "2026-01-15T00:00:00Z", ends_at: "2027-01-15T00:00:00Z" };
    const license = await planOf("mau", 50, midMonth);
    expect((await market.list("lots", `license_id=${license}`)).map(({ quantity }) => quantity)).toEqual(
      Array(13).fill(50),
    );
  });

  test('S4:21 "Each unique user who logs in during a given month takes up one login", S4:23 "multiple times within the same month, it only counts as one login"', async () => {
    const license = await planOf("mau", 5);
    for (const who of ["ana", "ben", "ana", "ana", "ben"]) await login(license, who);
    expect(await market.usage(license)).toMatchObject({ used: 2 });
  });

  test('S4:22 "At the start of the next month, the count resets, and users can log in again without carrying over from the previous month"', async () => {
    const license = await planOf("mau", 2);
    const january = ["ana", "ben", "cem"];
    const answers = [];
    for (const who of january) answers.push(await login(license, who));
    expect(answers).toEqual(["allowed", "allowed", "no_seats_left"]);
    at("2026-02-01T00:00:00Z");
    expect(await login(license, "cem")).toBe("allowed");
    at("2026-03-01T00:00:00Z");
    // Nothing of February's one that was left is there.
    for (const [who, answer] of [
      ["ana", "allowed"],
      ["ben", "allowed"],
      ["cem", "no_seats_left"],
    ])
      expect([who, await login(license, who ?? "")]).toEqual([who, answer]);
    expect((await market.list("lots", `license_id=${license}`)).map(({ taken }) => taken)).toEqual([
      2, 1, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    ]);
  });

  test('S4:24 "If more users log in than the plan allows": "upgrade …", by an order within the plan', async () => {
    const license = await planOf("mau", 1);
    await login(license, "ana");
    expect(await login(license, "ben")).toBe("no_seats_left");
    const more = { license_id: license, quantity: 1, starts_at: "2026-01-05T00:00:00Z" };
    await done(market.vendor.post(place("orders"), { lines: [more] }));
    expect(await login(license, "ben")).toBe("allowed");
  });

  test('S4:24 "… or limit access": denied, or an overage where the vendor has set so', async () => {
    const license = await planOf("mau", 1, { terms: { when_full: "overage" } });
    for (const who of ["ana", "ben"]) expect(await login(license, who)).toBe("allowed");
    expect((await market.list("lots", `license_id=${license}`))[0]).toMatchObject({ quantity: 1, taken: 2 });
    await done(market.vendor.patch(place(`licenses/${license}`), { terms: { when_full: "deny" } }));
    expect(await login(license, "cem")).toBe("no_seats_left");
  });
});

describe("when plans run", () => {
  test('S4:54 "License periods can start at any point during a month"', async () => {
    const midMonth = { starts_at: "2026-01-17T00:00:00Z", ends_at: "2027-01-17T00:00:00Z" };
    for (const kind of ["seats", "mauc", "mau"]) {
      const license = await planOf(kind, 5, midMonth);
      expect(await login(license, "ana")).toBe("license_not_started");
      const [first] = await market.list("lots", `license_id=${license}`);
      expect(first).toMatchObject({ starts_at: "2026-01-17T00:00:00.000Z" });
    }
  });

  test('S4:62 "strictly annual": none is longer than a year, also one that was asked for', async () => {
    for (const kind of ["seats", "mauc", "mau"]) {
      await market.price(kind, 100);
      const line = {
        kind,
        quantity: 5,
        starts_at: "2026-02-01T00:00:00Z",
        ends_at: "2027-02-02T00:00:00Z",
      };
      const answer = market.vendor.post(place("orders"), { lines: [line] });
      expect(await refused(answer, 400, "body_invalid")).toContain("ends_at: expected at most 12 months");
    }
  });

  test('S4:66 "working with the same start/end dates", S4:67 "it begins on March 1st at 00:00 UTC"', async () => {
    const license = await planOf("seats", 5, { starts_at: "2026-03-01T00:00:00Z", ends_at: null });
    at("2026-02-28T23:59:59.999Z");
    expect(await login(license, "ana")).toBe("license_not_started");
    at("2026-03-01T00:00:00Z");
    expect(await login(license, "ana")).toBe("allowed");
    const local = { kind: "seats", quantity: 5, starts_at: "2026-04-01T00:00:00-08:00" };
    const answer = market.vendor.post(place("orders"), { lines: [local] });
    expect(await refused(answer, 400, "body_invalid")).toContain("expected 00:00 UTC of a day");
  });

  test('S4:67 "11:30 PM PST on Feb 29": that is 07:30 UTC on 1 March, and counts in March (RULES §3.6)', async () => {
    at("2028-01-01T00:00:00Z");
    const year = { starts_at: "2028-01-01T00:00:00Z", ends_at: "2029-01-01T00:00:00Z" };
    const license = await planOf("mau", 5, year);
    const takenInMarch = async () => (await market.list("lots", `license_id=${license}`))[2].taken;
    at("2028-02-29T23:30:00Z");
    await login(license, "who is in London");
    expect(await takenInMarch()).toBe(0);
    at("2028-02-29T23:30:00-08:00");
    await login(license, "who is in Los Angeles");
    expect(await takenInMarch()).toBe(1);
    const [january, february, march] = await market.report(`plan?license_id=${license}`);
    expect([january, february, march].map((row) => row?.["Used at its end"])).toEqual(["0", "1", "1"]);
  });
});
