/** Article S4: what is shown and told of annual plans. */
import { describe, expect, test } from "@jest/globals";
import { market } from "../market.ts";

const { place, done, refused } = market;

/** A plan for 2026, bought on 5 January, and the door to a course. */
async function planOf(kind: string, quantity: number) {
  await market.price(kind, 100);
  const year = { starts_at: "2026-01-01T00:00:00Z", ends_at: "2027-01-01T00:00:00Z" };
  const license = await market.buy({ kind, quantity, ...year });
  return { license, door: await market.deliver(license, await market.course()) };
}

const yearFrom = (year: number) => ({
  starts_at: `${year}-01-01T00:00:00Z`,
  ends_at: `${year + 1}-01-01T00:00:00Z`,
});
const at = (instant: string) => market.gateway.clock.set(instant);

describe("the dashboard", () => {
  test('S4:29 "review their current plan’s consumption and available amount"', async () => {
    for (const kind of ["seats", "mauc", "mau"]) {
      const { license, door } = await planOf(kind, 10);
      for (const who of ["ana", "ben", "cem"]) await market.launch(door, who);
      expect([kind, await market.now(license)]).toMatchObject([
        kind,
        { purchased: 10, used: 3, available: 7, overage: 0 },
      ]);
    }
  });

  test('S4:31 "Seats, MAU and MAUC license plans will be shown to customers"', async () => {
    for (const kind of ["seats", "mauc", "mau"]) await planOf(kind, 10);
    const { kinds } = await done(market.admin.get(place("usage")));
    expect(kinds.map(({ kind }: { kind: string }) => kind).sort()).toEqual(["mau", "mauc", "seats"]);
  });

  test('S4:35 "Plan type & Amount - will reflect the active plan"', async () => {
    const { license } = await planOf("mauc", 1200);
    await market.buy({ license_id: license, quantity: 2400, ...yearFrom(2027) });
    const shown = async () => {
      const { kind } = await done(market.admin.get(place(`licenses/${license}`)));
      return [kind, (await market.now(license)).purchased];
    };
    expect(await shown()).toEqual(["mauc", 1200]);
    at("2027-01-01T00:00:00Z");
    expect(await shown()).toEqual(["mauc", 2400]);
  });

  test('S4:36 "will present the past, current and future active plans", S4:37 "Default is the current plan"', async () => {
    const { license, door } = await planOf("mauc", 100);
    for (const [year, quantity] of [
      [2027, 200],
      [2028, 300],
    ] as const)
      await market.buy({ license_id: license, quantity, ...yearFrom(year) });
    await market.launch(door, "ana");
    at("2027-06-01T00:00:00Z");
    for (const who of ["ana", "ben"]) await market.launch(door, who);
    const { plans } = await done(market.admin.get(place(`licenses/${license}/usage`)));
    expect(plans).toMatchObject([
      { state: "running", starts_at: "2027-01-01T00:00:00.000Z", purchased: 200, used: 2 },
      { state: "not_started", starts_at: "2028-01-01T00:00:00.000Z", ahead: 300, used: 0 },
      { state: "ended", starts_at: "2026-01-01T00:00:00.000Z", purchased: 100, used: 1 },
    ]);
    const [current] = await market.report(`plan?license_id=${license}`);
    expect(current).toMatchObject({ "Month (UTC)": "2027-01", Purchased: "200" });
  });

  test('S4:62 "Pilots may be shorter but aren’t displayed in the UI"', async () => {
    await market.price("seats", 0);
    const { id: license } = await done(market.vendor.post(place("licenses"), { kind: "seats", pilot: true }));
    const days = { starts_at: "2026-01-05T00:00:00Z", ends_at: "2026-02-04T00:00:00Z" };
    await market.buy({ license_id: license, quantity: 10, ...days });
    const wanted = { license_id: license, course_id: await market.course(), format: "scorm12" };
    const { key } = await done(market.vendor.post(place("deliveries"), wanted));
    expect(await market.launch(key, "ana")).toBe("allowed");
    for (const noun of ["licenses", "lots", "orders", "deliveries", "seats", "launches"])
      expect([noun, await market.list(noun)]).toEqual([noun, []]);
    expect(await done(market.admin.get(place("usage")))).toEqual({ kinds: [] });
    const usage = place(`licenses/${license}/usage`);
    await refused(market.admin.get(usage), 404, "not_found");
    expect(await done(market.vendor.get(usage))).toMatchObject({ now: { purchased: 10, used: 1 } });
  });
});

describe("reports", () => {
  test('S4:39 "an overview CSV of the selected plan in a monthly breakdown", S4:45 "on a month-by-month basis, for the selected plan year"', async () => {
    const { license, door } = await planOf("mauc", 10);
    for (const who of ["ana", "ben"]) await market.launch(door, who);
    at("2026-03-10T00:00:00Z");
    await market.launch(door, "ana");
    const months = await market.report(`plan?license_id=${license}`);
    expect(months).toHaveLength(12);
    expect(months.map((row) => row["Taken in the month"]).slice(0, 4)).toEqual(["2", "0", "1", ""]);
    expect(months.map((row) => row["Available at its end"]).slice(0, 3)).toEqual(["8", "8", "7"]);
  });

  test('S4:40 "Will include per user information on consumption according to the selected plan", S4:47 "throughout the selected plan year"', async () => {
    const { license, door } = await planOf("mauc", 10);
    await market.launch(door, "ana", { name: "Berg, Ana" });
    at("2026-02-10T10:00:00Z");
    for (const who of ["Ana", "ben"]) await market.launch(door, who.toLowerCase(), { name: `Berg, ${who}` });
    expect(await market.report(`plan-users?license_id=${license}`)).toMatchObject([
      { "SCORM ID": "ana", "First name": "Ana", "Last name": "Berg", Used: "2" },
      { "SCORM ID": "ben", Used: "1", "First activity (UTC)": "2026-02-10 10:00:00" },
    ]);
  });

  test('S4:42 "Each plan type has its own dedicated informative report"', async () => {
    const used = new Map<string, (string | undefined)[]>();
    for (const kind of ["seats", "mauc", "mau"]) {
      const { license, door } = await planOf(kind, 10);
      for (const day of ["2026-01-10", "2026-02-10", "2026-03-10"]) {
        at(`${day}T00:00:00Z`);
        await market.launch(door, "ana");
      }
      const months = await market.report(`plan?license_id=${license}`);
      used.set(
        kind,
        months.slice(0, 3).map((row) => row["Used at its end"]),
      );
      at("2026-01-05T09:00:00Z");
    }
    expect(Object.fromEntries(used)).toEqual({
      seats: ["1", "1", "1"],
      mauc: ["1", "2", "3"],
      mau: ["1", "1", "1"],
    });
  });

  test('S4:50 "Data will reflect real-time updates. Adding users to the system will be immediately reflected on the board"', async () => {
    const { license, door } = await planOf("seats", 10);
    for (let users = 1; users <= 3; users++) {
      await market.launch(door, `user ${users}`);
      expect(await market.usage(license)).toMatchObject({ used: users, remaining: 10 - users });
      expect(await market.report(`plan-users?license_id=${license}`)).toHaveLength(users);
      const [month] = await market.report(`plan?license_id=${license}`);
      expect(month).toMatchObject({ "Used at its end": String(users) });
    }
  });

  test('S4:52 "access historical consumption data from previous years"', async () => {
    const { license, door } = await planOf("seats", 10);
    for (const who of ["ana", "ben"]) await market.launch(door, who);
    await market.buy({ license_id: license, quantity: 5, ...yearFrom(2027) });
    at("2027-03-01T00:00:00Z");
    await market.launch(door, "cem");
    const of2026 = "at=2026-06-01T00:00:00Z";
    const months = await market.report(`plan?license_id=${license}&${of2026}`);
    expect(months[0]).toMatchObject({ "Month (UTC)": "2026-01", Purchased: "10", "Used at its end": "2" });
    const users = await market.report(`plan-users?license_id=${license}&${of2026}`);
    expect(users.map((row) => row["SCORM ID"])).toEqual(["ana", "ben"]);
  });

  test('S4:56 "consumption summaries (status per user), not individual action logs"', async () => {
    const { license, door } = await planOf("seats", 10);
    for (const who of ["ana", "ben", "ana", "ana"]) await market.launch(door, who);
    const [ben] = await market.list("learners", "search=ben");
    await done(market.admin.post(place(`learners/${ben.id}/deactivate`)));
    expect(await market.report(`plan-users?license_id=${license}`)).toMatchObject([
      { "SCORM ID": "ana", Status: "active", Used: "1" },
      { "SCORM ID": "ben", Status: "deactivated", Used: "0" },
    ]);
  });

  test('S4:58 "track future deactivation and reactivation events": both, from the first day on', async () => {
    const { license, door } = await planOf("seats", 10);
    await market.launch(door, "ana");
    const [{ id }] = await market.list("learners");
    for (const [day, change] of [
      ["2026-02-01", "deactivate"],
      ["2026-03-01", "reactivate"],
    ]) {
      at(`${day}T00:00:00Z`);
      await done(market.admin.post(place(`learners/${id}/${change}`)));
    }
    const history = await market.list(`learners/${id}/activations`);
    expect(history).toMatchObject([
      { change: "deactivated", at: "2026-02-01T00:00:00.000Z", seats: [{ license_id: license }] },
      { change: "reactivated", at: "2026-03-01T00:00:00.000Z", seats: [{ license_id: license }] },
    ]);
  });

  test('S4:59 "Who can view the usage details tab?" S4:60 "Only customer Admins": and the vendor, no viewers (RULES §3.6)', async () => {
    const { license } = await planOf("seats", 10);
    for (const path of ["plan", "plan-users"]) {
      const report = place(`reports/${path}?license_id=${license}`);
      expect((await market.admin.get(report)).status).toBe(200);
      expect((await market.vendor.get(report)).status).toBe(200);
      await refused(market.viewer.get(report), 403, "forbidden");
    }
    await refused(market.viewer.get(place(`licenses/${license}/usage`)), 403, "forbidden");
    expect(await done(market.viewer.get(place("usage")))).toEqual({ kinds: [] });
  });
});
