/**
 * LTI platform storage (Client Side postMessages 0.1, LTI postMessage Storage 0.1): a tool whose cookies are blocked keeps a
 * few texts with the platform's page, each origin its own, as long as the page is open.
 */

const MOST_KEYS = 50;
const LONGEST_VALUE = 4_096;

export interface ToolMessage {
  readonly origin: string;
  readonly subject: string;
}

type Answer = Readonly<Record<string, unknown>>;

const refusal = (code: string, message: string): Answer => ({ error: { code, message } });

export function createStorage() {
  const byOrigin = new Map<string, Map<string, string>>();

  function put(origin: string, key: string, value: unknown): Answer {
    const kept = byOrigin.get(origin) ?? new Map<string, string>();
    byOrigin.set(origin, kept);
    if (value === undefined || value === null) {
      kept.delete(key);
      return { key };
    }
    if (typeof value !== "string" || value.length > LONGEST_VALUE)
      return refusal("bad_request", `expected a text of at most ${LONGEST_VALUE} characters`);
    if (kept.size >= MOST_KEYS && !kept.has(key)) return refusal("storage_exhausted", "too many keys");
    kept.set(key, value);
    return { key, value };
  }

  /** @returns What to answer; null where the message is nothing of storage. */
  return function answer(origin: string, message: Record<string, unknown>): Answer | null {
    const { subject, message_id, key, value } = message;
    if (subject === "lti.capabilities")
      return {
        subject: "lti.capabilities.response",
        message_id,
        supported_messages: [
          { subject: "lti.capabilities" },
          { subject: "lti.put_data" },
          { subject: "lti.get_data" },
          { subject: "lti.close" },
        ],
      };
    if (subject !== "lti.put_data" && subject !== "lti.get_data") return null;
    const base = { subject: `${subject}.response`, message_id };
    if (typeof message_id !== "string" || typeof key !== "string" || key === "")
      return { ...base, ...refusal("bad_request", "expected message_id and key") };
    if (subject === "lti.put_data") return { ...base, ...put(origin, key, value) };
    return { ...base, key, value: byOrigin.get(origin)?.get(key) ?? null };
  };
}
