/** What an alert says in an e-mail, in the language of who gets it. `docs/alerts.md` says when each is told. */
import { de } from "./alertWords/de.ts";
import { en } from "./alertWords/en.ts";
import { es } from "./alertWords/es.ts";
import { fr } from "./alertWords/fr.ts";
import { ja } from "./alertWords/ja.ts";
import { pt } from "./alertWords/pt.ts";
import { ALERT_TYPES, type AlertType, type EventData } from "./events.ts";
import type { Language } from "./languages.ts";

/** `{name}` stands for a value of the alert, as people of that language write it. */
export interface AlertWords {
  readonly subject: string;
  /** Whole sentences: what is, and what comes of it. */
  readonly text: string;
}

/** One language. To add another: a file beside these, a line in `LANGUAGES` and one here. */
export interface AlertWordsTable {
  readonly alerts: Readonly<Record<AlertType, AlertWords>>;
  /** Why a webhook was switched off, as the end of a sentence. */
  readonly webhook_reasons: Readonly<Record<"failing" | "gone" | "secret_lost", string>>;
  /** Why somebody gets this; with the `{account}`. */
  readonly footer: string;
}

const TABLES: Readonly<Record<Language, AlertWordsTable>> = { en, de, es, fr, pt, ja };

export function alertWordsOf(language: Language): AlertWordsTable {
  return TABLES[language];
}

export interface AlertMail {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

export interface AlertToTell {
  readonly type: string;
  readonly data: object;
  readonly account_name: string;
}

/** Undefined for an event that is no alert. */
export function alertMail(
  language: Language,
  { type, data, account_name }: AlertToTell,
): AlertMail | undefined {
  const known = ALERT_TYPES.find((one) => one === type);
  if (!known) return undefined;
  const table = TABLES[language];
  const values = { account: account_name, ...valuesOf(language, known, data) };
  const subject = oneLine(filled(table.alerts[known].subject, values));
  const paragraphs = [filled(table.alerts[known].text, values), filled(table.footer, values)];
  return {
    subject,
    text: `${paragraphs.join("\n\n")}\n`,
    html: `<!DOCTYPE html><html lang="${language}"><head><meta charset="utf-8"><title>${escapeHtml(subject)}</title></head><body>${paragraphs
      .map((paragraph) => `<p>${escapeHtml(paragraph)}</p>`)
      .join("")}</body></html>`,
  };
}

type Values = Readonly<Record<string, string>>;
type ValuesOf = { readonly [Type in AlertType]: (data: EventData[Type], show: Show) => Values };

/** How values are written in a language. */
interface Show {
  readonly number: (value: number) => string;
  readonly date: (time: string) => string;
  readonly money: (minor: number, currency: string) => string;
  readonly words: AlertWordsTable;
}

const consumption = (
  data: EventData["license.overage"],
  { number, date }: Pick<Show, "number" | "date">,
): Values => ({
  license: `${data.title} (${data.license_short_id})`,
  purchased: number(data.purchased),
  used: number(data.used),
  available: number(data.available),
  over: number(-data.available),
  period_end: date(data.period_ends_at),
});

const VALUES: ValuesOf = {
  "license.threshold_reached": (data, show) => ({
    ...consumption(data, show),
    percent: show.number(data.percent),
  }),
  "license.overage": consumption,
  "license.ending": (data, { date }) => ({
    license: `${data.title} (${data.license_short_id})`,
    end: date(data.ends_at),
  }),
  "deposit.low": ({ balance_minor, low_mark_minor, currency }, { money }) => ({
    balance: money(balance_minor, currency),
    low_mark: money(low_mark_minor, currency),
  }),
  "payment.failed": ({ amount_minor, currency, reason }, { money }) => ({
    amount: money(amount_minor, currency),
    reason,
  }),
  "webhook.disabled": ({ url, reason }, { words }) => ({
    url,
    reason: words.webhook_reasons[reason as "failing"] ?? reason,
  }),
  "grades.given_up": ({ platform, problem }) => ({ platform, problem }),
};

function valuesOf<Type extends AlertType>(language: Language, type: Type, data: object): Values {
  const show: Show = {
    number: (value) => new Intl.NumberFormat(language).format(value),
    date: (time) =>
      new Intl.DateTimeFormat(language, { dateStyle: "long", timeZone: "UTC" }).format(new Date(time)),
    money: (minor, currency) => {
      const format = new Intl.NumberFormat(language, { style: "currency", currency });
      return format.format(minor / 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2));
    },
    words: TABLES[language],
  };
  // What was stored under the type is its data.
  return VALUES[type](data as EventData[Type], show);
}

function filled(words: string, values: Values): string {
  return words.replaceAll(/\{(\w+)\}/g, (_all, name: string) => oneLine(values[name] ?? ""));
}

/** Names can hold anything; a line break in a header would begin another header. */
function oneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\u2028\u2029]+/gu, " ").trim();
}

function escapeHtml(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
