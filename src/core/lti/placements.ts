/** Where in a platform courses are picked: which places it is asked for, and what each makes of a link. */

/** LTI Dynamic Registration 1.0 §4.1. */
const CONTENT_AREA = "ContentArea";
/** What Canvas calls the content area itself: asked for by both names, it would be there twice. */
const CANVAS_CONTENT_AREA = "link_selection";
/** Older Canvases name their own placements without it. */
const CANVAS_PREFIX = "https://canvas.instructure.com/lti/";

/** Places of modules: their items have no grade, and Canvas makes an assignment of one that comes with a line item. */
const CANVAS_MODULE_PLACEMENTS: readonly string[] = [
  CANVAS_CONTENT_AREA,
  // To a module that is there, and to a new one: several at once.
  "module_menu_modal",
  "module_index_menu_modal",
  // The former name of `link_selection`.
  "resource_selection",
];

const CANVAS_ASSIGNMENT_PLACEMENTS: readonly string[] = ["assignment_selection", "course_assignments_menu"];

/** All in Canvas where links are made; those of its menus take several at once. */
export const CANVAS_PICKING_PLACEMENTS = [
  CANVAS_CONTENT_AREA,
  "module_menu_modal",
  "module_index_menu_modal",
  "assignment_selection",
  "course_assignments_menu",
] as const;

/** Of what the platform offers, in its own spelling, what it is asked for. */
export function pickingPlacementsAmong(offered: readonly string[]): readonly string[] {
  const canvas = CANVAS_PICKING_PLACEMENTS.flatMap(
    (name) => [CANVAS_PREFIX + name, name].find((spelling) => offered.includes(spelling)) ?? [],
  );
  const hasArea =
    offered.includes(CONTENT_AREA) && !canvas.some((name) => name.endsWith(CANVAS_CONTENT_AREA));
  return hasArea ? [CONTENT_AREA, ...canvas] : canvas;
}

/** Whether links that are picked there are usually graded; null: the place says nothing of it. */
export function isUsuallyGraded(placement: string): boolean | null {
  if (CANVAS_ASSIGNMENT_PLACEMENTS.includes(placement)) return true;
  return CANVAS_MODULE_PLACEMENTS.includes(placement) ? false : null;
}
