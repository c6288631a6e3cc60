/**
 * What an account is told, by webhooks and some of it by e-mail: one table, which the types, the API and docs/alerts.md go by
 * (a test holds the page to it). A type keeps its name and its fields for good; fields may be added.
 */

/** Which license it is about, in ids and in words. */
interface AboutLicense {
  readonly license_id: string;
  readonly license_short_id: string;
  readonly license_kind: string;
  readonly title: string;
}

interface Consumption {
  readonly purchased: number;
  readonly used: number;
  readonly available: number;
  readonly period_ends_at: string;
}

/** By type: what its `data` holds. Times are RFC 3339 in UTC, as in the API. */
export interface EventData {
  readonly "license.threshold_reached": AboutLicense & Consumption & { readonly percent: number };
  readonly "license.overage": AboutLicense & Consumption;
  readonly "license.ending": AboutLicense & { readonly days: number; readonly ends_at: string };
  readonly "deposit.low": {
    readonly balance_minor: number;
    readonly low_mark_minor: number;
    readonly currency: string;
  };
  readonly "payment.failed": {
    readonly amount_minor: number;
    readonly currency: string;
    readonly statement_id: string | null;
    readonly reason: string;
  };
  readonly "webhook.disabled": {
    readonly webhook_id: string;
    readonly url: string;
    readonly reason: string;
  };
  readonly "grades.given_up": {
    readonly platform: string;
    readonly attempt_id: string;
    readonly problem: string;
  };
  readonly "alarm.raised": {
    readonly alarm_id: string;
    readonly delivery_id: string;
    readonly alarm_type: string;
    readonly evidence: Readonly<Record<string, number | string>>;
  };
  readonly "webhook.test": { readonly webhook_id: string };
}

export type EventType = keyof EventData;

interface EventDefinition<Data> {
  readonly meaning: string;
  /** An alert is for people: e-mail tells it too. */
  readonly is_alert: boolean;
  readonly fields: { readonly [Field in keyof Data]-?: string };
  readonly example: Data;
}

const ABOUT_LICENSE = {
  license_id: "the license",
  license_short_id: "its short id, as in its packages' titles",
  license_kind: "its kind",
  title: "the course or bundle that it is for",
} as const;

const CONSUMPTION = {
  purchased: "seats (credits, learners) of all lots that run",
  used: "how many of them are taken",
  available: "`purchased` − `used`; below zero: an overage",
  period_ends_at: "when the first of those lots ends",
} as const;

const LICENSE_EXAMPLE: AboutLicense = {
  license_id: "019b8d62-7a80-7fbb-815c-410a67a97beb",
  license_short_id: "K7QX",
  license_kind: "population",
  title: "Kitchen safety",
};

export const EVENTS: { readonly [Type in EventType]: EventDefinition<EventData[Type]> } = {
  "license.threshold_reached": {
    meaning: "So many hundredths of what was bought are used. Once per threshold and set of running lots.",
    is_alert: true,
    fields: {
      ...ABOUT_LICENSE,
      ...CONSUMPTION,
      percent: "the threshold: 80 or 100, or as the license has it",
    },
    example: {
      ...LICENSE_EXAMPLE,
      percent: 80,
      purchased: 16_000,
      used: 12_800,
      available: 3200,
      period_ends_at: "2026-12-31T00:00:00.000Z",
    },
  },
  "license.overage": {
    meaning: "The first seat beyond what was bought. Once per set of running lots.",
    is_alert: true,
    fields: { ...ABOUT_LICENSE, ...CONSUMPTION },
    example: {
      ...LICENSE_EXAMPLE,
      purchased: 16_000,
      used: 16_001,
      available: -1,
      period_ends_at: "2026-12-31T00:00:00.000Z",
    },
  },
  "license.ending": {
    meaning: "The license ends soon, and nothing that was bought goes on. Once per threshold and end.",
    is_alert: true,
    fields: {
      ...ABOUT_LICENSE,
      days: "the threshold: 60, 30 or 7, or as the license has it",
      ends_at: "its end, or that of its last lot",
    },
    example: { ...LICENSE_EXAMPLE, days: 30, ends_at: "2026-12-31T00:00:00.000Z" },
  },
  "deposit.low": {
    meaning:
      "The deposit has fallen below its low mark. Once until it is filled up to it again, by a top-up or by what a statement credits.",
    is_alert: true,
    fields: {
      balance_minor: "what is left, in minor units",
      low_mark_minor: "the mark that it has fallen below",
      currency: "of both (ISO 4217)",
    },
    example: { balance_minor: 4200, low_mark_minor: 10_000, currency: "EUR" },
  },
  "payment.failed": {
    meaning: "A payment was refused or did not arrive. Launches go on. Once per payment.",
    is_alert: true,
    fields: {
      amount_minor: "what was to be paid, in minor units",
      currency: "of the amount (ISO 4217)",
      statement_id: "of which statement; null: of none",
      reason: "why, in a word or a few",
    },
    example: {
      amount_minor: 125_000,
      currency: "EUR",
      statement_id: "019b8d62-7a80-7fbb-815c-410a67a97bec",
      reason: "card_declined",
    },
  },
  "webhook.disabled": {
    meaning: "A webhook was switched off, because nothing arrived there for days or because it asked for it.",
    is_alert: true,
    fields: {
      webhook_id: "the webhook",
      url: "where it went, without its path",
      reason: "`failing`, `gone` (it answered 410) or `secret_lost` (it needs a new secret)",
    },
    example: {
      webhook_id: "019b8d62-7a80-7fbb-815c-410a67a97bed",
      url: "https://hooks.example.com",
      reason: "failing",
    },
  },
  "grades.given_up": {
    meaning: "A gradebook took no grades for so many days that one was given up. Once a day per platform.",
    is_alert: true,
    fields: {
      platform: "the registration's name, or the host of the gradebook",
      attempt_id: "the first attempt that it happened to",
      problem: "what came of the last try",
    },
    example: {
      platform: "Moodle",
      attempt_id: "019b8d62-7a80-7fbb-815c-410a67a97bee",
      problem: "it did not answer in time",
    },
  },
  "alarm.raised": {
    meaning: "A delivery grows oddly: its package may have been handed on.",
    is_alert: false,
    fields: {
      alarm_id: "the alarm",
      delivery_id: "the delivery",
      alarm_type: "`learners_surge`, `many_origins` or `odd_identities`",
      evidence: "the numbers that it rests on",
    },
    example: {
      alarm_id: "019b8d62-7a80-7fbb-815c-410a67a97bee",
      delivery_id: "019b8d62-7a80-7fbb-815c-410a67a97bef",
      alarm_type: "many_origins",
      evidence: { size: 4, origins: 4 },
    },
  },
  "webhook.test": {
    meaning: "Somebody asked for it, to see whether a webhook works. It goes to that webhook alone.",
    is_alert: false,
    fields: { webhook_id: "the webhook" },
    example: { webhook_id: "019b8d62-7a80-7fbb-815c-410a67a97bed" },
  },
};

export const EVENT_TYPES = Object.keys(EVENTS) as readonly EventType[];

export type AlertType = Exclude<EventType, "alarm.raised" | "webhook.test">;

export const ALERT_TYPES = EVENT_TYPES.filter((type) => EVENTS[type].is_alert) as readonly AlertType[];
