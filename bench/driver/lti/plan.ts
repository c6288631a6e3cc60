/** What the driver of launches over LTI is told to do. */

/** A platform, as a tool is told of it, and what it signs with. */
export interface LtiPlatform {
  readonly origin: string;
  readonly client_id: string;
  readonly deployment_id: string;
  readonly kid: string;
  /** PEM. */
  readonly private_key: string;
}

/** Where a tool is launched, and how its first page is known. */
export interface LtiTool {
  readonly port: number;
  readonly login_url: string;
  readonly target_link_uri: string;
  /** The first page holds it. */
  readonly page_has: string;
  /** Where the page's script sends what stands in the page's fragment, and how the answer begins; null: it has none. */
  readonly ticket: { readonly path: string; readonly expected: string } | null;
}

export interface LtiPlan {
  readonly platform: LtiPlatform;
  readonly tool: LtiTool;
  /** Round and round: `<prefix><number>`. */
  readonly learners: { readonly prefix: string; readonly count: number };
  /** Each does one thing after the other. */
  readonly connections: number;
  /** At least so many before anything is counted, however long it takes. */
  readonly warm_up_launches: number;
  readonly warm_up_seconds: number;
  /** Of the tool's time: what the driver signs in is not counted. */
  readonly seconds: number;
}
