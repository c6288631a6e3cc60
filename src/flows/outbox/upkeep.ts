/** What the outbox needs now and then: old events forgotten, secrets sealed under the key of today. */
import { addSeconds } from "../../core/time.ts";
import { findDestination, listSealedElsewhere, updateDestination } from "../../store/outbox/destinations.ts";
import { deleteEventsBefore } from "../../store/outbox/events.ts";
import type { Context } from "../context.ts";
import { openSecret, type SecretOwner, sealSecret } from "./secrets.ts";

/** Until then an event can be replayed. Alerts stay. */
const KEPT_SECONDS = 90 * 24 * 60 * 60;
const AT_ONCE = 500;

export async function keepOutbox(context: Context): Promise<void> {
  await forgetOldEvents(context);
  await sealAnew(context);
}

async function forgetOldEvents({ db, deps }: Context): Promise<void> {
  const before = addSeconds(deps.clock.now(), -KEPT_SECONDS);
  while ((await deleteEventsBefore(db, before, AT_ONCE)) === AT_ONCE);
}

/** While TOKEN_SECRET is changed both keys open; once the old one is gone, nothing must need it (docs/security.md). */
async function sealAnew(context: Context): Promise<void> {
  const { kid } = context.keys.keyFor("webhook_secret");
  for (let after: SecretOwner | null = null; ; ) {
    const page: readonly SecretOwner[] = await listSealedElsewhere(context.db, kid, after, AT_ONCE);
    for (const of of page) await sealOneAnew(context, of);
    after = page.at(-1) ?? null;
    if (page.length < AT_ONCE) return;
  }
}

async function sealOneAnew(context: Context, of: SecretOwner): Promise<void> {
  await context.db.transaction(async (sql) => {
    const webhook = await findDestination(sql, of.account_id, of.id, true);
    if (!webhook) return;
    const renewed = (sealed: string | null) => {
      const secret = sealed === null ? null : openSecret(context, of, sealed);
      // One that nobody can open stays: its webhook is switched off when it is next used, and says why.
      return secret === null ? sealed : sealSecret(context, of, secret);
    };
    await updateDestination(sql, {
      ...webhook,
      secret: renewed(webhook.secret),
      previous_secret: renewed(webhook.previous_secret),
    });
  });
}
