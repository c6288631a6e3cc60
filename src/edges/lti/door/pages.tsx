/** The pages at the door of LTI: shown in a platform's frame or in a window, to learners. Each says one thing. */
import type { ComponentChildren } from "preact";
import { renderToStaticMarkup } from "preact-render-to-string";
import type { Language } from "../../../core/languages.ts";
import type { PlatformStorage } from "../../../flows/lti/state.ts";
import { type DoorWords, doorWordsOf } from "./words.ts";

/** Where their script and style are. */
export const FILES_PATH = "/lti/files";

interface Spoken {
  readonly language: Language;
}

/** Sent again by the page itself. */
export interface PostedForm {
  readonly action: string;
  readonly fields: readonly (readonly [name: string, value: string])[];
}

function pageOf(language: Language, title: string, children: ComponentChildren): string {
  return `<!doctype html>${renderToStaticMarkup(
    <html lang={language}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex" />
        <title>{title}</title>
        <link rel="icon" href="data:," />
        <link rel="stylesheet" href={`${FILES_PATH}/ltiDoor.css`} />
        <script type="module" src={`${FILES_PATH}/ltiDoor.js`} />
      </head>
      <body>{children}</body>
    </html>,
  )}`;
}

/** With the name under which it is kept. */
export interface KeptByPlatform extends PlatformStorage {
  readonly key: string;
}

function storageData(storage: KeptByPlatform | null) {
  if (!storage) return {};
  return { "data-target": storage.target, "data-origin": storage.origin, "data-key": storage.key };
}

export interface LeavingPage extends Spoken {
  readonly storage: KeptByPlatform;
  readonly secret: string;
  readonly authorization_url: string;
}

/** Leaves the browser's secret with the platform, then goes on there. */
export function leavingPage({ language, storage, secret, authorization_url }: LeavingPage): string {
  const words = doorWordsOf(language);
  return pageOf(
    language,
    words.opening,
    <main data-door="leave" data-secret={secret} data-next={authorization_url} {...storageData(storage)}>
      <p role="status">{words.opening}</p>
      <noscript>
        <a class="main" href={authorization_url}>
          {words.go_on}
        </a>
      </noscript>
    </main>,
  );
}

export interface OwnWindow {
  readonly url: string;
  /** What this page keeps for it, and what may be known of that. */
  readonly secret: string;
  readonly hash: string;
}

export interface FindingPage extends Spoken {
  readonly form: PostedForm;
  /** Null where nothing was left with the platform. */
  readonly storage: KeptByPlatform | null;
  /** What the page is asked for that opened this window; null where none did. */
  readonly opener_hash: string | null;
  /** The same login in a window of its own; null where it can't be begun from here. */
  readonly window: OwnWindow | null;
  readonly host: string;
}

/** The launch has come without the browser's secret: asks those who may have it, and offers a window of its own otherwise. */
export function findingPage(page: FindingPage): string {
  const { language, form, storage, opener_hash, window, host } = page;
  const words = doorWordsOf(language);
  return pageOf(
    language,
    words.opening,
    <main
      data-door="find"
      {...storageData(storage)}
      {...(opener_hash === null ? {} : { "data-opener": opener_hash })}
      {...(window ? { "data-hash": window.hash, "data-secret": window.secret } : {})}
    >
      <section data-part="opening">
        <p role="status">{words.opening}</p>
      </section>
      {window && <WindowPart words={words} window={window} />}
      <CookiesPart words={words} host={host} />
      <noscript>
        {window ? (
          <p>
            <a class="main" target={windowName(window)} href={window.url}>
              {words.window_button}
            </a>
          </p>
        ) : (
          <p>{cookiesText(words, host)}</p>
        )}
      </noscript>
      <HiddenForm form={form} more={[["binding", ""]]} />
    </main>,
  );
}

/** By name, so that it knows who opened it, and the button pressed again finds it. */
function windowName({ hash }: OwnWindow): string {
  return `tallygate-${hash}`;
}

function WindowPart({ words, window }: { readonly words: DoorWords; readonly window: OwnWindow }) {
  return (
    <section data-part="window" hidden>
      <div data-when="offered">
        <h1 tabIndex={-1}>{words.window_title}</h1>
        <p>{words.window_text}</p>
      </div>
      <div data-when="opened" hidden>
        <h1 tabIndex={-1}>{words.opened_title}</h1>
        <p>{words.opened_text}</p>
      </div>
      <p>
        <a class="main" target={windowName(window)} href={window.url} data-again={words.window_again}>
          {words.window_button}
        </a>
      </p>
    </section>
  );
}

function CookiesPart({ words, host }: { readonly words: DoorWords; readonly host: string }) {
  return (
    <section data-part="cookies" hidden>
      <h1 tabIndex={-1}>{words.cookies_title}</h1>
      <p>{cookiesText(words, host)}</p>
    </section>
  );
}

function cookiesText({ cookies_text }: DoorWords, host: string): string {
  return cookies_text.replace("{host}", host);
}

function HiddenForm({
  form,
  more = [],
}: {
  readonly form: PostedForm;
  readonly more?: PostedForm["fields"];
}) {
  return (
    <form method="post" action={form.action} hidden>
      {[...form.fields, ...more].map(([name, value]) => (
        <input key={name} type="hidden" name={name} value={value} />
      ))}
    </form>
  );
}

export interface NoticePage extends Spoken {
  readonly title: string;
  readonly text: string;
  readonly next_step: string;
  /** Null where nothing went wrong. */
  readonly reference: string | null;
  /** For whoever looks after the platform: never for the learner's eyes first. */
  readonly technical: { readonly code: string; readonly detail: string } | null;
  readonly return_url: string | null;
  /** Sent again after a while. */
  readonly retry: { readonly form: PostedForm; readonly after_seconds: number } | null;
}

/** Says why it goes no further, and what to do. */
export function noticePage(page: NoticePage): string {
  const { language, title, text, next_step, reference, technical, return_url, retry } = page;
  const words = doorWordsOf(language);
  return pageOf(
    language,
    title,
    <main data-door={retry ? "retry" : "notice"} {...(technical ? { "data-code": technical.code } : {})}>
      <h1>{title}</h1>
      <p>{text}</p>
      {next_step !== "" && <p>{next_step}</p>}
      {retry && <Retry words={words} retry={retry} />}
      {return_url !== null && (
        <p>
          <a href={return_url}>{words.back}</a>
        </p>
      )}
      {reference !== null && (
        <p class="quiet">
          {words.reference}: <span class="reference">{reference}</span>
        </p>
      )}
      {technical && (
        <details>
          <summary>{words.for_administrators}</summary>
          <p lang="en">
            <code>{technical.code}</code> {technical.detail}
          </p>
        </details>
      )}
    </main>,
  );
}

function Retry({
  words,
  retry,
}: {
  readonly words: DoorWords;
  readonly retry: NonNullable<NoticePage["retry"]>;
}) {
  return (
    <form method="post" action={retry.form.action} data-seconds={retry.after_seconds}>
      {retry.form.fields.map(([name, value]) => (
        <input key={name} type="hidden" name={name} value={value} />
      ))}
      <button type="submit" class="main">
        {words.retry}
      </button>
      <p class="quiet" aria-live="off" data-words={words.retrying} />
    </form>
  );
}
