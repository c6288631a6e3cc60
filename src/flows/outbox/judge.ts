/** What becomes of a message and its line after a try. */
import { nextTryAt } from "../../core/outbox.ts";
import type { Sql } from "../../store/db.ts";
import { type Destination, updateDestination } from "../../store/outbox/destinations.ts";
import { recordTry, type WaitingMessage } from "../../store/outbox/messages.ts";
import { raiseAlert } from "../alerts.ts";
import { writeAudit } from "../audited.ts";
import type { Context } from "../context.ts";
import type { Outcome } from "./sendWebhook.ts";

export interface Tried {
  readonly message: WaitingMessage;
  readonly outcome: Outcome;
  readonly tried_at: Date;
  readonly seconds: number;
}

/** @returns The destination as it is now. A line that goes on at once has no failed tries. */
export async function judge(
  context: Context,
  sql: Sql,
  destination: Destination,
  { message, outcome, tried_at, seconds }: Tried,
  at: Date,
): Promise<Destination> {
  const { status_code, problem } = outcome;
  const note = (status: "sent" | "failed" | "waiting") =>
    recordTry(sql, destination.account_id, message.id, { tried_at, seconds, status_code, problem }, status);
  const changed = afterTry(context, destination, outcome, at);
  if (changed.failed_tries === 0) await note(problem === null ? "sent" : "failed");
  else await note("waiting");
  await updateDestination(sql, changed);
  if (changed.disabled_at && !destination.disabled_at) await tellDisabled(context, sql, changed, at);
  return changed;
}

function afterTry(context: Context, destination: Destination, outcome: Outcome, at: Date): Destination {
  const done = { ...destination, failed_tries: 0, failing_since: null, due_at: at };
  if (outcome.problem === null || outcome.is_hopeless) return done;
  const failed_tries = destination.failed_tries + 1;
  const chance = chanceOf(context);
  const next = outcome.disable
    ? null
    : nextTryAt(at, { failed_tries, wished_seconds: outcome.wished_seconds, chance });
  // An alert that no mail server took for days is news no more. What a webhook waits for, waits on.
  if (!next && destination.type === "mail") return done;
  const failing = { ...destination, failed_tries, failing_since: destination.failing_since ?? at };
  return next
    ? { ...failing, due_at: next }
    : {
        ...failing,
        disabled_at: destination.disabled_at ?? at,
        disabled_reason: destination.disabled_reason ?? outcome.disable ?? "failing",
      };
}

/** From 0 to 1. */
function chanceOf({ deps }: Context): number {
  return Buffer.from(deps.newSecret(4), "base64url").readUInt32BE() / 2 ** 32;
}

/** By e-mail, for what is told by the webhook itself would not arrive. */
async function tellDisabled(
  context: Context,
  sql: Sql,
  { account_id, id, target, disabled_reason }: Destination,
  at: Date,
): Promise<void> {
  const reason = disabled_reason ?? "failing";
  // Paths of webhooks often hold what opens them.
  const { origin: url } = new URL(target);
  await raiseAlert(context, sql, at, {
    account_id,
    type: "webhook.disabled",
    key: `${id} ${at.toISOString()}`,
    data: { webhook_id: id, url, reason },
  });
  await writeAudit(context, sql, { actor: "gateway", why: reason }, at, {
    account_id,
    action: "webhook.disable",
    subject: ["webhook", id],
    before: { disabled_at: null },
    after: { disabled_at: at },
  });
}
