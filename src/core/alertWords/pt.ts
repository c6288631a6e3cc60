import type { AlertWordsTable } from "../alertWords.ts";

export const pt: AlertWordsTable = {
  alerts: {
    "license.threshold_reached": {
      subject: "{percent} % utilizado: {license}",
      text: "De {license} foram utilizados {used} de {purchased}; restam {available} até {period_end}.",
    },
    "license.overage": {
      subject: "Utilizado mais do que o comprado: {license}",
      text: "De {license} foram utilizados {used} e comprados {purchased}: {over} a mais. Novos alunos continuam a ser admitidos. O período vai até {period_end}.",
    },
    "license.ending": {
      subject: "Termina em {end}: {license}",
      text: "{license} termina em {end} (UTC). A partir daí não são admitidos novos alunos, a menos que haja renovação ou nova compra.",
    },
    "deposit.low": {
      subject: "O seu depósito está baixo: {balance}",
      text: "O seu depósito desceu para {balance}, abaixo do limite de {low_mark}. Os cursos continuam a abrir; o que o depósito não cobrir será cobrado no seu meio de pagamento.",
    },
    "payment.failed": {
      subject: "Um pagamento de {amount} falhou",
      text: "Não foi possível efetuar um pagamento de {amount} ({reason}). Os cursos continuam a abrir. Verifique o seu meio de pagamento.",
    },
    "webhook.disabled": {
      subject: "Um webhook foi desativado: {url}",
      text: "O webhook {url} foi desativado, porque {reason}. O que acontecer entretanto é guardado e será enviado por ordem quando ele for reativado.",
    },
    "grades.given_up": {
      subject: "As notas não chegam a {platform}",
      text: "Há dias que {platform} não aceita notas ({problem}). Os alunos podem continuar e os resultados ficam guardados aqui. Assim que as notas voltarem a ser aceites, mande enviá-las de novo.",
    },
  },
  webhook_reasons: {
    failing: "há dias que nada chega lá",
    gone: "respondeu que já não existe",
    secret_lost: "o seu segredo já não pode ser lido; precisa de um novo",
  },
  footer: "Recebe esta mensagem porque o seu endereço está inscrito para os alertas de {account}.",
};
