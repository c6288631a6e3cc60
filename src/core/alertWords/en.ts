import type { AlertWordsTable } from "../alertWords.ts";

export const en: AlertWordsTable = {
  alerts: {
    "license.threshold_reached": {
      subject: "{percent} % used: {license}",
      text: "{used} of {purchased} are used of {license}; {available} are left until {period_end}.",
    },
    "license.overage": {
      subject: "More used than bought: {license}",
      text: "{used} are used of {license}, and {purchased} were bought: {over} more than that. Learners go on being let in. The period runs until {period_end}.",
    },
    "license.ending": {
      subject: "Ends on {end}: {license}",
      text: "{license} ends on {end} (UTC). From then on no new learners are let in, unless it is renewed or bought anew.",
    },
    "deposit.low": {
      subject: "Your deposit is low: {balance}",
      text: "Your deposit has fallen to {balance}, below the mark of {low_mark}. Courses go on opening; what the deposit does not cover goes to your payment method.",
    },
    "payment.failed": {
      subject: "A payment of {amount} has failed",
      text: "A payment of {amount} could not be made ({reason}). Courses go on opening. Please look at your payment method.",
    },
    "webhook.disabled": {
      subject: "A webhook was switched off: {url}",
      text: "The webhook at {url} was switched off, because {reason}. What happens meanwhile is kept, and sent in order once the webhook is switched on again.",
    },
    "grades.given_up": {
      subject: "Grades do not reach {platform}",
      text: "For days {platform} has taken no grades ({problem}). Learners can go on, and their results are kept here. Once the gradebook takes grades again, have them sent anew.",
    },
  },
  webhook_reasons: {
    failing: "nothing has arrived there for days",
    gone: "it answered that it is gone for good",
    secret_lost: "its secret can't be read any more; it needs a new one",
  },
  footer: "You get this because your address is set to receive the alerts of {account}.",
};
