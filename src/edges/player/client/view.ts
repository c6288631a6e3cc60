import type { Speech, Word } from "./words.ts";

/** Everything the learner sees of the player. Text goes in as text only: titles come from courses. */

export interface PageAction {
  readonly label: string;
  readonly run: () => void;
}

export interface Page {
  readonly title: string;
  readonly paragraphs: readonly string[];
  /** Small facts below: a reference code, a status, a time. */
  readonly facts?: readonly { readonly name: string; readonly value: string }[];
  readonly actions?: readonly PageAction[];
  readonly mood?: "calm" | "busy" | "warning" | "done";
  /** BCP 47, where the words are not in the player's own language. */
  readonly language?: string;
}

export type ItemState = "completed" | "passed" | "failed" | "incomplete" | "not_attempted" | "locked";

export interface ContentsItem {
  readonly id: string;
  readonly title: string;
  /** Nothing to open by itself: a heading of what is below it. */
  readonly isGroup: boolean;
  readonly canOpen: boolean;
  readonly isCurrent: boolean;
  readonly state: ItemState;
  /** Says it in words: the state, or why it is locked. */
  readonly note: string;
  readonly items: readonly ContentsItem[];
}

export interface CourseControls {
  readonly onPrevious: () => void;
  readonly onNext: () => void;
  readonly onExit: () => void;
  readonly onChoose: (item: string) => void;
}

type Child = Node | string;

export function make<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Readonly<Record<string, string>>,
  ...children: readonly Child[]
): HTMLElementTagNameMap[Name] {
  const element = document.createElement(name);
  for (const [attribute, value] of Object.entries(attributes)) element.setAttribute(attribute, value);
  element.append(...children);
  return element;
}

const button = (label: string, run: () => void, attributes: Readonly<Record<string, string>> = {}) => {
  const element = make("button", { type: "button", ...attributes }, label);
  element.addEventListener("click", run);
  return element;
};

/** At phone width an arrow stands for the words. */
const stepButton = (step: "previous" | "next", label: string, run: () => void) => {
  const element = button("", run, { class: `step step-${step}`, "aria-label": label });
  element.append(make("span", { class: "step-words" }, label));
  return element;
};

/** Below this width the contents lie over the course and begin closed. */
const NARROW = "(max-width: 48rem)";

export class View {
  readonly #root: HTMLElement;
  readonly #speech: Speech;

  constructor(root: HTMLElement, speech: Speech) {
    this.#root = root;
    this.#speech = speech;
    document.documentElement.lang = speech.language;
  }

  say(word: Word, values?: Readonly<Record<string, string>>): string {
    return this.#speech.say(word, values);
  }

  /** A time of day in the learner's own zone. */
  time(iso: string): string {
    return new Date(iso).toLocaleTimeString(this.#speech.locale, { hour: "2-digit", minute: "2-digit" });
  }

  /** The same moment in full, with its time zone. */
  fullTime(iso: string): string {
    return new Date(iso).toLocaleString(this.#speech.locale, { dateStyle: "medium", timeStyle: "long" });
  }

  percent(share: number): string {
    return new Intl.NumberFormat(this.#speech.locale, { style: "percent", maximumFractionDigits: 1 }).format(
      share,
    );
  }

  /** A page of words in place of the course. */
  showPage(page: Page): void {
    document.title = page.title;
    const heading = make("h1", { tabindex: "-1" }, page.title);
    const article = make(
      "main",
      { class: `page page-${page.mood ?? "calm"}`, ...(page.language ? { lang: page.language } : {}) },
      make("div", { class: "page-mark", "aria-hidden": "true" }),
      heading,
      ...page.paragraphs.map((text) => make("p", {}, text)),
    );
    if (page.facts && page.facts.length > 0)
      article.append(
        make(
          "dl",
          {},
          ...page.facts.map(({ name, value }) =>
            make("div", {}, make("dt", {}, name), make("dd", {}, value)),
          ),
        ),
      );
    if (page.actions && page.actions.length > 0)
      article.append(
        make("div", { class: "actions" }, ...page.actions.map(({ label, run }) => button(label, run))),
      );
    article.append(make("p", { class: "page-live" }));
    this.#root.replaceChildren(article);
    // Read out from its heading, as a page that was just loaded would be; one that only says "wait" is not.
    if (page.mood !== "busy") heading.focus();
  }

  /** The line at the foot of a page that changes while it stands. */
  updatePage(text: string): void {
    const line = this.#root.querySelector(".page-live");
    if (line) line.textContent = text;
  }

  showCourse(title: string, withContents: boolean, controls: CourseControls): CourseView {
    document.title = title;
    const view = new CourseView(this.#speech, title, withContents, controls);
    this.#root.replaceChildren(view.element);
    return view;
  }

  /** A question that must be answered before anything else. */
  ask(title: string, text: string, action: PageAction): void {
    this.showPage({ title, paragraphs: [text], actions: [action], mood: "warning" });
  }
}

/** The bar, the contents and the place of the course. */
export class CourseView {
  readonly element: HTMLElement;
  /** Where the course's frame goes. */
  readonly stage: HTMLElement;
  readonly #speech: Speech;
  readonly #controls: CourseControls;
  readonly #saved: HTMLElement;
  readonly #notices: HTMLElement;
  readonly #list: HTMLElement;
  /** Brings an entry of the contents up to date, by item. */
  readonly #entries = new Map<string, (item: ContentsItem) => void>();
  #shape = "";
  readonly #previous: HTMLButtonElement;
  readonly #next: HTMLButtonElement;
  readonly #exit: HTMLButtonElement;
  readonly #toggle: HTMLButtonElement;

  constructor(speech: Speech, title: string, withContents: boolean, controls: CourseControls) {
    this.#speech = speech;
    this.#controls = controls;
    this.stage = make("div", { class: "stage" });
    this.#saved = make("span", { class: "saved", role: "status" });
    this.#notices = make("div", { class: "notices", role: "status" });
    this.#list = make("div", { class: "contents-list" });
    this.#previous = stepButton("previous", speech.say("previous"), controls.onPrevious);
    this.#next = stepButton("next", speech.say("next"), controls.onNext);
    this.#exit = button(speech.say("exit"), controls.onExit, { class: "exit" });
    this.#toggle = button(speech.say("contents"), () => this.#setOpen(!this.#isOpen), {
      class: "toggle",
      "aria-controls": "contents",
    });
    this.element = make(
      "div",
      { class: withContents ? "player player-contents" : "player" },
      make(
        "header",
        { class: "bar" },
        ...(withContents ? [this.#toggle] : []),
        make("h1", { class: "title", title }, title),
        this.#saved,
        ...(withContents ? [make("div", { class: "steps" }, this.#previous, this.#next)] : []),
        this.#exit,
      ),
      ...(withContents ? [this.#contents()] : []),
      make("main", { class: "course-area" }, this.#notices, this.stage),
    );
    if (withContents) this.#setOpen(!window.matchMedia(NARROW).matches);
  }

  setSaved(iso: string, words: { readonly short: string; readonly full: string }): void {
    this.#saved.dataset["state"] = "saved";
    this.#saved.dataset["at"] = iso;
    this.#saved.title = words.full;
    // Only a changed minute is worth reading out.
    if (this.#saved.textContent !== words.short) this.#saved.textContent = words.short;
  }

  setTrouble(text: string): void {
    this.#saved.dataset["state"] = "trouble";
    if (this.#saved.textContent !== text) this.#saved.textContent = text;
  }

  setSteps(steps: { readonly previous: boolean; readonly next: boolean }, hidden: ReadonlySet<string>): void {
    this.#previous.disabled = !steps.previous;
    this.#next.disabled = !steps.next;
    this.#previous.hidden = hidden.has("previous");
    this.#next.hidden = hidden.has("continue");
    this.#exit.hidden = hidden.has("exitAll") && hidden.has("suspendAll");
  }

  /** Entries are changed in place: one that was replaced between a press and its release would not be clicked. */
  setContents(items: readonly ContentsItem[]): void {
    const all = flatten(items);
    const shape = all.map(({ id }) => id).join("\n");
    if (shape !== this.#shape) {
      this.#shape = shape;
      this.#entries.clear();
      this.#list.replaceChildren(this.#branch(items));
    }
    for (const item of all) this.#entries.get(item.id)?.(item);
  }

  notice(text: string): void {
    const dismiss = button(this.#speech.say("dismiss"), () => notice.remove());
    const notice = make("div", { class: "notice" }, make("span", {}, text), dismiss);
    this.#notices.replaceChildren(notice);
  }

  message(text: string): void {
    this.stage.replaceChildren(make("p", { class: "stage-message" }, text));
  }

  #contents(): HTMLElement {
    return make(
      "nav",
      { id: "contents", class: "contents", "aria-label": this.#speech.say("contents") },
      make("h2", {}, this.#speech.say("contents")),
      this.#list,
    );
  }

  get #isOpen(): boolean {
    return this.element.classList.contains("is-open");
  }

  #setOpen(open: boolean): void {
    this.element.classList.toggle("is-open", open);
    this.#toggle.setAttribute("aria-expanded", String(open));
  }

  #branch(items: readonly ContentsItem[]): HTMLElement {
    return make("ol", {}, ...items.map((item) => this.#entry(item)));
  }

  #entry(item: ContentsItem): HTMLElement {
    const mark = make("span", { "aria-hidden": "true" });
    const note = make("span", { class: "entry-note" });
    const text = make(
      "span",
      { class: "entry-text" },
      make("span", { class: "entry-title" }, item.title),
      note,
    );
    const opener = item.isGroup ? null : this.#opener(item.id, mark, text);
    const entry = opener?.element ?? make("div", { class: "entry entry-group" }, mark, text);
    this.#entries.set(item.id, (now) => {
      mark.className = `mark mark-${now.state}`;
      if (note.textContent !== now.note) note.textContent = now.note;
      opener?.set(now);
    });
    return make("li", {}, entry, ...(item.items.length > 0 ? [this.#branch(item.items)] : []));
  }

  #opener(id: string, mark: HTMLElement, text: HTMLElement) {
    const element = make("button", { type: "button", class: "entry", "data-item": id }, mark, text);
    let isOpenable = false;
    element.addEventListener("click", () => {
      if (!isOpenable) return;
      if (window.matchMedia(NARROW).matches) this.#setOpen(false);
      this.#controls.onChoose(id);
    });
    const set = ({ canOpen, isCurrent }: ContentsItem) => {
      isOpenable = canOpen && !isCurrent;
      setAttribute(element, "aria-current", isCurrent ? "page" : null);
      // Not `disabled`: why it is locked must still be reachable by keyboard and read out.
      setAttribute(element, "aria-disabled", canOpen ? null : "true");
    };
    return { element, set };
  }
}

function flatten(items: readonly ContentsItem[]): readonly ContentsItem[] {
  return items.flatMap((item) => [item, ...flatten(item.items)]);
}

function setAttribute(element: HTMLElement, name: string, value: string | null): void {
  if (value === null) element.removeAttribute(name);
  else element.setAttribute(name, value);
}
