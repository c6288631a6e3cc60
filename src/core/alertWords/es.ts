import type { AlertWordsTable } from "../alertWords.ts";

export const es: AlertWordsTable = {
  alerts: {
    "license.threshold_reached": {
      subject: "{percent} % utilizado: {license}",
      text: "De {license} se han utilizado {used} de {purchased}; quedan {available} hasta el {period_end}.",
    },
    "license.overage": {
      subject: "Se ha utilizado más de lo comprado: {license}",
      text: "De {license} se han utilizado {used} y se compraron {purchased}: {over} más. Se sigue admitiendo a nuevos alumnos. El período termina el {period_end}.",
    },
    "license.ending": {
      subject: "Termina el {end}: {license}",
      text: "{license} termina el {end} (UTC). A partir de entonces no se admite a nuevos alumnos, salvo que se renueve o se compre de nuevo.",
    },
    "deposit.low": {
      subject: "Su depósito es bajo: {balance}",
      text: "Su depósito ha bajado a {balance}, por debajo del límite de {low_mark}. Los cursos se siguen abriendo; lo que el depósito no cubra se cargará a su método de pago.",
    },
    "payment.failed": {
      subject: "Ha fallado un pago de {amount}",
      text: "No se pudo realizar un pago de {amount} ({reason}). Los cursos se siguen abriendo. Revise su método de pago.",
    },
    "webhook.disabled": {
      subject: "Se ha desactivado un webhook: {url}",
      text: "Se ha desactivado el webhook {url}, porque {reason}. Lo que ocurra mientras tanto se guarda y se enviará en orden cuando se vuelva a activar.",
    },
    "grades.given_up": {
      subject: "Las calificaciones no llegan a {platform}",
      text: "Desde hace días {platform} no acepta calificaciones ({problem}). Los alumnos pueden continuar y sus resultados se conservan aquí. Cuando vuelva a aceptar calificaciones, haga que se envíen de nuevo.",
    },
  },
  webhook_reasons: {
    failing: "desde hace días no llega nada allí",
    gone: "respondió que ya no existe",
    secret_lost: "su secreto ya no se puede leer; necesita uno nuevo",
  },
  footer: "Recibe este mensaje porque su dirección está inscrita para los avisos de {account}.",
};
