/**
 * One gateway, three doors: safeguard, expiry, retake, pause, seats and all that turns a learner away are the same whether
 * an LMS speaks SCORM, LTI 1.3 or LTI 1.1. Each story is told through each of them over HTTP, and to the core by itself; what
 * it leaves in the store is compared.
 */
import type { RequestListener } from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { Fault } from "../../../src/core/faults.ts";
import { createBundle } from "../../../src/flows/bundles.ts";
import type { Context } from "../../../src/flows/context.ts";
import { type AtGateway, DOORS, type DoorKind, type OpenDoor, SCORM } from "../../support/doors/doors.ts";
import { STORIES, type Story } from "../../support/doors/stories.ts";
import { type Told, tells, tellThrough } from "../../support/doors/teller.ts";
import { BY, type TestLicense } from "../../support/fixtures.ts";
import { type TestGateway, testGateway } from "../../support/gateway.ts";
import { type Platform, startPlatform } from "../../support/lti/platform.ts";
import { tell, worldOf } from "../../support/story.ts";

let gateway: TestGateway;
let platform: Platform;
let app: RequestListener;
beforeAll(async () => {
  platform = await startPlatform({ now: () => gateway.clock.now() });
  const many = "1000000";
  gateway = await testGateway({
    settings: {
      LTI_TRUSTED_ORIGINS: platform.origin,
      LAUNCHES_PER_MINUTE: many,
      LAUNCHES_PER_MINUTE_AND_ADDRESS: many,
    },
  });
});
afterAll(async () => {
  await gateway.close();
  await platform.close();
});

const at = (): AtGateway => ({ gateway, app, platform });

async function licenseFor({ kind, terms = {}, retake = false, starts_at }: Story): Promise<TestLicense> {
  const begins = starts_at === undefined ? {} : { starts_at: new Date(starts_at) };
  if (kind === "pay_per_use")
    return gateway.payPerUse({ terms: terms as Record<string, number>, retake, ...begins });
  if (kind === "volume") return gateway.volume([], { retake });
  const { course_id } = await gateway.course();
  const bundle = await createBundle(gateway.context, BY, {
    name: "Induction",
    barred_kinds: [],
    course_ids: [course_id],
  });
  return gateway.sell(kind, { bundle_id: bundle.id, course_id, terms });
}

describe.each(STORIES.map((story) => [story.name, story] as const))("%s", (_name, story) => {
  const tallies = new Map<string, Told["tally"]>();

  test.each(DOORS.map((door) => [door.name, door] as const))("× %s", async (name, kind) => {
    await gateway.empty();
    platform.reset();
    app = gateway.app();
    const door = await kind.open(at(), await licenseFor(story));
    const told = await tellThrough(at(), door, story.lines);
    expect(told.lines).toEqual(story.lines);
    tallies.set(name, told.tally);
    expect(told.tally).toEqual(tallies.get(SCORM.name));
  });

  test("× the core by itself", () => {
    const license = story.starts_at ? { starts_at: new Date(story.starts_at), ends_at: null } : null;
    const world = worldOf(story.kind, story.terms, {
      retake: story.retake ?? false,
      ...(license ? { license } : {}),
    });
    expect(tell(world, story.lines)).toEqual(story.lines);
  });
});

describe("what turns anybody away, and is no story of a license", () => {
  const eachDoor = test.each(DOORS.map((door) => [door.name, door] as const));

  /** @param through The gateway's context, with something of it changed. */
  async function doorOf(kind: DoorKind, through: (context: Context) => Context = (context) => context) {
    await gateway.empty();
    platform.reset();
    app = gateway.app(through(gateway.context));
    return kind.open(at(), await gateway.payPerUse());
  }

  const shownBy = async (door: OpenDoor, who: string) => {
    const launched = await door.launch(who);
    return launched.type === "denied" ? launched.shown : "";
  };

  eachDoor("an id that names nobody × %s", async (_name, kind) => {
    const door = await doorOf(kind);
    expect(tells(await shownBy(door, "guest"), "identity_missing")).toBe(true);
    expect(await gateway.launches(door.license)).toMatchObject([
      { outcome: "denied", code: "identity_missing", learner_id: null, identity_id: null },
    ]);
  });

  eachDoor("too many launches of one id × %s", async (_name, kind) => {
    const door = await doorOf(kind, (context) => ({
      ...context,
      config: { ...context.config, LAUNCHES_PER_MINUTE: 2 },
    }));
    for (const _launch of [1, 2]) expect(await shownBy(door, "Ana")).toBe("");
    expect(tells(await shownBy(door, "Ana"), "too_many_launches")).toBe(true);
    expect(await shownBy(door, "Ben")).toBe("");
    expect((await gateway.launches(door.license)).map(({ code }) => code)).toEqual([
      null,
      null,
      "too_many_launches",
      null,
    ]);
  });

  eachDoor("a gateway whose database is away × %s", async (_name, kind) => {
    const add = () => Promise.reject(new Fault("store_unavailable", "The database is away."));
    const door = await doorOf(kind, (context) => ({ ...context, launches: { ...context.launches, add } }));
    expect(tells(await shownBy(door, "Ana"), "gateway_unavailable")).toBe(true);
    expect(await gateway.launches(door.license)).toEqual([]);
  });
});
