import type { AlertWordsTable } from "../alertWords.ts";

export const de: AlertWordsTable = {
  alerts: {
    "license.threshold_reached": {
      subject: "{percent} % verbraucht: {license}",
      text: "Von {license} sind {used} von {purchased} verbraucht; {available} sind bis zum {period_end} noch übrig.",
    },
    "license.overage": {
      subject: "Mehr verbraucht als gekauft: {license}",
      text: "Von {license} sind {used} verbraucht und {purchased} gekauft: {over} mehr als gekauft. Lernende werden weiterhin eingelassen. Der Zeitraum läuft bis zum {period_end}.",
    },
    "license.ending": {
      subject: "Endet am {end}: {license}",
      text: "{license} endet am {end} (UTC). Danach werden keine neuen Lernenden mehr eingelassen, sofern nicht verlängert oder neu gekauft wird.",
    },
    "deposit.low": {
      subject: "Ihr Guthaben ist niedrig: {balance}",
      text: "Ihr Guthaben ist auf {balance} gefallen, unter die Marke von {low_mark}. Kurse öffnen sich weiterhin; was das Guthaben nicht deckt, geht an Ihre Zahlungsart.",
    },
    "payment.failed": {
      subject: "Eine Zahlung über {amount} ist fehlgeschlagen",
      text: "Eine Zahlung über {amount} konnte nicht ausgeführt werden ({reason}). Kurse öffnen sich weiterhin. Bitte prüfen Sie Ihre Zahlungsart.",
    },
    "webhook.disabled": {
      subject: "Ein Webhook wurde abgeschaltet: {url}",
      text: "Der Webhook {url} wurde abgeschaltet, denn {reason}. Was inzwischen geschieht, wird aufbewahrt und der Reihe nach gesendet, sobald der Webhook wieder eingeschaltet ist.",
    },
    "grades.given_up": {
      subject: "Bewertungen kommen bei {platform} nicht an",
      text: "Seit Tagen nimmt {platform} keine Bewertungen an ({problem}). Lernende können weiterarbeiten, ihre Ergebnisse bleiben hier erhalten. Sobald wieder Bewertungen angenommen werden, lassen Sie sie erneut senden.",
    },
  },
  webhook_reasons: {
    failing: "seit Tagen kommt dort nichts an",
    gone: "er hat geantwortet, dass es ihn nicht mehr gibt",
    secret_lost: "sein Geheimnis ist nicht mehr lesbar; er braucht ein neues",
  },
  footer: "Sie erhalten dies, weil Ihre Adresse für die Meldungen von {account} eingetragen ist.",
};
