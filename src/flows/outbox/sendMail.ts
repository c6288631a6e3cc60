/** One try to get an alert to an e-mail address, by the mail server of the settings. */
import type { SendMailOptions, Transporter } from "nodemailer";
import { alertMail } from "../../core/alertWords.ts";
import { LANGUAGES } from "../../core/languages.ts";
import type { Destination } from "../../store/outbox/destinations.ts";
import type { WaitingMessage } from "../../store/outbox/messages.ts";
import type { Context } from "../context.ts";
import { deadlineIn } from "../deadline.ts";
import type { Outcome } from "./sendWebhook.ts";

/** A server that is silent for this long is given up; a whole mail takes no longer than that. */
const SILENT_MILLISECONDS = 15_000;
const WHOLE_MILLISECONDS = 45_000;

export async function sendMail(
  { config }: Context,
  { target, language: wished }: Destination,
  message: WaitingMessage,
  at: Date,
  stopping?: AbortSignal,
): Promise<Outcome> {
  const language = LANGUAGES.find((one) => one === wished) ?? LANGUAGES[0];
  const words = alertMail(language, message);
  if (!words) return { ...failed("it is not told by e-mail"), is_hopeless: true };
  if (config.SMTP_URL === "") return failed("no mail server is set");
  const transport = await openTransport(config.SMTP_URL);
  const deadline = deadlineIn(WHOLE_MILLISECONDS, stopping);
  const mail: SendMailOptions & { readonly signal: AbortSignal } = {
    // In parts: what is text is read for further addresses.
    from: { name: "Tallygate", address: config.MAIL_FROM },
    to: { name: "", address: target },
    ...words,
    date: at,
    // The same at every try, so that mail programs know it again.
    messageId: `<${message.id}@${new URL(config.APP_ORIGIN).hostname}>`,
    headers: { "Auto-Submitted": "auto-generated", "Content-Language": language },
    signal: deadline.signal,
  };
  try {
    await transport.sendMail(mail);
    return { status_code: null, problem: null, wished_seconds: null };
  } catch (error) {
    return mail.signal.aborted ? failed("the mail server did not answer in time") : outcomeOf(error);
  } finally {
    deadline.end();
    transport.close();
  }
}

/** Loaded when first needed: most gateways of a developer never send a mail. */
async function openTransport(url: string): Promise<Transporter> {
  const { createTransport } = await import("nodemailer");
  return createTransport({
    url,
    connectionTimeout: SILENT_MILLISECONDS,
    greetingTimeout: SILENT_MILLISECONDS,
    socketTimeout: SILENT_MILLISECONDS,
    // Nothing that a name could say makes it read a file or an address.
    disableFileAccess: true,
    disableUrlAccess: true,
  });
}

function failed(problem: string): Outcome {
  return { status_code: null, problem, wished_seconds: null };
}

/** What a server says of an address or of a mail for good (5xx) is not tried again; of a login it may be set right. */
function outcomeOf(error: unknown): Outcome {
  const { code, command, responseCode } = error as {
    readonly code?: unknown;
    readonly command?: unknown;
    readonly responseCode?: unknown;
  };
  const status_code = typeof responseCode === "number" ? responseCode : null;
  if (status_code === null)
    return failed(`the mail server can't be reached${typeof code === "string" ? ` (${code})` : ""}`);
  const is_refused = status_code >= 500 && (command === "RCPT TO" || command === "DATA");
  return {
    ...failed(`the mail server answered ${status_code}`),
    status_code,
    ...(is_refused ? { is_hopeless: true as const } : {}),
  };
}
