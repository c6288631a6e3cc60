/** One try to get a message to a webhook, as Standard Webhooks say it (docs/alerts.md "Webhooks"). */
import { createHmac } from "node:crypto";
import { secondsToWait } from "../../core/retryAfter.ts";
import type { Destination } from "../../store/outbox/destinations.ts";
import type { WaitingMessage } from "../../store/outbox/messages.ts";
import type { Context } from "../context.ts";
import { createOutgoing } from "../outgoing.ts";
import { keyOfSecret, openSecret } from "./secrets.ts";

/** What came of a try. */
export interface Outcome {
  readonly status_code: number | null;
  /** Null: it arrived. */
  readonly problem: string | null;
  /** How long the destination asked not to be bothered; null: it did not. */
  readonly wished_seconds: number | null;
  /** Why nothing is to be sent there any more. */
  readonly disable?: "gone" | "secret_lost";
  /** This message will never be taken, the next one may. */
  readonly is_hopeless?: true;
}

const ANSWER_SECONDS = 15;
const GONE = 410;

export async function sendWebhook(
  context: Context,
  destination: Destination,
  message: WaitingMessage,
  at: Date,
  stopping?: AbortSignal,
): Promise<Outcome> {
  const secrets = secretsOf(context, destination, at);
  if (secrets.length === 0) return { ...failed("its secret can't be read"), disable: "secret_lost" };
  const body = bodyOf(destination.account_id, message);
  const timestamp = Math.floor(at.getTime() / 1000);
  const posted = await createOutgoing({ trustedOrigins: context.config.WEBHOOK_TRUSTED_ORIGINS }).post(
    destination.target,
    {
      headers: {
        "content-type": "application/json",
        "webhook-id": message.event_id,
        "webhook-timestamp": String(timestamp),
        "webhook-signature": secrets
          .map((secret) => signatureOf(secret, `${message.event_id}.${timestamp}.${body}`))
          .join(" "),
      },
      body,
      seconds: ANSWER_SECONDS,
      ...(stopping ? { signal: stopping } : {}),
    },
  );
  if ("problem" in posted) return failed(posted.problem);
  const { status_code, retry_after } = posted;
  if (status_code >= 200 && status_code < 300) return { status_code, problem: null, wished_seconds: null };
  return {
    status_code,
    problem: `it answered ${status_code}`,
    wished_seconds: secondsToWait(retry_after, at),
    ...(status_code === GONE ? { disable: "gone" as const } : {}),
  };
}

function failed(problem: string): Outcome {
  return { status_code: null, problem, wished_seconds: null };
}

/** The secret, and for a while after a change the one before it: a receiver tries each signature. */
function secretsOf(context: Context, destination: Destination, at: Date): string[] {
  const { secret, previous_secret, previous_secret_until } = destination;
  const isOverlapping = previous_secret_until !== null && previous_secret_until > at;
  return [secret, isOverlapping ? previous_secret : null]
    .map((sealed) => sealed && openSecret(context, destination, sealed))
    .filter((one): one is string => one !== null);
}

export function signatureOf(secret: string, content: string): string {
  return `v1,${createHmac("sha256", keyOfSecret(secret)).update(content).digest("base64")}`;
}

/** The same bytes at every try. */
function bodyOf(accountId: string, { type, occurred_at, event_id, sequence, data }: WaitingMessage): string {
  const timestamp = occurred_at.toISOString();
  return JSON.stringify({ type, timestamp, id: event_id, account_id: accountId, sequence, data });
}
