/** What the platform answers to a message that it does not take. */

export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly status: number;
  /** As OAuth and OpenID Connect call it. */
  readonly error: string;

  constructor(status: number, error: string, message: string) {
    super(message);
    this.status = status;
    this.error = error;
  }
}

export const notFound = (what: string) => new Refusal(404, "not_found", `This platform has no ${what}.`);

export const wrong = (message: string) => new Refusal(400, "invalid_request", message);
