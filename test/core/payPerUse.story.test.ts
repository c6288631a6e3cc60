import { describe, expect, test } from "@jest/globals";
import { payPerUseWorld, type StoryLine, tell, type World } from "../support/story.ts";

function goes(story: readonly StoryLine[], world: World = payPerUseWorld()): void {
  expect(tell(world, story)).toEqual(story);
}

describe("the safeguard (RULES §3.1)", () => {
  test("119 s and one launch: no charge, ever", () => {
    goes([
      ["2026-01-31T10:00Z", "Ana", "launches", "pending seat until 2027-01-31T10:00Z"],
      ["2026-01-31T10:01:00Z", "Ana", "beats", "open 60 s"],
      ["2026-01-31T10:01:59Z", "Ana", "beats", "open 119 s"],
    ]);
  });

  test("two minutes in one launch charge, to the millisecond", () => {
    goes([
      ["2026-01-31T10:00Z", "Ana", "launches", "pending seat until 2027-01-31T10:00Z"],
      ["2026-01-31T10:01:59.999Z", "Ana", "beats", "open 119.999 s"],
      ["2026-01-31T10:02:00.000Z", "Ana", "beats", "open 120 s, charged"],
      ["2026-01-31T10:30Z", "Ana", "launches", "enters"],
    ]);
  });

  test("the second launch charges, however short both are", () => {
    goes([
      ["2026-01-31T10:00:00Z", "Ana", "launches", "pending seat until 2027-01-31T10:00Z"],
      ["2026-01-31T10:00:01Z", "Ana", "launches", "enters, charged"],
      ["2026-01-31T10:00:02Z", "Ana", "launches", "enters"],
    ]);
  });

  test("a second tab in the same instant is a second launch", () => {
    goes([
      ["2026-01-31T10:00Z", "Ana", "launches", "pending seat until 2027-01-31T10:00Z"],
      ["2026-01-31T10:00Z", "Ana", "launches", "enters, charged"],
    ]);
  });

  test("two minutes must be reached in one launch, and charge once", () => {
    goes(
      [
        ["2026-01-31T10:00Z", "Ana", "launches", "pending seat until 2027-01-31T10:00Z"],
        ["2026-01-31T10:01Z", "Ana", "beats", "open 60 s"],
        ["2026-01-31T10:01Z", "Ana", "launches", "enters"],
        ["2026-01-31T10:02:40Z", "Ana", "beats in launch 2", "open 100 s"],
        ["2026-01-31T10:03Z", "Ana", "beats in launch 1", "open 180 s, charged"],
        ["2026-01-31T10:03:10Z", "Ana", "beats in launch 2", "open 130 s"],
        ["2026-01-31T10:04Z", "Ana", "launches", "enters"],
      ],
      payPerUseWorld({ charge_after_launches: 3 }),
    );
  });

  test("a gap of 150 s between beats counts as open, a longer one does not", () => {
    goes([
      ["2026-01-31T10:00:00Z", "Ana", "launches", "pending seat until 2027-01-31T10:00Z"],
      ["2026-01-31T10:00:30Z", "Ana", "beats", "open 30 s"],
      ["2026-01-31T11:30:00Z", "Ana", "beats", "open 30 s"],
      ["2026-01-31T11:30:30Z", "Ana", "beats", "open 60 s"],
      ["2026-01-31T11:33:00.001Z", "Ana", "beats", "open 60 s"],
      ["2026-01-31T11:35:30.001Z", "Ana", "beats", "open 210 s, charged"],
    ]);
  });

  test("a clock that steps back counts nothing, and nothing twice", () => {
    goes([
      ["2026-01-31T10:00:00Z", "Ana", "launches", "pending seat until 2027-01-31T10:00Z"],
      ["2026-01-31T10:01:00Z", "Ana", "beats", "open 60 s"],
      ["2026-01-31T10:00:30Z", "Ana", "beats", "open 60 s"],
      ["2026-01-31T10:01:59Z", "Ana", "beats", "open 119 s"],
    ]);
  });

  test("a denied launch never counts", () => {
    goes([
      ["2026-01-31T10:00Z", "Ana", "launches", "pending seat until 2027-01-31T10:00Z"],
      ["2026-01-31T11:00Z", "Ana", "is deactivated", ""],
      ["2026-01-31T11:01Z", "Ana", "launches", "learner_deactivated"],
      ["2026-01-31T11:02Z", "Ana", "launches", "learner_deactivated"],
      ["2026-01-31T12:00Z", "Ana", "is reactivated", ""],
      ["2026-01-31T12:01Z", "Ana", "beats", "open 0 s"],
      ["2026-01-31T12:02Z", "Ana", "launches", "enters, charged"],
    ]);
  });

  test("same_launch_seconds: an LMS that loads twice launches once; what comes later counts", () => {
    goes(
      [
        ["2026-01-31T10:00:00.000Z", "Ana", "launches", "pending seat until 2027-01-31T10:00Z"],
        ["2026-01-31T10:00:01.000Z", "Ana", "launches", "enters, same launch"],
        ["2026-01-31T10:00:04.999Z", "Ana", "launches", "enters, same launch"],
        ["2026-01-31T10:00:05.000Z", "Ana", "launches", "enters, charged"],
      ],
      payPerUseWorld({ same_launch_seconds: 5 }),
    );
  });

  test("a launch taken as the same one is still charged at its two minutes", () => {
    goes(
      [
        ["2026-01-31T10:00:00Z", "Ana", "launches", "pending seat until 2027-01-31T10:00Z"],
        ["2026-01-31T10:00:01Z", "Ana", "launches", "enters, same launch"],
        ["2026-01-31T10:02:01Z", "Ana", "beats in launch 2", "open 120 s, charged"],
      ],
      payPerUseWorld({ same_launch_seconds: 5 }),
    );
  });

  test("both thresholds are settings", () => {
    goes(
      [
        ["2026-01-31T10:00Z", "Ana", "launches", "confirmed seat until 2027-01-31T10:00Z, charged"],
        ["2026-01-31T10:00Z", "Ana", "launches", "enters"],
      ],
      payPerUseWorld({ charge_after_launches: 1 }),
    );
    goes(
      [
        ["2026-01-31T10:00Z", "Ana", "launches", "pending seat until 2027-01-31T10:00Z"],
        ["2026-01-31T10:00:09Z", "Ana", "beats", "open 9 s"],
        ["2026-01-31T10:00:10Z", "Ana", "beats", "open 10 s, charged"],
      ],
      payPerUseWorld({ charge_after_seconds: 10 }),
    );
  });
});

describe("the term (RULES §1, §3.1)", () => {
  test("12 calendar months from the first launch, wherever the charge came", () => {
    goes([
      ["2026-01-31T10:00Z", "Ana", "launches", "pending seat until 2027-01-31T10:00Z"],
      ["2026-09-01T10:00Z", "Ana", "launches", "enters, charged"],
      ["2027-01-31T09:59:59.999Z", "Ana", "launches", "enters"],
      ["2027-01-31T10:00Z", "Ana", "launches", "seat_expired"],
    ]);
  });

  test("29 February + 12 months is 28 February", () => {
    goes([["2028-02-29T10:00Z", "Ana", "launches", "pending seat until 2029-02-28T10:00Z"]]);
  });

  test("the length is a setting; the day is clamped to the month's last", () => {
    goes(
      [["2026-01-31T10:00Z", "Ana", "launches", "pending seat until 2026-02-28T10:00Z"]],
      payPerUseWorld({ seat_months: 1 }),
    );
  });

  test("a seat that stayed pending to its end lapses, and the next launch is a first one again", () => {
    goes([
      ["2026-01-31T10:00Z", "Ana", "launches", "pending seat until 2027-01-31T10:00Z"],
      ["2027-01-31T10:00Z", "Ana", "launches", "pending seat until 2028-01-31T10:00Z"],
      ["2027-01-31T10:00Z", "Ana", "launches", "enters, charged"],
    ]);
  });

  test("two minutes confirm only if they were reached before the seat's end", () => {
    goes(
      [
        ["2026-01-31T10:00Z", "Ana", "launches", "pending seat until 2027-01-31T10:00Z"],
        ["2026-01-31T10:00Z", "Ben", "launches", "pending seat until 2027-01-31T10:00Z"],
        ["2027-01-31T09:57:59.999Z", "Ben", "launches", "enters"],
        ["2027-01-31T09:58:00Z", "Ana", "launches", "enters"],
        ["2027-01-31T09:59:50Z", "Ana", "beats", "open 110 s"],
        ["2027-01-31T10:00:20Z", "Ben", "beats", "open 140.001 s, charged"],
        ["2027-01-31T10:00:30Z", "Ana", "beats", "open 150 s"],
      ],
      payPerUseWorld({ charge_after_launches: 3 }),
    );
  });

  test("a launch that outlives its seat runs on, and is not charged again", () => {
    goes([
      ["2026-01-31T10:00Z", "Ana", "launches", "pending seat until 2027-01-31T10:00Z"],
      ["2027-01-31T09:59Z", "Ana", "launches", "enters, charged"],
      ["2027-01-31T10:01Z", "Ana", "beats", "open 120 s"],
    ]);
  });
});

describe("expiry and retake (RULES §3, §3.1)", () => {
  const used: StoryLine[] = [
    ["2026-01-31T10:00Z", "Ana", "launches", "pending seat until 2027-01-31T10:00Z"],
    ["2026-01-31T10:02Z", "Ana", "beats", "open 120 s, charged"],
  ];

  test("without retake a learner is denied, so that nobody is charged unawares", () => {
    goes([...used, ["2027-02-01T10:00Z", "Ana", "launches", "seat_expired"]]);
  });

  test("with retake on, a new pending seat with a fresh term and the same safeguard", () => {
    goes([
      ...used,
      ["2027-01-01T10:00Z", "vendor", "turns retake on", ""],
      ["2027-01-31T10:00Z", "Ana", "launches", "pending seat until 2028-01-31T10:00Z, retake"],
      ["2027-01-31T10:02Z", "Ana", "beats", "open 120 s, charged"],
      ["2027-02-01T10:00Z", "Ana", "launches", "enters"],
      ["2028-01-31T10:00Z", "vendor", "turns retake off", ""],
      ["2028-01-31T10:00Z", "Ana", "launches", "seat_expired"],
    ]);
  });

  test("a retake that lapses uncharged is followed by another retake", () => {
    goes([
      ...used,
      ["2027-01-01T10:00Z", "vendor", "turns retake on", ""],
      ["2027-01-31T10:00Z", "Ana", "launches", "pending seat until 2028-01-31T10:00Z, retake"],
      ["2028-02-01T10:00Z", "Ana", "launches", "pending seat until 2029-02-01T10:00Z, retake"],
    ]);
  });

  test("a running seat is not touched by turning retake on", () => {
    goes([
      ...used,
      ["2026-06-01T10:00Z", "vendor", "turns retake on", ""],
      ["2026-06-01T10:00Z", "Ana", "launches", "enters"],
    ]);
  });
});

describe("pause (RULES §3)", () => {
  test("no new seat is opened; a running seat, pending too, goes on and is confirmed", () => {
    goes([
      ["2026-01-31T10:00Z", "Ana", "launches", "pending seat until 2027-01-31T10:00Z"],
      ["2026-01-31T10:00Z", "Ben", "launches", "pending seat until 2027-01-31T10:00Z"],
      ["2026-01-31T10:01Z", "admin", "pauses", ""],
      ["2026-01-31T10:01Z", "Cleo", "launches", "license_paused"],
      ["2026-01-31T10:01Z", "Ana", "launches", "enters, charged"],
      ["2026-01-31T10:02Z", "Ben", "beats", "open 120 s, charged"],
      ["2026-01-31T10:03Z", "Ben", "launches", "enters"],
      ["2026-01-31T11:00Z", "admin", "unpauses", ""],
      ["2026-01-31T11:00Z", "Cleo", "launches", "pending seat until 2027-01-31T11:00Z"],
    ]);
  });

  test("access lasts until the seat ends: no lapsed seat is opened again, no retake begins", () => {
    goes(
      [
        ["2026-01-31T10:00Z", "Ana", "launches", "pending seat until 2027-01-31T10:00Z"],
        ["2026-01-31T10:00Z", "Ben", "launches", "pending seat until 2027-01-31T10:00Z"],
        ["2026-01-31T10:02Z", "Ben", "beats", "open 120 s, charged"],
        ["2026-02-01T10:00Z", "admin", "pauses", ""],
        ["2027-01-31T10:00Z", "Ana", "launches", "license_paused"],
        ["2027-01-31T10:00Z", "Ben", "launches", "license_paused"],
      ],
      payPerUseWorld({}, { retake: true }),
    );
  });
});

describe("the contract (RULES §3.1)", () => {
  test("one that ends opens no new seats; running ones, pending too, go on", () => {
    goes([
      ["2026-01-31T10:00Z", "Ana", "launches", "pending seat until 2027-01-31T10:00Z"],
      ["2026-02-01T00:00Z", "vendor", "ends the contract", ""],
      ["2026-02-01T00:00Z", "Ben", "launches", "license_ended"],
      ["2026-02-01T00:00Z", "Ana", "launches", "enters, charged"],
    ]);
  });

  test("one that has not started; none at all", () => {
    const starts_at = new Date("2026-02-01T00:00Z");
    goes(
      [
        ["2026-01-31T23:59:59.999Z", "Ana", "launches", "license_not_started"],
        ["2026-02-01T00:00Z", "Ana", "launches", "pending seat until 2027-02-01T00:00Z"],
      ],
      payPerUseWorld({}, { contracts: [{ starts_at, ends_at: null }] }),
    );
    goes([["2026-01-31T10:00Z", "Ana", "launches", "license_ended"]], payPerUseWorld({}, { contracts: [] }));
  });

  test("between two contracts nothing new is opened, and running seats go on", () => {
    const contracts = [
      { starts_at: new Date("2026-01-01T00:00Z"), ends_at: new Date("2026-02-01T00:00Z") },
      { starts_at: new Date("2026-03-01T00:00Z"), ends_at: null },
    ];
    goes(
      [
        ["2026-01-31T10:00Z", "Ana", "launches", "pending seat until 2027-01-31T10:00Z"],
        ["2026-02-01T00:00Z", "Ben", "launches", "license_ended"],
        ["2026-02-15T00:00Z", "Ana", "launches", "enters, charged"],
        ["2026-03-01T00:00Z", "Ben", "launches", "pending seat until 2027-03-01T00:00Z"],
      ],
      payPerUseWorld({}, { contracts }),
    );
  });

  test("the license's own term bounds new seats too", () => {
    const license = {
      starts_at: new Date("2026-02-01T00:00Z"),
      ends_at: new Date("2026-03-01T00:00Z"),
    };
    goes(
      [
        ["2026-01-31T23:59:59.999Z", "Ana", "launches", "license_not_started"],
        ["2026-02-01T00:00Z", "Ana", "launches", "pending seat until 2027-02-01T00:00Z"],
        ["2026-03-01T00:00Z", "Ben", "launches", "license_ended"],
        ["2026-03-01T00:00Z", "Ana", "launches", "enters, charged"],
      ],
      payPerUseWorld({}, { license }),
    );
  });
});

describe("who holds a running seat keeps the course (RULES §2)", () => {
  test.each([
    ["retires the course", "course_retired"],
    ["takes the course out", "not_in_license"],
  ])("the vendor %s", (does, code) => {
    goes([
      ["2026-01-31T10:00Z", "Ana", "launches", "pending seat until 2027-01-31T10:00Z"],
      ["2026-02-01T10:00Z", "vendor", does, ""],
      ["2026-02-01T10:00Z", "Ana", "launches", "enters, charged"],
      ["2026-02-01T10:00Z", "Ben", "launches", code],
      ["2027-01-31T10:00Z", "Ana", "launches", code],
    ]);
  });

  test("but not against a revoked delivery", () => {
    goes([
      ["2026-01-31T10:00Z", "Ana", "launches", "pending seat until 2027-01-31T10:00Z"],
      ["2026-02-01T10:00Z", "vendor", "revokes the delivery", ""],
      ["2026-02-01T10:00Z", "Ana", "launches", "delivery_revoked"],
    ]);
  });
});

describe("test identities (RULES §6)", () => {
  test("launch without a seat or a charge, paused or not; what ends the license ends it for them", () => {
    goes([
      ["2026-01-31T10:00Z", "Tess", "is marked as test", ""],
      ["2026-01-31T10:00Z", "Tess", "launches", "test launch"],
      ["2026-01-31T10:02Z", "Tess", "beats", "open 120 s"],
      ["2026-01-31T10:05Z", "Tess", "launches", "test launch"],
      ["2026-01-31T11:00Z", "admin", "pauses", ""],
      ["2026-01-31T11:00Z", "Tess", "launches", "test launch"],
      ["2026-02-01T00:00Z", "vendor", "ends the contract", ""],
      ["2026-02-01T00:00Z", "Tess", "launches", "license_ended"],
    ]);
  });
});
