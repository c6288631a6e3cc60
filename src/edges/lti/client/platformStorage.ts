/**
 * What a platform keeps for a page in its frame, where the browser keeps nothing (1EdTech LTI Client Side postMessages, LTI
 * postMessage Storage).
 */

export interface Kept {
  /** `_parent`, or the name of a frame beside ours. */
  readonly target: string;
  /** Whom the secret is said to, and whose answers count. */
  readonly origin: string;
  readonly key: string;
}

/** The names of before the specification are still what some platforms know. */
const PREFIXES = ["", "org.imsglobal."] as const;

const CAPABILITIES_MILLISECONDS = 1000;
const DATA_MILLISECONDS = 2000;

/** Whether the platform says that it has kept it. */
export async function leaveWith(kept: Kept, value: string): Promise<boolean> {
  const answer = await askPlatform(kept, "lti.put_data", { key: kept.key, value });
  return answer !== null;
}

/** Null where the platform has nothing, or does not answer. */
export async function findWith(kept: Kept): Promise<string | null> {
  const answer = await askPlatform(kept, "lti.get_data", { key: kept.key });
  const value = answer?.["value"];
  return typeof value === "string" && value !== "" ? value : null;
}

type Message = Readonly<Record<string, unknown>>;

async function askPlatform(kept: Kept, subject: string, fields: Message): Promise<Message | null> {
  const platform = platformWindow();
  if (!platform) return null;
  const ways = await waysTo(platform, subject);
  const known = ways ?? PREFIXES.map((prefix) => ({ subject: prefix + subject, frame: kept.target }));
  const asked = known.map((way) => {
    const frame = frameOf(platform, way.frame ?? kept.target);
    return ask(frame, kept.origin, { subject: way.subject, ...fields }, DATA_MILLISECONDS);
  });
  return firstOf(asked);
}

/** Who shows us: the page around ours, or the one that opened our window. */
function platformWindow(): Window | null {
  return window.parent === window ? (window.opener as Window | null) : window.parent;
}

function frameOf(platform: Window, name: string): Window {
  if (name === "_parent") return platform;
  try {
    return platform.frames[name as unknown as number] ?? platform;
  } catch {
    return platform;
  }
}

interface Way {
  readonly subject: string;
  /** Where the platform says so. */
  readonly frame: string | null;
}

/** By which names the platform takes it, and where; null where it does not say. Nothing secret is in the question. */
async function waysTo(platform: Window, subject: string): Promise<readonly Way[] | null> {
  const answer = await firstOf(
    PREFIXES.map((prefix) =>
      ask(platform, "*", { subject: `${prefix}lti.capabilities` }, CAPABILITIES_MILLISECONDS),
    ),
  );
  const supported: unknown = answer?.["supported_messages"];
  if (!Array.isArray(supported)) return null;
  const ways = supported.flatMap((one: unknown): Way[] => {
    const { subject: named, frame } = (one ?? {}) as { subject?: unknown; frame?: unknown };
    const isIt = typeof named === "string" && PREFIXES.some((prefix) => named === prefix + subject);
    return isIt ? [{ subject: named, frame: typeof frame === "string" && frame !== "" ? frame : null }] : [];
  });
  return ways.length > 0 ? ways : null;
}

let asked = 0;

function ask(frame: Window, origin: string, message: Message, milliseconds: number): Promise<Message | null> {
  const message_id = `tallygate-${Date.now()}-${++asked}`;
  return new Promise((resolve) => {
    const settle = (answer: Message | null) => {
      window.clearTimeout(patience);
      window.removeEventListener("message", hear);
      resolve(answer);
    };
    const hear = ({ data, source, origin: from }: MessageEvent<unknown>) => {
      const answer = data as Message | null;
      if (typeof answer !== "object" || answer === null) return;
      if (origin === "*" ? source !== frame : from !== origin) return;
      if (answer["message_id"] !== message_id || answer["subject"] !== `${message["subject"]}.response`)
        return;
      settle(answer["error"] ? null : answer);
    };
    const patience = window.setTimeout(() => settle(null), milliseconds);
    window.addEventListener("message", hear);
    try {
      frame.postMessage({ ...message, message_id }, origin);
    } catch {
      settle(null);
    }
  });
}

/** The first that is something; null once all are nothing. */
function firstOf<Value>(promises: readonly Promise<Value | null>[]): Promise<Value | null> {
  return new Promise((resolve) => {
    let left = promises.length;
    for (const promise of promises)
      void promise.then((value) => {
        left--;
        if (value !== null || left === 0) resolve(value);
      });
  });
}
