/** A request to launch, whatever the protocol it came by (DESIGN §4). Nobody after it asks which one it was. */
export interface Arrival {
  readonly delivery_key: string;
  /** Whose host it came to, where accounts have hosts of their own; null: everyone's. */
  readonly account_id: string | null;
  /** What makes the request unique: the same one sent again is the same launch (RULES §1). */
  readonly nonce: string;
  /** Of identities: `scorm`, or an LTI issuer's. */
  readonly namespace: string;
  /** As sent; may be a placeholder. */
  readonly identity: string;
  readonly name: string;
  /** The LMS's. */
  readonly origin: string;
  /** What the LMS says about the attempt, which tells whether it was reset there (docs/bridge.md §4). */
  readonly lms: { readonly entry: string; readonly marker: string };
  /** The front door has counted too many launches of this id or from this address. */
  readonly too_many: boolean;
}

/** Ids of attempts in an LMS's suspend data: `tg1.<attempt id>`. */
const MARKER = /^tg1\.([0-9a-f-]{36})$/;

export function markerOf(attemptId: string): string {
  return `tg1.${attemptId}`;
}

export function isMarker(suspendData: string): boolean {
  return MARKER.test(suspendData.trim());
}
