import type { ActivityState, SuspensionState } from "./scormAgain.ts";

/**
 * The state of an activity tree as elements of the pseudo item `$course`: one per activity, holding only what
 * differs from an untouched tree, so that a step in a large course is a small delta. Pure.
 */

export const POSITION = "sequencing.position";
export const OBJECTIVES = "sequencing.objectives";
const ACTIVITY = "sequencing.activity.";

type Fields = Record<string, unknown>;

/** What each activity of an untouched tree looks like. */
export type Untouched = ReadonlyMap<string, ActivityState>;

export function untouchedOf(state: SuspensionState): Untouched {
  return new Map(everyActivity(state.activityTree).map((activity) => [activity.id, activity]));
}

export function toElements(state: SuspensionState, untouched: Untouched): Record<string, string> {
  const elements: Record<string, string> = {
    [POSITION]: JSON.stringify({ current: state.currentActivityId, suspended: state.suspendedActivityId }),
    [OBJECTIVES]: JSON.stringify(knownOnly(state.globalObjectives)),
  };
  for (const activity of everyActivity(state.activityTree)) {
    const difference = differenceOf(activity, untouched.get(activity.id));
    if (Object.keys(difference).length > 0)
      elements[`${ACTIVITY}${activity.id}`] = JSON.stringify(difference);
  }
  return elements;
}

/** Null where nothing usable is stored: the course then begins as if it were new. */
export function fromElements(
  elements: Readonly<Record<string, string>>,
  root: ActivityState,
): SuspensionState | null {
  const position = parse(elements[POSITION]);
  if (position === null) return null;
  return {
    activityTree: withDifferences(root, elements),
    currentActivityId: textOrNull(position["current"]),
    suspendedActivityId: textOrNull(position["suspended"]),
    globalObjectives: parse(elements[OBJECTIVES]) ?? {},
  };
}

/**
 * The same state with one leaf suspended, so that `resumeAll` delivers it within the attempt that was under
 * way. An attempt of ours goes on until someone resets it, however the course was left (RULES §1).
 */
export function suspendedAt(state: SuspensionState, leaf: string): SuspensionState {
  const path = new Set(pathTo(state.activityTree, leaf));
  const mark = (activity: ActivityState): ActivityState => ({
    ...activity,
    isActive: false,
    isSuspended: path.has(activity.id) || activity["isSuspended"] === true,
    children: activity.children.map(mark),
  });
  return {
    ...state,
    activityTree: mark(state.activityTree),
    currentActivityId: null,
    suspendedActivityId: leaf,
  };
}

function everyActivity(activity: ActivityState): readonly ActivityState[] {
  return [activity, ...activity.children.flatMap(everyActivity)];
}

function pathTo(activity: ActivityState, id: string): readonly string[] {
  if (activity.id === id) return [id];
  for (const child of activity.children) {
    const path = pathTo(child, id);
    if (path.length > 0) return [activity.id, ...path];
  }
  return [];
}

const idsOf = (activities: readonly ActivityState[]): readonly string[] => activities.map(({ id }) => id);

function differenceOf(activity: ActivityState, untouched: ActivityState | undefined): Fields {
  const difference: Fields = {};
  for (const [name, value] of Object.entries(activity)) {
    if (name === "children") continue;
    if (JSON.stringify(value) !== JSON.stringify(untouched?.[name])) difference[name] = value;
  }
  const order = idsOf(activity.children);
  if (order.join("\n") !== idsOf(untouched?.children ?? []).join("\n")) difference["order"] = order;
  return difference;
}

function withDifferences(activity: ActivityState, elements: Readonly<Record<string, string>>): ActivityState {
  const { order, ...fields } = parse(elements[`${ACTIVITY}${activity.id}`]) ?? {};
  const children = activity.children.map((child) => withDifferences(child, elements));
  const rank = (child: ActivityState) => (Array.isArray(order) ? order.indexOf(child.id) : 0);
  return { ...activity, ...fields, children: children.sort((left, right) => rank(left) - rank(right)) };
}

/** A global objective of which nothing is known yet is as good as none. */
function knownOnly(objectives: Readonly<Record<string, unknown>>): Fields {
  return Object.fromEntries(
    Object.entries(objectives).filter(([, objective]) =>
      Object.entries(objective as Fields).some(([name, value]) => name.endsWith("Known") && value === true),
    ),
  );
}

function parse(text: string | undefined): Fields | null {
  if (text === undefined) return null;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : null;
  } catch {
    return null;
  }
}

const textOrNull = (value: unknown): string | null => (typeof value === "string" ? value : null);
