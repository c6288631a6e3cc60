/** Where a browser keeps nothing at all: the page that opened a window tells it what the login was bound to. */

interface Question {
  readonly tallygate: "secret?";
  readonly hash: string;
}

interface Answer {
  readonly tallygate: "secret";
  readonly hash: string;
  readonly secret: string;
}

const PATIENCE_MILLISECONDS = 3000;

/** As long as this page is there, to windows of this origin alone. */
export function answerWindows(hash: string, secret: string): void {
  window.addEventListener("message", ({ data, origin, source }: MessageEvent<unknown>) => {
    const asked = data as Partial<Question> | null;
    if (origin !== window.location.origin || asked?.tallygate !== "secret?" || asked.hash !== hash) return;
    const answer: Answer = { tallygate: "secret", hash, secret };
    (source as Window | null)?.postMessage(answer, origin);
  });
}

/** Null where nobody opened this window who knows it: a page on the way may have cut the tie. */
export function askOpener(hash: string): Promise<string | null> {
  const opener = window.opener as Window | null;
  if (!opener) return Promise.resolve(null);
  return new Promise((resolve) => {
    const settle = (secret: string | null) => {
      window.clearTimeout(patience);
      window.removeEventListener("message", hear);
      resolve(secret);
    };
    const hear = ({ data, origin }: MessageEvent<unknown>) => {
      const answer = data as Partial<Answer> | null;
      if (origin !== window.location.origin || answer?.tallygate !== "secret" || answer.hash !== hash) return;
      settle(answer.secret ?? null);
    };
    const patience = window.setTimeout(() => settle(null), PATIENCE_MILLISECONDS);
    window.addEventListener("message", hear);
    const question: Question = { tallygate: "secret?", hash };
    opener.postMessage(question, window.location.origin);
  });
}
