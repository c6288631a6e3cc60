/**
 * Whether a delivery grows oddly: its package may have been handed on (DESIGN §5: its key is no secret). Nothing is decided
 * by it but that somebody should look: a company may well roll a course out on a Monday.
 */

export const ALARM_TYPES = ["learners_surge", "many_origins", "odd_identities"] as const;
export type AlarmType = (typeof ALARM_TYPES)[number];

export interface DeliveryDay {
  readonly new_identities: number;
  /** By the shape of the ids: `number`, `email`, … */
  readonly new_shapes: Readonly<Record<string, number>>;
}

export interface Growth {
  readonly today: DeliveryDay;
  /** The days before it on which anything happened, at most four weeks of them. */
  readonly before: readonly DeliveryDay[];
  readonly days_since_first: number;
  readonly origins: number;
  readonly origins_new_today: number;
}

export interface GrowthThresholds {
  /** Fewer new learners in a day are never odd. */
  readonly least_new_learners: number;
  /** Times the busiest day of the four weeks before. */
  readonly factor: number;
  /** An LMS has an address or two. */
  readonly most_origins: number;
}

export interface Suspicion {
  readonly type: AlarmType;
  /** What it is about, as a number: an acknowledged alarm is raised again when this has grown by half. */
  readonly size: number;
  readonly evidence: Readonly<Record<string, number | string>>;
}

/** In its first days a delivery has no history to be measured by. */
const DAYS_OF_HISTORY = 7;
/** A shape is usual from one in a hundred on, once so many ids are known. */
const [KNOWN_IDS, USUAL_SHARE] = [100, 0.01];

export function suspicionsOf(growth: Growth, thresholds: GrowthThresholds): Suspicion[] {
  return [surge(growth, thresholds), origins(growth, thresholds), oddIds(growth, thresholds)].filter(
    (suspicion) => suspicion !== null,
  );
}

function surge({ today, before, days_since_first }: Growth, thresholds: GrowthThresholds): Suspicion | null {
  if (days_since_first < DAYS_OF_HISTORY) return null;
  const busiest = Math.max(0, ...before.map((day) => day.new_identities));
  const odd = Math.max(thresholds.least_new_learners, thresholds.factor * busiest);
  if (today.new_identities < odd) return null;
  const size = today.new_identities;
  return {
    type: "learners_surge",
    size,
    evidence: { new_learners_today: size, busiest_day_before: busiest },
  };
}

function origins(growth: Growth, { most_origins }: GrowthThresholds): Suspicion | null {
  const { origins: size, origins_new_today } = growth;
  if (size <= most_origins || origins_new_today === 0) return null;
  return { type: "many_origins", size, evidence: { origins: size, new_today: origins_new_today } };
}

function oddIds({ today, before }: Growth, { least_new_learners }: GrowthThresholds): Suspicion | null {
  const known = sumOf(before.map((day) => day.new_identities));
  if (known < KNOWN_IDS) return null;
  const odd = Object.entries(today.new_shapes).filter(
    ([shape]) => sumOf(before.map((day) => day.new_shapes[shape] ?? 0)) < known * USUAL_SHARE,
  );
  const size = sumOf(odd.map(([, count]) => count));
  if (size < least_new_learners) return null;
  const shapes = odd.map(([shape]) => shape).sort();
  return {
    type: "odd_identities",
    size,
    evidence: { odd_ids_today: size, shapes: shapes.join(", "), ids_before: known },
  };
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}

/** Whether a suspicion says more than what somebody has looked at already. */
export function isNews(suspicion: Suspicion, acknowledgedSize: number | null): boolean {
  return acknowledgedSize === null || suspicion.size > acknowledgedSize * 1.5;
}
