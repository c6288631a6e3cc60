/**
 * The parts of scorm-again that are used here. Its own declarations name default exports that its modules do
 * not have, so they cannot be imported as they stand.
 */

interface Api {
  lastErrorCode: string;
  /** Throws, or sets an error code, where a value is refused. */
  setCMIValue(element: string, value: string): string;
}

export interface Api12 extends Api {
  LMSInitialize(parameter: string): string;
  LMSFinish(parameter: string): string;
  LMSGetValue(element: string): string;
  LMSSetValue(element: string, value: string): string;
  LMSCommit(parameter: string): string;
  LMSGetLastError(): string;
  LMSGetErrorString(code: string): string;
  LMSGetDiagnostic(code: string): string;
}

export interface Api2004 extends Api {
  readonly adl: {
    readonly nav: { request: string; readonly request_valid: Record<"continue" | "previous", string> };
  };
  Initialize(parameter: string): string;
  Terminate(parameter: string): string;
  GetValue(element: string): string;
  SetValue(element: string, value: string): string;
  Commit(parameter: string): string;
  GetLastError(): string;
  GetErrorString(code: string): string;
  GetDiagnostic(code: string): string;
  processNavigationRequest(request: string, target?: string): boolean;
  previewNavigationRequest(request: "continue" | "previous"): { readonly outcome: string };
  getSequencingService(): SequencingService | null;
  getSequencingState(): { readonly currentActivity: Activity | null; readonly rootActivity: Activity | null };
  getActivityTrackingData(id: string): Tracking | null;
}

interface SequencingService {
  getOverallSequencingProcess(): SequencingProcess | null;
  triggerRollupOnCMIChange(element: string, before: string, after: string): void;
}

export interface SequencingProcess {
  getSuspensionState(): SuspensionState;
  restoreSuspensionState(state: SuspensionState): void;
  setContentDelivered(delivered: boolean): void;
  updateNavigationValidity(): void;
  getNavigationLookAhead(): {
    readonly continueEnabled: boolean;
    readonly previousEnabled: boolean;
    readonly availableChoices: readonly string[];
  };
  getEffectiveHideLmsUi(activity: Activity | null): readonly string[];
}

export interface Activity {
  readonly id: string;
  readonly isSuspended: boolean;
  readonly deliveryWasResumed: boolean;
  readonly isHiddenFromChoice: boolean;
  readonly parent: Activity | null;
  readonly children: readonly Activity[];
  restoreSuspensionState(state: ActivityState): void;
}

export interface ActivityState extends Readonly<Record<string, unknown>> {
  readonly id: string;
  readonly children: readonly ActivityState[];
}

export interface SuspensionState {
  readonly activityTree: ActivityState;
  readonly currentActivityId: string | null;
  readonly suspendedActivityId: string | null;
  readonly globalObjectives: Readonly<Record<string, unknown>>;
}

export interface Tracking {
  readonly completionStatus: string;
  readonly successStatus: string;
  readonly progressMeasure: number | null;
  readonly attemptCompletionAmount: number;
  readonly attemptCompletionAmountStatus: boolean;
  readonly score: number | null;
}

/** Settings that both standards share: nothing is sent, nothing logged; both are ours to do. */
export const QUIET = {
  autocommit: false,
  lmsCommitUrl: false,
  mastery_override: false,
  selfReportSessionTime: false,
  logLevel: 5,
  onLogMessage: () => undefined,
  httpService: {
    processHttpRequest: () => ({ result: "true", errorCode: 0 }),
    updateSettings: () => undefined,
  },
} as const;

/** Loads element by element: scorm-again's own loaders stop at the first stored value that they refuse. */
export function seed(api: Api, elements: Iterable<readonly [string, string]>): void {
  for (const [element, value] of elements) {
    // It makes no new array entries while an error stands.
    api.lastErrorCode = "0";
    try {
      api.setCMIValue(element, value);
    } catch {
      // Accepted in an earlier session and refused now: the course meets it as unset, as after any reset.
    }
  }
}
