/** The caller's or the world's mistake (DESIGN §7). Thrown; `edges/http` alone turns it into an answer. */

interface FaultKind {
  /** HTTP status. */
  readonly status: number;
  /** RFC 9457 `title`: the same sentence every time. */
  readonly title: string;
}

/** Every fault the gateway can raise. Codes are public and never renamed; docs/errors.md documents each. */
export const FAULTS = {
  body_invalid: { status: 400, title: "The request does not have the expected form" },
  not_found: { status: 404, title: "There is no such thing here" },
  conflict: { status: 409, title: "The request contradicts what is stored" },
  body_too_large: { status: 413, title: "The request is larger than allowed" },
  host_unknown: { status: 421, title: "This server does not answer for that host name" },
  launch_token_invalid: { status: 401, title: "The launch token is missing, damaged or expired" },
  launch_closed: { status: 409, title: "The launch has ended" },
  state_too_large: { status: 413, title: "The course's saved state is larger than allowed" },
  store_unavailable: { status: 503, title: "The database can't be reached" },
} as const satisfies Record<string, FaultKind>;

export type FaultCode = keyof typeof FAULTS;

export class Fault extends Error {
  override readonly name = "Fault";
  readonly code: FaultCode;
  readonly status: number;
  readonly title: string;

  /**
   * @param detail One sentence for the caller: names the field and what was expected.
   * @param options.cause Private: logged, never shown.
   */
  constructor(code: FaultCode, detail: string, options?: { cause?: unknown }) {
    super(detail, options);
    this.code = code;
    this.status = FAULTS[code].status;
    this.title = FAULTS[code].title;
  }
}
