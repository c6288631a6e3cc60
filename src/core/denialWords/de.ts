import type { DenialWordsTable } from "../denialWords.ts";

export const de: DenialWordsTable = {
  launch_invalid: {
    title: "Der Kurs konnte von hier aus nicht geöffnet werden",
    reason:
      "Was Ihre Lernplattform zum Öffnen des Kurses gesendet hat, war unvollständig oder ließ sich nicht prüfen.",
    next_step:
      "Schließen Sie diese Seite und öffnen Sie den Kurs noch einmal in Ihrer Lernplattform. Erscheint diese Seite wieder, nennen Sie der Administration der Lernplattform die Referenz.",
  },
  too_many_launches: {
    title: "Einen Augenblick, bitte",
    reason: "Innerhalb einer Minute kamen mehr Aufrufe an, als auf einmal eingelassen werden können.",
    next_step: "Sie müssen nichts tun: Diese Seite versucht es in einer Minute von selbst noch einmal.",
  },
  origin_refused: {
    title: "Der Kurs lässt sich von dieser Adresse aus nicht öffnen",
    reason: "Der Kurs ist für andere Internetadressen eingerichtet als die, von der er geöffnet wurde.",
    next_step:
      "Öffnen Sie den Kurs in der gewohnten Lernplattform Ihrer Organisation. Wenn Sie schon dort sind, nennen Sie der Administration der Lernplattform die Referenz.",
  },
  delivery_revoked: {
    title: "Dieser Zugang zum Kurs ist geschlossen",
    reason: "Der Zugang, den Ihre Lernplattform für diesen Kurs benutzt, ist nicht mehr in Gebrauch.",
    next_step:
      "Sehen Sie nach, ob Ihre Lernplattform den Kurs an anderer Stelle anbietet. Wenn nicht, wenden Sie sich an die Administration der Lernplattform und nennen Sie die Referenz.",
  },
  identity_missing: {
    title: "Wir wissen nicht, wer Sie sind",
    reason:
      "Ihre Lernplattform hat nicht mitgeteilt, wer den Kurs geöffnet hat. Ihr Lernstand könnte deshalb nicht für Sie aufbewahrt werden.",
    next_step:
      "Melden Sie sich in Ihrer Lernplattform an und öffnen Sie den Kurs von dort noch einmal. Wenn Sie schon angemeldet sind, nennen Sie der Administration der Lernplattform die Referenz.",
  },
  learner_deactivated: {
    title: "Ihr Zugang ist abgeschaltet",
    reason:
      "Ihre Organisation hat Ihren Zugang zu den Kursen hier abgeschaltet. Ihr Lernstand bleibt erhalten.",
    next_step:
      "Wenn Sie den Kurs brauchen, wenden Sie sich an die Administration Ihrer Lernplattform und nennen Sie die Referenz.",
  },
  license_not_started: {
    title: "Der Kurs ist noch nicht geöffnet",
    reason: "Der Zugang Ihrer Organisation zu diesem Kurs beginnt erst später.",
    next_step:
      "Versuchen Sie es später wieder. Den Termin erfahren Sie von der Administration Ihrer Lernplattform, wenn Sie die Referenz nennen.",
  },
  course_retired: {
    title: "Der Kurs wird nicht mehr angeboten",
    reason: "Dieser Kurs wurde zurückgezogen und kann nicht mehr begonnen werden.",
    next_step:
      "Fragen Sie die Administration Ihrer Lernplattform, ob ein anderer Kurs an seine Stelle tritt, und nennen Sie die Referenz.",
  },
  not_in_license: {
    title: "Der Kurs gehört nicht zur Auswahl Ihrer Organisation",
    reason: "Dieser Kurs gehört nicht oder nicht mehr zu dem, was Ihre Organisation hier anbietet.",
    next_step:
      "Wenn Sie den Kurs benötigen, fragen Sie die Administration Ihrer Lernplattform und nennen Sie die Referenz.",
  },
  subscription_ended: {
    title: "Ihre Zeit für diese Kurse ist abgelaufen",
    reason: "Die Kurse waren Ihnen für eine bestimmte Zeit zugewiesen, und diese Zeit ist vorbei.",
    next_step:
      "Wenn Sie mehr Zeit brauchen, bitten Sie die Administration Ihrer Lernplattform um eine neue Zuweisung und nennen Sie die Referenz.",
  },
  not_assigned: {
    title: "Der Kurs ist Ihnen noch nicht zugewiesen",
    reason: "Dieser Kurs öffnet sich für alle, denen Ihre Organisation ihn zugewiesen hat.",
    next_step:
      "Wenn Sie ihn belegen sollen, bitten Sie die Administration Ihrer Lernplattform um die Zuweisung und nennen Sie die Referenz.",
  },
  license_ended: {
    title: "Der Kurs steht Ihrer Organisation nicht mehr zur Verfügung",
    reason: "Der Zugang Ihrer Organisation zu diesem Kurs ist beendet.",
    next_step:
      "Wenn Sie den Kurs weiterhin brauchen, wenden Sie sich an die Administration Ihrer Lernplattform und nennen Sie die Referenz.",
  },
  seat_expired: {
    title: "Ihr Zugang zum Kurs ist abgelaufen",
    reason: "Sie hatten für eine bestimmte Zeit Zugang zu diesem Kurs, und diese Zeit ist vorbei.",
    next_step:
      "Wenn Sie ihn noch einmal belegen möchten, wenden Sie sich an die Administration Ihrer Lernplattform und nennen Sie die Referenz.",
  },
  license_paused: {
    title: "Der Kurs pausiert für neue Teilnehmende",
    reason: "Zurzeit lässt Ihre Organisation niemanden neu mit diesem Kurs beginnen.",
    next_step:
      "Versuchen Sie es später wieder, oder fragen Sie die Administration Ihrer Lernplattform und nennen Sie die Referenz.",
  },
  no_seats_left: {
    title: "Alle Plätze sind vergeben",
    reason: "Jeder Platz, den Ihre Organisation für diesen Kurs hat, ist belegt.",
    next_step:
      "Bitten Sie die Administration Ihrer Lernplattform um einen Platz und nennen Sie die Referenz. Sobald es einen gibt, öffnet sich der Kurs wie gewohnt.",
  },
  gateway_unavailable: {
    title: "Der Kurs lässt sich gerade nicht öffnen",
    reason: "Die Störung liegt bei uns. Was von Ihrem Lernstand gespeichert wurde, ist sicher.",
    next_step: "Sie müssen nichts tun: Diese Seite versucht es in einigen Sekunden von selbst noch einmal.",
  },
};
