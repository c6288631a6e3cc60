/** What all pages of the catalog have in common: a document, and a page that says one thing. */
import type { ComponentChildren } from "preact";
import { renderToStaticMarkup } from "preact-render-to-string";
import type { Language } from "../../../core/languages.ts";
import type { CatalogWords, NoticeWords } from "../../../core/lti/catalogWords.ts";

/** Where its script and style are. */
export const FILES_PATH = "/lti/catalog/files";

export interface PageProps {
  readonly language: Language;
  readonly title: string;
  readonly children: ComponentChildren;
}

export function documentOf(page: PageProps): string {
  return `<!doctype html>${renderToStaticMarkup(<Document {...page} />)}`;
}

function Document({ language, title, children }: PageProps) {
  return (
    <html lang={language}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex" />
        <title>{title}</title>
        <link rel="icon" href="data:," />
        <link rel="stylesheet" href={`${FILES_PATH}/ltiCatalog.css`} />
        <script type="module" src={`${FILES_PATH}/ltiCatalog.js`} />
      </head>
      <body>{children}</body>
    </html>
  );
}

export interface Notice {
  readonly language: Language;
  readonly words: CatalogWords;
  readonly notice: NoticeWords;
  /** What support finds it by; null where nothing went wrong. */
  readonly reference: string | null;
  /** Below the words: a way on, where there is one. */
  readonly children?: ComponentChildren;
}

export function noticePage({ language, words, notice, reference, children }: Notice): string {
  return documentOf({
    language,
    title: notice.title,
    children: (
      <main class="notice">
        <h1>{notice.title}</h1>
        <p>{notice.text}</p>
        {children}
        {reference !== null && (
          <p class="quiet">
            {words.reference}: <span class="reference">{reference}</span>
          </p>
        )}
      </main>
    ),
  });
}

/** A form of hidden fields with one button. */
export interface HiddenForm {
  readonly action: string;
  readonly fields: readonly (readonly [name: string, value: string])[];
  readonly button: string;
  /** Sent by itself, where scripts run. */
  readonly sendsItself?: boolean;
  readonly isQuiet?: boolean;
}

export function HiddenForm({ action, fields, button, sendsItself = false, isQuiet = false }: HiddenForm) {
  return (
    <form method="post" action={action} {...(sendsItself ? { "data-sends-itself": true } : {})}>
      {fields.map(([name, value], index) => (
        <input key={`${name} ${index}`} type="hidden" name={name} value={value} />
      ))}
      <button type="submit" class={isQuiet ? "link" : "main"}>
        {button}
      </button>
    </form>
  );
}
