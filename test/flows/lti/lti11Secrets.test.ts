/** Secrets of LTI 1.1: made once, changed with an overlap, ended at once, and kept sealed. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { revoke } from "../../../src/flows/deliveries.ts";
import { endLti11Secret, keepLti11Secrets, makeLti11Secret } from "../../../src/flows/lti/lti11Secrets.ts";
import { pageOfLti11Secrets } from "../../../src/store/lti/lti11.ts";
import { apiClient } from "../../support/apiClient.ts";
import { countedDb } from "../../support/countedDb.ts";
import { ALL_ROWS, BY, TEST_OPERATOR_KEY } from "../../support/fixtures.ts";
import { TEST_TOKEN_SECRET, type TestGateway, testGateway } from "../../support/gateway.ts";
import { faultOf, type Lti11Link, lti11Link, readLaunchOf } from "../../support/lti/launch11.ts";

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await testGateway();
});
beforeEach(() => gateway.empty());
afterAll(() => gateway.close());

const OVERLAP_SECONDS = 14 * 24 * 60 * 60;

const newLink = async () => lti11Link(gateway, await gateway.payPerUse());
const rotated = async (link: Lti11Link, overlapSeconds = OVERLAP_SECONDS): Promise<Lti11Link> => {
  const { made, secret } = await makeLti11Secret(gateway.context, BY, link, overlapSeconds);
  return { ...link, secret, secret_id: made.id };
};
const refusalOf = (link: Lti11Link, context = gateway.context) => faultOf(readLaunchOf(context, link));
const storedOf = (link: Lti11Link) =>
  pageOfLti11Secrets(gateway.context.db, link.account_id, link.delivery_id, ALL_ROWS);

describe("a secret", () => {
  test("is made with a consumer key, which stays the delivery's when another is made", async () => {
    const link = await newLink();
    const { made } = await makeLti11Secret(gateway.context, BY, link, 0);
    expect(made.consumer_key).toBe(link.consumer_key);
    const other = await newLink();
    expect(other.consumer_key).not.toBe(link.consumer_key);
    expect(other.secret).not.toBe(link.secret);
  });

  test("is accepted beside the next one for the overlap, and not a second longer", async () => {
    const old = await newLink();
    const next = await rotated(old);
    gateway.clock.advance({ seconds: OVERLAP_SECONDS - 1 });
    expect((await readLaunchOf(gateway.context, old)).person.id).toBe("ana");
    expect((await readLaunchOf(gateway.context, next)).person.id).toBe("ana");
    gateway.clock.advance({ seconds: 1 });
    expect(await refusalOf(old)).toBe("lti11_signature_invalid");
    expect((await readLaunchOf(gateway.context, next)).person.id).toBe("ana");
  });

  test("is refused as soon as the next one is there, where no overlap is wanted", async () => {
    const old = await newLink();
    await readLaunchOf(gateway.context, old);
    await rotated(old, 0);
    expect(await refusalOf(old)).toBe("lti11_signature_invalid");
  });

  test("is one of two at most: which of three an LMS has would be anybody's guess", async () => {
    const old = await newLink();
    const next = await rotated(old);
    expect(await faultOf(makeLti11Secret(gateway.context, BY, old, 0))).toBe("conflict");
    await endLti11Secret(gateway.context, BY, old, old.secret_id);
    const third = await rotated(next);
    expect((await readLaunchOf(gateway.context, third)).person.id).toBe("ana");
  });

  test("is ended at once, in this process and in others as soon as they hear of it", async () => {
    const link = await newLink();
    const other = gateway.secondProcess();
    for (const context of [gateway.context, other]) await readLaunchOf(context, link);
    await endLti11Secret(gateway.context, BY, link, link.secret_id);
    expect(await refusalOf(link)).toBe("lti11_consumer_key_unknown");
    other.invalidations.changed("lti");
    expect(await refusalOf(link, other)).toBe("lti11_consumer_key_unknown");
  });

  test("is ended a minute later where a notice was lost", async () => {
    const link = await newLink();
    const other = gateway.secondProcess();
    await readLaunchOf(other, link);
    await endLti11Secret(gateway.context, BY, link, link.secret_id);
    gateway.clock.advance({ seconds: 60 });
    expect(await refusalOf(link, other)).toBe("lti11_consumer_key_unknown");
  });

  test("is known by heart: a second launch asks the database for nothing", async () => {
    const link = await newLink();
    const db = countedDb(gateway.context.db);
    const quick = { ...db, quick: { query: db.query } };
    const context = { ...gateway.context, db: quick };
    await readLaunchOf(context, link);
    db.reset();
    await readLaunchOf(context, link);
    expect(db.statements).toBe(0);
  });

  test("is needed by links alone, and by none that is revoked", async () => {
    const license = await gateway.payPerUse();
    expect(await faultOf(makeLti11Secret(gateway.context, BY, license, 0))).toBe("conflict");
    const link = await gateway.deliverAgain(license, "lti");
    await revoke(gateway.context, BY, link.account_id, link.delivery_id);
    expect(await faultOf(makeLti11Secret(gateway.context, BY, link, 0))).toBe("conflict");
  });
});

describe("in the store, a secret", () => {
  test("is sealed, for its own place alone", async () => {
    const [one, other] = [await newLink(), await newLink()];
    const rows = await gateway.context.db.query("select * from lti11_secret");
    expect(JSON.stringify(rows)).not.toContain(one.secret);
    await gateway.context.db.query(
      `update lti11_secret set secret_sealed = (select secret_sealed from lti11_secret where consumer_key = $1)
       where consumer_key = $2`,
      [one.consumer_key, other.consumer_key],
    );
    expect(await refusalOf({ ...other, secret: one.secret })).toBe("lti11_consumer_key_unknown");
  });

  test("is sealed anew while TOKEN_SECRET is changed, and outlives the one before", async () => {
    const link = await newLink();
    const renewed = "another secret of the tests, of 32 characters";
    gateway.context.keys.replace([renewed, TEST_TOKEN_SECRET]);
    await keepLti11Secrets(gateway.context);
    gateway.context.keys.replace([renewed]);
    gateway.context.invalidations.allMayHaveChanged();
    expect((await readLaunchOf(gateway.context, link)).person.id).toBe("ana");
  });

  test("says when it was last used, about", async () => {
    const old = await newLink();
    const next = await rotated(old);
    await readLaunchOf(gateway.context, old);
    gateway.clock.advance({ hours: 1 });
    await readLaunchOf(gateway.context, old);
    await keepLti11Secrets(gateway.context);
    const used = new Map((await storedOf(old)).map(({ id, last_used_at }) => [id, last_used_at]));
    expect(used.get(old.secret_id)).toEqual(gateway.clock.now());
    expect(used.get(next.secret_id)).toBeNull();
  });

  test("leaves a trace in the audit log, without itself", async () => {
    const link = await newLink();
    await endLti11Secret(gateway.context, BY, link, link.secret_id);
    await endLti11Secret(gateway.context, BY, link, link.secret_id);
    const rows = await gateway.context.db.query<{ action: string }>(
      "select action, before, after from audit where subject_type = 'lti11_secret' order by id",
    );
    expect(rows.map(({ action }) => action)).toEqual(["lti11_secret.create", "lti11_secret.end"]);
    expect(JSON.stringify(rows)).not.toContain(link.secret);
  });
});

describe("over the API", () => {
  test("a secret is made, listed without itself, and ended", async () => {
    const license = await gateway.payPerUse();
    const { account_id, delivery_id, delivery_key } = await gateway.deliverAgain(license, "lti");
    const owner = (await apiClient(gateway.app())).as(TEST_OPERATOR_KEY);
    const path = `/accounts/${account_id}/deliveries/${delivery_id}/lti11-secrets`;
    const made = await owner.post(path);
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({
      ends_at: null,
      launch_url: `http://localhost:8080/lti/links/${delivery_key}`,
    });
    expect(made.body.secret).toMatch(/^[\w-]{43}$/);
    const next = await owner.post(path, { overlap_days: 3 });
    const { items } = (await owner.get(path)).body;
    expect(items).toEqual([
      expect.objectContaining({ id: next.body.id, ends_at: null }),
      expect.objectContaining({ id: made.body.id, ends_at: "2026-01-08T09:00:00.000Z" }),
    ]);
    expect(JSON.stringify(items)).not.toContain(next.body.secret);
    const ended = await owner.post(`${path}/${made.body.id}/end`);
    expect(ended.body.ends_at).toBe("2026-01-05T09:00:00.000Z");
    expect((await owner.post(path, { overlap_days: 91 })).status).toBe(400);
    expect((await owner.post(`${path}/${license.delivery_id}/end`)).status).toBe(404);
  });
});
