import type { AlertWordsTable } from "../alertWords.ts";

export const fr: AlertWordsTable = {
  alerts: {
    "license.threshold_reached": {
      subject: "{percent} % utilisés : {license}",
      text: "Pour {license}, {used} sur {purchased} sont utilisés ; il en reste {available} jusqu’au {period_end}.",
    },
    "license.overage": {
      subject: "Plus d’utilisations que d’achats : {license}",
      text: "Pour {license}, {used} sont utilisés et {purchased} ont été achetés : {over} de plus. De nouveaux apprenants restent admis. La période court jusqu’au {period_end}.",
    },
    "license.ending": {
      subject: "Prend fin le {end} : {license}",
      text: "{license} prend fin le {end} (UTC). Ensuite, aucun nouvel apprenant n’est admis, à moins d’un renouvellement ou d’un nouvel achat.",
    },
    "deposit.low": {
      subject: "Votre provision est basse : {balance}",
      text: "Votre provision est descendue à {balance}, sous le seuil de {low_mark}. Les cours restent ouverts ; ce que la provision ne couvre pas est porté sur votre moyen de paiement.",
    },
    "payment.failed": {
      subject: "Un paiement de {amount} a échoué",
      text: "Un paiement de {amount} n’a pas pu être effectué ({reason}). Les cours restent ouverts. Veuillez vérifier votre moyen de paiement.",
    },
    "webhook.disabled": {
      subject: "Un webhook a été désactivé : {url}",
      text: "Le webhook {url} a été désactivé, car {reason}. Ce qui se passe entre-temps est conservé et sera envoyé dans l’ordre dès qu’il sera réactivé.",
    },
    "grades.given_up": {
      subject: "Les notes ne parviennent pas à {platform}",
      text: "Depuis des jours, {platform} n’accepte aucune note ({problem}). Les apprenants peuvent continuer et leurs résultats sont conservés ici. Dès que les notes sont de nouveau acceptées, faites-les renvoyer.",
    },
  },
  webhook_reasons: {
    failing: "rien n’y arrive depuis des jours",
    gone: "il a répondu qu’il n’existe plus",
    secret_lost: "son secret n’est plus lisible ; il lui en faut un nouveau",
  },
  footer: "Vous recevez ce message parce que votre adresse est inscrite pour les alertes de {account}.",
};
