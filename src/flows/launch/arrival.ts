import type { LaunchAllowed } from "../../core/bridge.ts";

/** A request to launch, whatever the protocol it came by (DESIGN §4). Nobody after it asks which one it was. */
export interface Arrival {
  readonly delivery_key: string;
  /** Whose host it came to, where accounts have hosts of their own; null: everyone's. */
  readonly account_id: string | null;
  /**
   * Of whose connection it is, where a signature proves it (LTI); then its origin says nothing more. Null: only what it
   * says about itself.
   */
  readonly proved_connection_id: string | null;
  /** Teaches, or was made up by the LMS to try things out: new here, they may launch without a seat (RULES §6). */
  readonly test_candidate: boolean;
  /** What makes the request unique: the same one sent again is the same launch (RULES §1). */
  readonly nonce: string;
  /** Of identities: `scorm`, or an LTI issuer's. */
  readonly namespace: string;
  /** As sent; may be a placeholder. */
  readonly identity: string;
  readonly name: string;
  /** The LMS's. */
  readonly origin: string;
  /** What the LMS says about the attempt, which tells whether it was reset there (docs/bridge.md §4); null: it keeps nothing of it. */
  readonly lms: {
    readonly entry: string;
    readonly marker: string;
    readonly mode: LaunchAllowed["mode"];
  } | null;
  /** The front door has counted too many launches of this id or from this address. */
  readonly too_many: boolean;
}

/** Ids of attempts in an LMS's suspend data: `tg1.<attempt id>`. */
const MARKER = /^tg1\.([0-9a-f-]{36})$/;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export function markerOf(attemptId: string): string {
  return `tg1.${attemptId}`;
}

/** The attempt that a marker names; null where it is none, or names nothing that could be one. */
export function attemptMarked(suspendData: string): string | null {
  const id = MARKER.exec(suspendData.trim())?.[1];
  return id !== undefined && UUID.test(id) ? id : null;
}

export function isMarker(suspendData: string): boolean {
  return MARKER.test(suspendData.trim());
}
