/** When people are alerted about a license (docs/alerts.md), unless it has rules of its own. */

export interface AlertRules {
  /** Hundredths of what was bought. */
  readonly threshold_percents: readonly number[];
  /** Whether the first seat beyond what was bought is told. */
  readonly overage: boolean;
  readonly ending_days: readonly number[];
}

export const USUAL_ALERT_RULES: AlertRules = {
  threshold_percents: [80, 100],
  overage: true,
  ending_days: [60, 30, 7],
};

/** Nobody is told of an end that is further off. */
export const MOST_ENDING_DAYS = 366;

/** Null: as usual. */
export type OwnAlertRules = { readonly [Name in keyof AlertRules]: AlertRules[Name] | null };

export function alertRulesOf(own: OwnAlertRules): AlertRules {
  return {
    threshold_percents: own.threshold_percents ?? USUAL_ALERT_RULES.threshold_percents,
    overage: own.overage ?? USUAL_ALERT_RULES.overage,
    ending_days: own.ending_days ?? USUAL_ALERT_RULES.ending_days,
  };
}
