/** The way back to the platform (LTI 1.3 core §5.4.5 and LTI 1.1 §3, `launch_presentation.return_url`). */

/** What the platform is told with it. `message` is for the learner, `log` for whoever keeps the platform. */
export interface LastWords {
  readonly message: string;
  readonly log: string;
  readonly is_error: boolean;
}

/** Null for what is no web address: a browser would run `javascript:`. */
export function webUrlOf(text: string | null): string | null {
  if (text === null || !URL.canParse(text)) return null;
  const url = new URL(text);
  return url.protocol === "https:" || url.protocol === "http:" ? url.href : null;
}

/** Platforms show and log what these parameters say. What the address held before stays as it was. */
export function withLastWords(returnUrl: string, { message, log, is_error }: LastWords): string {
  const url = new URL(returnUrl);
  const [forLearner, forLog] = is_error ? ["lti_errormsg", "lti_errorlog"] : ["lti_msg", "lti_log"];
  const words = `${forLearner}=${encodeURIComponent(message)}&${forLog}=${encodeURIComponent(log)}`;
  url.search = url.search === "" ? words : `${url.search}&${words}`;
  return url.href;
}
