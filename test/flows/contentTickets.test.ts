import { beforeEach, describe, expect, test } from "@jest/globals";
import { LONGEST_LAUNCH_SECONDS } from "../../src/core/openTime.ts";
import { addSeconds, secondsBetween } from "../../src/core/time.ts";
import { createKeyRing, type KeyRing } from "../../src/flows/keyRing.ts";
import { createContentTickets, TICKET_LENGTH } from "../../src/flows/launch/contentTickets.ts";

const AT = new Date("2026-03-03T09:00:00Z");
const SECRET = "a secret of the tests, of 32 characters or more";
const OTHER_SECRET = "another secret of the tests, as long as the first";
const OF = {
  account_id: "0198c0de-0000-7000-8000-00000000000a",
  delivery_id: "0198c0de-0000-7000-8000-00000000000d",
  course_version_id: "0198c0de-0000-7000-8000-00000000000c",
};

let keys: KeyRing;
beforeEach(() => {
  keys = createKeyRing([SECRET]);
});

const daily = () => createContentTickets(keys, 24);

describe("a content ticket", () => {
  test("says what it opens, in any process with the secret", () => {
    const ticket = daily().issue(OF, AT);
    expect(ticket).toMatch(new RegExp(`^[A-Za-z0-9_-]{${TICKET_LENGTH}}$`));
    expect(daily().read(ticket)).toMatchObject(OF);
  });

  test("is one and the same for all launches of a period, and outlasts the longest of them", () => {
    const tickets = daily();
    const hours = Array.from({ length: 24 * 7 }, (_, hour) => addSeconds(AT, hour * 3600));
    const issued = hours.map((at) => tickets.issue(OF, at));
    expect(new Set(issued).size).toBe(8);
    for (const [index, at] of hours.entries()) {
      const expiry = tickets.read(issued[index] ?? "")?.expires_at ?? AT;
      expect(secondsBetween(at, expiry)).toBeGreaterThan(LONGEST_LAUNCH_SECONDS);
      expect(secondsBetween(at, expiry)).toBeLessThanOrEqual(24 * 3600 + LONGEST_LAUNCH_SECONDS);
    }
  });

  test("changes at another moment for another delivery", () => {
    const expiries = Array.from({ length: 50 }, (_, number) => {
      const delivery_id = `0198c0de-0000-7000-8000-${String(number * 7919).padStart(12, "0")}`;
      return daily()
        .read(daily().issue({ ...OF, delivery_id }, AT))
        ?.expires_at.getTime();
    });
    expect(new Set(expiries).size).toBe(50);
  });

  test.each(Object.keys(OF))("of another %s is another", (name) => {
    const other = { ...OF, [name]: "0198c0de-0000-7000-8000-0000000000ff" };
    expect(daily().issue(other, AT)).not.toBe(daily().issue(OF, AT));
  });

  test("is refused with any letter of it changed, cut, lengthened or spelled otherwise", () => {
    const tickets = daily();
    const ticket = tickets.issue(OF, AT);
    for (let index = 0; index < ticket.length; index += 1) {
      const changed = ticket[index] === "A" ? "B" : "A";
      expect(tickets.read(ticket.slice(0, index) + changed + ticket.slice(index + 1))).toBeUndefined();
    }
    for (const other of [
      "",
      ticket.slice(1),
      `${ticket}A`,
      `${ticket.slice(0, -1)}=`,
      "é".repeat(TICKET_LENGTH),
    ])
      expect(tickets.read(other)).toBeUndefined();
  });

  test("holds while its secret is accepted, and no longer", () => {
    const tickets = daily();
    const ticket = tickets.issue(OF, AT);
    keys.replace([OTHER_SECRET, SECRET]);
    expect(tickets.read(ticket)).toMatchObject(OF);
    expect(tickets.issue(OF, AT)).not.toBe(ticket);
    keys.replace([OTHER_SECRET]);
    expect(tickets.read(ticket)).toBeUndefined();
  });
});
