/** What the values of settings look like in the environment. `config.ts` is the table of the settings. */
import { isIP } from "node:net";

export interface Setting<Value> {
  /** What a value must look like, as the error and the settings page say it. */
  readonly expected: string;
  /** Undefined when the text is not such a value. */
  readonly parse: (text: string) => Value | undefined;
  /** Used where the variable is unset or empty; a function sees the settings before it. */
  readonly fallback: Value | ((earlier: Readonly<Record<string, unknown>>) => Value);
  /** How the settings page shows a computed fallback. */
  readonly fallbackShown?: string;
  readonly secret?: boolean;
  readonly meaning: string;
}

export const setting = <Value>(definition: Setting<Value>): Setting<Value> => definition;

export const wholeNumber = (least: number, most: number) => ({
  expected: `a whole number from ${least} to ${most}`,
  parse: (text: string) => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    return value >= least && value <= most ? value : undefined;
  },
});

/** An address that only this machine's own processes and browsers reach. */
export const isThisMachine = (address: string) => /^127\.|^::1$/.test(address);

export const oneOf = <Value extends string>(...values: readonly Value[]) => ({
  expected: values.map((value) => `\`${value}\``).join(" or "),
  parse: (text: string) => values.find((value) => value === text),
});

export const onOrOff = {
  expected: "`on` or `off`",
  parse: (text: string) => ({ on: true, off: false })[text],
};

export const origin = {
  expected: "an origin such as `https://play.example.com`, without a path",
  parse: (text: string) => {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    return url && /^https?:\/\/[^*,]*$/.test(url.origin) && url.origin === text.replace(/\/$/, "")
      ? url.origin
      : undefined;
  },
};

/** As an origin; `*` may stand for an account, as the first part of the host. */
export const originOfContent = {
  expected: "an origin such as `https://play.example.com` or `https://*.play.example.com`, without a path",
  parse: (text: string) => {
    const [scheme, host = ""] = text.split("*.");
    if (!/^https?:\/\/$/.test(scheme ?? "")) return origin.parse(text);
    return /^[a-z]/.test(host) && origin.parse(`${scheme}${host}`) ? text.replace(/\/$/, "") : undefined;
  },
};

export const ipAddress = {
  expected: "an IP address, such as `0.0.0.0` for all of them",
  parse: (value: string) => (isIP(value) ? value : undefined),
};

/** As OpenTelemetry writes them: `name=value`, percent-encoded, with commas between them. */
export const headerList = {
  expected: "headers such as `authorization=Bearer%20abc,x-team=lms`",
  parse: (text: string) => {
    const pairs = text.split(",").map((pair) => /^\s*([\w-]+)=([^\s,]+)\s*$/.exec(pair));
    try {
      return pairs.every((pair) => pair !== null)
        ? Object.fromEntries(pairs.map(([, name = "", value = ""]) => [name, decodeURIComponent(value)]))
        : undefined;
    } catch {
      return undefined;
    }
  },
};

export const text = (expected: string, accept: RegExp) => ({
  expected,
  parse: (value: string) => (accept.test(value) ? value : undefined),
});
