import type { AlertWordsTable } from "../alertWords.ts";

export const ja: AlertWordsTable = {
  alerts: {
    "license.threshold_reached": {
      subject: "{percent}% 使用済み：{license}",
      text: "{license} は購入数 {purchased} のうち {used} が使用されています。{period_end} までの残りは {available} です。",
    },
    "license.overage": {
      subject: "購入数を超えて使用されています：{license}",
      text: "{license} は購入数 {purchased} に対して {used} が使用され、{over} 超過しています。受講者は引き続き受講できます。期間は {period_end} までです。",
    },
    "license.ending": {
      subject: "{end} に終了します：{license}",
      text: "{license} は {end}（UTC）に終了します。更新または再購入されない限り、それ以降は新しい受講者を受け付けません。",
    },
    "deposit.low": {
      subject: "預り金の残高が少なくなっています：{balance}",
      text: "預り金の残高が {balance} となり、基準の {low_mark} を下回りました。コースは引き続き開けます。不足分は登録済みの支払方法に請求されます。",
    },
    "payment.failed": {
      subject: "{amount} の支払いに失敗しました",
      text: "{amount} の支払いができませんでした（{reason}）。コースは引き続き開けます。支払方法をご確認ください。",
    },
    "webhook.disabled": {
      subject: "Webhook が停止されました：{url}",
      text: "{url} の Webhook は停止されました。理由：{reason}。その間の出来事は保存され、再開すると順番に送信されます。",
    },
    "grades.given_up": {
      subject: "{platform} に成績が届いていません",
      text: "{platform} は数日間、成績を受け付けていません（{problem}）。学習者は学習を続けられ、結果はここに保存されています。成績が再び受け付けられるようになったら、送り直してください。",
    },
  },
  webhook_reasons: {
    failing: "数日間、何も届いていません",
    gone: "もう存在しないとの応答がありました",
    secret_lost: "署名用の秘密鍵を読み取れません。新しいものが必要です",
  },
  footer: "このメールは、{account} の通知先としてあなたのアドレスが登録されているため送信されています。",
};
