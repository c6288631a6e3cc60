/** What the practice platform keeps, and what its server and its page say to one another. */

export type Role = "learner" | "instructor";

export interface Learner {
  /** `sub` in LTI 1.3. */
  readonly user_id: string;
  /** `user_id` in LTI 1.1: platforms that moved to 1.3 changed it. */
  readonly former_user_id: string;
  readonly given_name: string;
  readonly family_name: string;
  readonly email: string;
  /** `lis_person_sourcedid`: as the student records name them. */
  readonly sourcedid: string;
  readonly role: Role;
  /** Whether they left the course: they are no members any more. */
  readonly left: boolean;
}

/** A tool of LTI 1.3, as it was registered here. */
export interface Tool {
  readonly client_id: string;
  readonly deployment_id: string;
  readonly name: string;
  readonly login_url: string;
  readonly redirect_urls: readonly string[];
  readonly jwks_url: string;
  readonly target_url: string;
  /** Where a LtiDeepLinkingRequest goes; null where the tool offers none. */
  readonly deep_linking_url: string | null;
  readonly scopes: readonly string[];
  readonly registered: "by hand" | "by dynamic registration";
  readonly registered_at: string;
}

/** A key and secret of LTI 1.1. */
export interface Consumer {
  readonly key: string;
  readonly secret: string;
}

/** One activity in the course: what a learner clicks. */
export interface Link {
  readonly link_id: string;
  readonly title: string;
  readonly url: string;
  readonly custom: Readonly<Record<string, string>>;
  /** Of the tool, in LTI 1.3; null in 1.1. */
  readonly client_id: string | null;
  /** In LTI 1.1; null in 1.3. */
  readonly consumer_key: string | null;
}

/** A column of the gradebook. */
export interface LineItem {
  readonly line_item_id: string;
  /** The tool that may see it; null: the column of a link of LTI 1.1. */
  readonly client_id: string | null;
  readonly label: string;
  readonly score_maximum: number;
  readonly link_id: string | null;
  readonly resource_id: string;
  readonly tag: string;
  readonly made: "by deep linking" | "by the tool" | "with the link";
}

export const ACTIVITY = ["Initialized", "Started", "InProgress", "Submitted", "Completed"] as const;
export const GRADING = ["FullyGraded", "Pending", "PendingManual", "Failed", "NotReady"] as const;

/** One score that came for one learner in one column; all are kept, the last one counts. */
export interface Score {
  readonly line_item_id: string;
  readonly user_id: string;
  readonly score_given: number | null;
  readonly score_maximum: number | null;
  /** Null in LTI 1.1, which knows a grade and nothing else. */
  readonly activity: (typeof ACTIVITY)[number] | null;
  readonly grading: (typeof GRADING)[number] | null;
  readonly comment: string;
  /** When it happened, as the tool says. */
  readonly timestamp: string;
  readonly received_at: string;
}

export interface LaunchSettings {
  readonly shown_in: "frame" | "window";
  readonly login_by: "GET" | "POST";
  /** Whether the page offers LTI platform storage. */
  readonly storage: boolean;
  /** What is told of the learner. */
  readonly tells: "all" | "names" | "id" | "nothing";
  /** The key under which the same activities were launched by LTI 1.1; "": no migration claim. */
  readonly former_key: string;
}

export interface Launch {
  readonly launch_id: string;
  readonly type: "resource_link" | "deep_linking";
  readonly link_id: string | null;
  readonly client_id: string | null;
  readonly user_id: string;
  readonly role: Role;
  readonly settings: LaunchSettings;
  readonly launched_at: string;
}

/** What goes wrong, while it is switched on. */
export interface Faults {
  /** Every endpoint answers 503. */
  readonly down: boolean;
  /** Every endpoint answers this late. */
  readonly hang_seconds: number;
  /** How far the platform's clock is off. */
  readonly clock_skew_seconds: number;
  /** Scores are refused with 500; all else works. */
  readonly refuses_scores: boolean;
}

export interface LogEntry {
  readonly number: number;
  readonly at: string;
  /** `in`: from the tool. `out`: to it. `here`: neither. */
  readonly direction: "in" | "out" | "here";
  readonly words: string;
  readonly failed: boolean;
  /** The message itself. */
  readonly detail: string;
}

export interface SigningKey {
  readonly kid: string;
  /** PKCS 8, PEM. */
  readonly private_key: string;
}

interface AccessToken {
  readonly token: string;
  readonly client_id: string;
  readonly scopes: readonly string[];
  readonly ends_at: string;
}

/** All that is kept. */
export interface Kept {
  /** The first signs and is the only one published: a key that was rotated away is gone at once. */
  readonly keys: readonly SigningKey[];
  readonly learners: readonly Learner[];
  readonly tools: readonly Tool[];
  readonly consumers: readonly Consumer[];
  readonly links: readonly Link[];
  readonly line_items: readonly LineItem[];
  readonly scores: readonly Score[];
  readonly launches: readonly Launch[];
  readonly access_tokens: readonly AccessToken[];
  /** Each for one registration. */
  readonly registration_tokens: readonly string[];
  /** `jti`, nonces and OAuth nonces that were seen: none counts twice. */
  readonly seen: readonly string[];
  readonly faults: Faults;
  readonly log: readonly LogEntry[];
}

/** What the page may know: `GET /api/state`. */
export interface PlatformState
  extends Pick<Kept, "learners" | "tools" | "links" | "line_items" | "scores" | "faults" | "log"> {
  readonly consumer_keys: readonly string[];
  /** What a tool must be told. */
  readonly values: PlatformValues;
  readonly kid: string;
  readonly has_gateway: boolean;
}

export interface PlatformValues {
  readonly issuer: string;
  readonly configuration_url: string;
  readonly authorization_url: string;
  readonly token_url: string;
  readonly jwks_url: string;
}

/** What the page submits into the frame or window: a login initiation, or a whole LTI 1.1 launch. */
export interface LaunchForm {
  readonly launch_id: string;
  readonly method: "GET" | "POST";
  readonly action: string;
  readonly fields: Readonly<Record<string, string>>;
}

/** A link of the gateway that can be added with one click. */
export interface OfferedLink {
  readonly title: string;
  readonly url: string;
}
