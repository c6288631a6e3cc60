/** A learner who came by LTI 1.1 and now comes by 1.3 is the same one, where their platform proves it (`lti1p1`). */
import { createHmac } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { createConnection } from "../../../src/flows/accounts.ts";
import { linkFormerIdentity } from "../../../src/flows/lti/formerIdentity.ts";
import { endLti11Secret } from "../../../src/flows/lti/lti11Secrets.ts";
import { BY } from "../../support/fixtures.ts";
import { type TestGateway, testGateway } from "../../support/gateway.ts";
import { logIn, postLaunch } from "../../support/lti/door.ts";
import { type Lti11Link, lti11Link, type Visit11, visitAt, visitBy11 } from "../../support/lti/launch11.ts";
import { rollup } from "../../support/lti/linked.ts";
import { ltiMessage } from "../../support/lti/messages.ts";
import { LTI, type Platform, registerPlatform, startPlatform } from "../../support/lti/platform.ts";

let gateway: TestGateway;
let platform: Platform;
let link: Lti11Link;
beforeAll(async () => {
  platform = await startPlatform({ now: () => gateway.clock.now() });
  gateway = await testGateway({ settings: { LTI_TRUSTED_ORIGINS: platform.origin } });
});
beforeEach(async () => {
  await gateway.empty();
  platform.reset();
  link = await lti11Link(gateway, await gateway.payPerUse());
  await registerPlatform(gateway, platform, link);
});
afterAll(async () => {
  await gateway?.close();
  await platform?.close();
});

const learners = () =>
  gateway.context.db.query<{ namespace: string; value: string; learner_id: string }>(
    "select split_part(namespace, ':', 1) as namespace, value, learner_id from identity order by first_seen_at, id",
  );

/** The claim, signed as the platform signs it: with the old secret, for this very message. */
function claimFor(
  nonce: string,
  { by = link, user_id = "user-7" }: { by?: Lti11Link; user_id?: string } = {},
) {
  const expires = Math.floor(gateway.clock.now().getTime() / 1000) + 300;
  const { deployment_id, issuer, client_id } = platform;
  const text = [by.consumer_key, deployment_id, issuer, client_id, expires, nonce].join("&");
  const oauth_consumer_key_sign = createHmac("sha256", by.secret).update(text).digest("base64");
  return { user_id, oauth_consumer_key: by.consumer_key, oauth_consumer_key_sign };
}

/** Ana's launch of the link by LTI 1.3. */
async function launch13(claim: (nonce: string) => unknown): Promise<Visit11> {
  const app = gateway.app();
  const login = await logIn(app, platform, link.url);
  const { nonce } = login;
  const claims = { [`${LTI}lti1p1`]: claim(nonce) };
  const answer = await postLaunch(app, login, platform.idToken({ nonce, target_link_uri: link.url, claims }));
  if (answer.status !== 303) throw new Error(`It was answered ${answer.status}: ${answer.text}`);
  return visitAt(gateway.context, answer.headers["location"] ?? "");
}

describe("a learner halfway under LTI 1.1", () => {
  test("goes on under LTI 1.3 where they were: one learner, one seat, one charge, their state", async () => {
    const before = await visitBy11(gateway, link, { user_id: "user-7" });
    await before.save(rollup("incomplete", { score: 40 }), {
      lesson: { "cmi.core.lesson_location": "page 3" },
    });
    gateway.clock.advance({ days: 1 });
    await visitBy11(gateway, link, { user_id: "user-7" });
    expect(await gateway.charges(link)).toHaveLength(1);
    gateway.clock.advance({ days: 1 });

    const after = await launch13((nonce) => claimFor(nonce));
    expect(after.opening.attempt.id).toBe(before.opening.attempt.id);
    expect(JSON.stringify(after.opening.attempt)).toContain("page 3");
    expect(await gateway.seats(link)).toHaveLength(1);
    expect(await gateway.charges(link)).toHaveLength(1);
    const [former, now] = await learners();
    expect([former?.namespace, now?.namespace, now?.value]).toEqual(["lti11", "lti", "ana"]);
    expect(now?.learner_id).toBe(former?.learner_id);
  });

  test("is linked once, with a trace in the audit log, however often they come", async () => {
    await visitBy11(gateway, link, { user_id: "user-7" });
    for (const _day of [1, 2, 3]) await launch13((nonce) => claimFor(nonce));
    const rows = await gateway.context.db.query<{ subject_id: string }>(
      "select subject_id from audit where action = 'learner.link_identity'",
    );
    expect(rows.map(({ subject_id }) => subject_id)).toEqual([(await learners())[0]?.learner_id]);
  });

  test("is linked once by launches at once", async () => {
    await visitBy11(gateway, link, { user_id: "user-7" });
    const former = { consumer_key: link.consumer_key, user_id: "user-7" };
    const message = ltiMessage(link, { person: { former } });
    const contexts = [gateway.context, gateway.secondProcess()];
    await Promise.all(
      Array.from({ length: 8 }, (_, n) => linkFormerIdentity(contexts[n % 2] ?? gateway.context, message)),
    );
    expect(new Set((await learners()).map(({ learner_id }) => learner_id)).size).toBe(1);
    expect(await learners()).toHaveLength(2);
  });
});

describe("nobody becomes somebody else", () => {
  const claims: readonly (readonly [string, (nonce: string) => unknown, string])[] = [
    [
      "an unsigned claim",
      (nonce) => ({ ...claimFor(nonce), oauth_consumer_key_sign: undefined }),
      "lti1p1_unsigned",
    ],
    ["a claim of another message", () => claimFor("another-nonce"), "lti1p1_signature_invalid"],
    [
      "a claim signed with another secret",
      (nonce) => claimFor(nonce, { by: { ...link, secret: "guessed" } }),
      "lti1p1_signature_invalid",
    ],
    [
      "a consumer key that there is none of",
      (nonce) => claimFor(nonce, { by: { ...link, consumer_key: "unknown" } }),
      "lti1p1_consumer_key_foreign",
    ],
  ];

  test.each(claims)("by %s", async (_what, claim, code) => {
    await visitBy11(gateway, link, { user_id: "user-7" });
    expect((await launch13(claim)).message.person.former).toBeNull();
    const [former, now] = await learners();
    expect(now?.learner_id).not.toBe(former?.learner_id);
    expect(gateway.logged).toContainEqual(expect.objectContaining({ code }));
    expect(JSON.stringify(gateway.logged)).not.toContain("user-7");
  });

  test("by a consumer key of another account, or of another LMS of the same one", async () => {
    const { id: connection_id } = await createConnection(gateway.context, BY, link.account_id, {
      name: "The other LMS",
    });
    const others = [
      await lti11Link(gateway, await gateway.payPerUse()),
      await lti11Link(gateway, link, { connection_id }),
    ];
    for (const other of others) {
      await visitBy11(gateway, other, { user_id: "user-7" });
      const { message } = await launch13((nonce) => claimFor(nonce, { by: other }));
      expect(message.person.former).toBeNull();
    }
    expect(new Set((await learners()).map(({ learner_id }) => learner_id)).size).toBe(3);
    expect(gateway.logged).toContainEqual(expect.objectContaining({ code: "lti1p1_consumer_key_foreign" }));
  });

  test("where the platform names a user and no key, as those do that never launched by LTI 1.1; nothing is logged", async () => {
    expect((await launch13(() => ({ user_id: "user-7" }))).message.person.former).toBeNull();
    expect(JSON.stringify(gateway.logged)).not.toContain("lti1p1");
  });

  test("by a secret that has ended", async () => {
    await visitBy11(gateway, link, { user_id: "user-7" });
    await endLti11Secret(gateway.context, BY, link, link.secret_id);
    expect((await launch13((nonce) => claimFor(nonce))).message.person.former).toBeNull();
  });

  test("where they are known already: an identity stays whose it is", async () => {
    await launch13(() => undefined);
    await visitBy11(gateway, link, { user_id: "user-7" });
    await launch13((nonce) => claimFor(nonce));
    const all = await learners();
    expect(all.map(({ value }) => value)).toEqual(["ana", "user-7"]);
    expect(all[0]?.learner_id).not.toBe(all[1]?.learner_id);
  });

  test("where nobody came by LTI 1.1 under that id: they are new", async () => {
    await launch13((nonce) => claimFor(nonce));
    expect((await learners()).map(({ namespace, value }) => [namespace, value])).toEqual([["lti", "ana"]]);
  });
});
