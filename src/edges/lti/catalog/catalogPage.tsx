/** The page on which teachers and administrators pick courses. It needs no script: each press sends all that it knows. */

import type { Language } from "../../../core/languages.ts";
import { kindOf } from "../../../core/licensing/kinds/index.ts";
import { type CatalogWords, filledIn, type NoticeWords } from "../../../core/lti/catalogWords.ts";
import { proposesGrade, takesGrades, takesSeveral } from "../../../core/lti/picking.ts";
import {
  type CatalogAsked,
  type CatalogItem,
  type CatalogView,
  placeName,
  type Pick as Selected,
} from "../../../flows/lti/catalog/browse.ts";
import type { PickingMessage } from "../../../flows/lti/catalog/session.ts";
import { FIELDS, hereOf } from "./catalogForm.ts";
import { documentOf } from "./page.tsx";

export const CATALOG_PATH = "/lti/catalog";

export interface CatalogPageProps {
  readonly language: Language;
  readonly words: CatalogWords;
  readonly message: PickingMessage;
  /** Sealed. */
  readonly session: string;
  readonly asked: CatalogAsked;
  readonly view: CatalogView;
  /** Why what was pressed was not done. */
  readonly problem: string | null;
}

export function catalogPage(page: CatalogPageProps): string {
  const { language, words } = page;
  const title = page.problem ? `${page.problem} – ${words.title}` : words.title;
  return documentOf({ language, title, children: <Catalog {...page} /> });
}

function Catalog(page: CatalogPageProps) {
  const { words, message, session, asked, view, problem } = page;
  const isBare = view.nothing === "licensed" || view.nothing === "delivered";
  return (
    <main class="catalog">
      <header>
        <h1>{words.title}</h1>
        {message.context.title !== "" && (
          <p class="quiet">{filledIn(words.into, { place: message.context.title })}</p>
        )}
      </header>
      {problem !== null && (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
      <form method="post" action={CATALOG_PATH} data-catalog>
        <input type="hidden" name={FIELDS.session} value={session} />
        <input type="hidden" name={FIELDS.here} value={hereOf(asked)} />
        {!isBare && <Search words={words} asked={asked} kinds={view.kinds} />}
        {view.picked.length > 0 && <Group title={words.selected} items={view.picked} isPicked page={page} />}
        {view.nothing ? (
          <Nothing notice={words[`nothing_${view.nothing}`]} />
        ) : (
          <Group title={words.results} items={view.items} isPicked={false} page={page} />
        )}
        <Pager words={words} view={view} />
        <Ending words={words} count={view.picked.length} canAdd={!isBare} />
      </form>
    </main>
  );
}

interface SearchProps {
  readonly words: CatalogWords;
  readonly asked: CatalogAsked;
  readonly kinds: readonly string[];
}

function Search({ words, asked, kinds }: SearchProps) {
  return (
    <div class="search">
      <p>
        <label for="search">{words.search}</label>
        <input id="search" type="search" name={FIELDS.search} value={asked.search} maxlength={200} />
      </p>
      <p>
        <label for="kind">{words.kind}</label>
        <select id="kind" name={FIELDS.kind}>
          <option value="">{words.any_kind}</option>
          {kinds.map((kind) => (
            <option key={kind} value={kind} selected={kind === asked.kind}>
              {kindOf(kind).title}
            </option>
          ))}
        </select>
      </p>
      {/* The first button of the form: what Enter in the search field presses. */}
      <button type="submit" name={FIELDS.pressed} value="search">
        {words.find}
      </button>
    </div>
  );
}

interface GroupProps {
  readonly title: string;
  readonly items: readonly (CatalogItem & Partial<Selected>)[];
  readonly isPicked: boolean;
  readonly page: CatalogPageProps;
}

function Group({ title, items, isPicked, page }: GroupProps) {
  return (
    <fieldset class={isPicked ? "picked" : "results"}>
      <legend>{title}</legend>
      <ul>
        {items.map((item) => (
          <Item key={placeName(item)} item={item} isPicked={isPicked} page={page} />
        ))}
      </ul>
    </fieldset>
  );
}

interface ItemProps extends Omit<GroupProps, "title" | "items"> {
  readonly item: CatalogItem & Partial<Selected>;
}

function Item({ item, isPicked, page }: ItemProps) {
  const { words, message } = page;
  const id = placeName(item);
  const isOver = item.state === "ended";
  return (
    <li>
      <input
        id={id}
        type={takesSeveral(message) ? "checkbox" : "radio"}
        name={FIELDS.pick}
        value={id}
        checked={isPicked}
        disabled={isOver}
        aria-describedby={`${id}-marks`}
      />
      <label for={id} class="course">
        {item.course_title}
      </label>
      <p id={`${id}-marks`} class="marks">
        <Marks words={words} item={item} />
      </p>
      {!isOver && (
        <div class="details">
          <p>
            <label for={`${id}-title`}>{words.link_title}</label>
            <input
              id={`${id}-title`}
              name={FIELDS.title(item)}
              value={item.title ?? item.link_title}
              maxlength={200}
            />
          </p>
          {takesGrades(message) && (
            <p class="grade">
              <input
                id={`${id}-grade`}
                type="checkbox"
                name={FIELDS.grade(item)}
                value="on"
                checked={item.graded ?? proposesGrade(message)}
                aria-describedby={`${id}-grade-hint`}
              />
              <label for={`${id}-grade`}>{words.with_grade}</label>
              <span id={`${id}-grade-hint`} class="quiet">
                {words.with_grade_hint}
              </span>
            </p>
          )}
        </div>
      )}
    </li>
  );
}

function Marks({ words, item }: { readonly words: CatalogWords; readonly item: CatalogItem }) {
  const states = { running: null, paused: words.paused, ended: words.ended, not_started: words.not_started };
  const state = states[item.state];
  return (
    <>
      <span class="mark">{kindOf(item.kind).title}</span>{" "}
      <span class="mark">
        <span class="unseen">{words.license} </span>
        {item.short_id}
      </span>{" "}
      {item.label !== null && item.label !== "" && <span class="mark">{item.label}</span>}{" "}
      {item.label !== null && <span class="quiet">{words.delivered}</span>}{" "}
      {state !== null && <span class="state">{state}</span>}
    </>
  );
}

function Nothing({ notice }: { readonly notice: NoticeWords }) {
  return (
    <div class="nothing">
      <h2>{notice.title}</h2>
      <p>{notice.text}</p>
    </div>
  );
}

interface PagerProps {
  readonly words: CatalogWords;
  readonly view: CatalogView;
}

function Pager({ words, view }: PagerProps) {
  const { before, after } = view;
  return (
    <div class="pager">
      {before && (
        <>
          <input type="hidden" name={FIELDS.before} value={placeName(before)} />
          <button type="submit" name={FIELDS.pressed} value="previous">
            {words.previous}
          </button>
        </>
      )}
      {after && (
        <>
          <input type="hidden" name={FIELDS.after} value={placeName(after)} />
          <button type="submit" name={FIELDS.pressed} value="next">
            {words.next}
          </button>
        </>
      )}
    </div>
  );
}

interface EndingProps {
  readonly words: CatalogWords;
  readonly count: number;
  readonly canAdd: boolean;
}

function Ending({ words, count, canAdd }: EndingProps) {
  return (
    <div class="ending">
      {canAdd && (
        <>
          <p role="status" data-count={words.selected_count}>
            {filledIn(words.selected_count, { count })}
          </p>
          <button type="submit" class="main" name={FIELDS.pressed} value="add">
            {words.add}
          </button>
        </>
      )}
      <button type="submit" name={FIELDS.pressed} value="cancel">
        {words.cancel}
      </button>
    </div>
  );
}
