/** How alerts go out by e-mail (docs/alerts.md): a part of the table of settings. */
import { setting, text } from "./settingValues.ts";

export const MAIL_SETTINGS = {
  SMTP_URL: setting<string>({
    ...text(
      "a URL such as `smtp://user:password@mail.example.com:587`, or `smtps://…` for TLS from the start",
      /^smtps?:\/\/[^\s/]+\/?(\?\S*)?$/,
    ),
    fallback: "",
    secret: true,
    meaning:
      "The mail server that alerts are sent by. Unset: none are; they are listed all the same, and webhooks go out.",
  }),
  MAIL_FROM: setting<string>({
    ...text("an e-mail address such as `alerts@example.com`", /^[^\s@<>,;"()]{1,64}@[^\s@<>,;"()]{1,190}$/),
    fallback: "",
    meaning: "Whom alerts by e-mail come from; the mail server must let it.",
  }),
};
