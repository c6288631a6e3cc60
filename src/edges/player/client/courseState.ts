import { COURSE_STATE_KEY, FIRST_ITEM, type StateChanges } from "../../../core/bridge.ts";

/** Elements of the pseudo item that the player keeps for itself. */
export const LAST_ITEM = "last_item";
/** The item whose SCO was initialized and has not finished; "" where none. */
export const OPEN_SESSION = "open_session";
export const RESTART = "sequencing.restart";

type Values = Record<string, string>;

/** The accepted values of every activity as they stand now. Each change is passed on to be saved. */
export class CourseState {
  readonly #items = new Map<string, Values>();
  readonly #onChange: (item: string, element: string, value: string | null) => void;

  constructor(stored: StateChanges, onChange: (item: string, element: string, value: string | null) => void) {
    this.#onChange = onChange;
    for (const [item, elements] of Object.entries(stored))
      for (const [element, value] of Object.entries(elements))
        if (value !== null) this.#valuesOf(item)[element] = value;
  }

  elements(item: string): Readonly<Values> {
    return this.#items.get(item) ?? {};
  }

  get(item: string, element: string): string {
    return this.#items.get(item)?.[element] ?? "";
  }

  set(item: string, element: string, value: string): void {
    const values = this.#valuesOf(item);
    if (values[element] === value) return;
    values[element] = value;
    this.#onChange(item, element, value);
  }

  unset(item: string, element: string): void {
    const values = this.#valuesOf(item);
    if (values[element] === undefined) return;
    delete values[element];
    this.#onChange(item, element, null);
  }

  /** The item begins anew. */
  clear(item: string): void {
    for (const element of Object.keys(this.elements(item))) this.unset(item, element);
  }

  get course(): Readonly<Values> {
    return this.elements(COURSE_STATE_KEY);
  }

  /** Sets what is given of the course's own elements with this prefix, and unsets the others. */
  replaceCourse(prefix: string, elements: Readonly<Values>): void {
    for (const [element, value] of Object.entries(elements)) this.set(COURSE_STATE_KEY, element, value);
    for (const element of Object.keys(this.course))
      if (element.startsWith(prefix) && elements[element] === undefined)
        this.unset(COURSE_STATE_KEY, element);
  }

  setCourse(element: string, value: string): void {
    this.set(COURSE_STATE_KEY, element, value);
  }

  /** Where the last launch went away in the middle of a SCO, that SCO is resumed (DESIGN §5). */
  resumeInterrupted(exitElement: string): void {
    const interrupted = this.course[OPEN_SESSION] ?? "";
    if (interrupted === "") return;
    this.set(interrupted, exitElement, "suspend");
    this.setCourse(OPEN_SESSION, "");
  }

  /** Where the learner is in a course of several items; and, once, where they began. */
  keepPlace(item: string): void {
    if (this.course[LAST_ITEM] === undefined) this.setCourse(FIRST_ITEM, item);
    this.setCourse(LAST_ITEM, item);
  }

  #valuesOf(item: string): Values {
    let values = this.#items.get(item);
    if (!values) {
      values = {};
      this.#items.set(item, values);
    }
    return values;
  }
}
