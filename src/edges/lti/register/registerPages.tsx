/**
 * The pages of a registration link: in an LMS's frame or window, before its administrator. In English alone, as the API and its
 * page are: what stands beside it in the LMS are the specification's words.
 */
import type { ComponentChildren } from "preact";
import { renderToStaticMarkup } from "preact-render-to-string";
import type { LtiRegistration } from "../../../store/lti/registrations.ts";
import type { Problem } from "../../http/problems.ts";
import { FILES_PATH } from "../door/pages.tsx";

function pageOf(title: string, children: ComponentChildren): string {
  return `<!doctype html>${renderToStaticMarkup(
    <html lang="en">
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

/** Whom the link is for. */
export interface LinkedTo {
  readonly account: string;
  readonly connection: string;
}

/** What the LMS sent with the link, and gets back when it is confirmed. */
export interface SentByPlatform {
  readonly openid_configuration: string;
  /** "" where it sent none. */
  readonly registration_token: string;
}

function Registering({ sent, button }: { readonly sent: SentByPlatform; readonly button: string }) {
  return (
    <form method="post">
      {Object.entries(sent).map(([name, value]) => (
        <input key={name} type="hidden" name={name} value={value} />
      ))}
      <button type="submit" class="main">
        {button}
      </button>
    </form>
  );
}

/** Asked before anything happens: what only looks at the address uses nothing up. */
export function confirmPage(to: LinkedTo, sent: SentByPlatform): string {
  const title = "Register Tallygate with this LMS";
  return pageOf(
    title,
    <main>
      <h1>{title}</h1>
      <p>
        The LMS at <strong>{hostOf(sent.openid_configuration)}</strong> will open the courses of{" "}
        <strong>{to.account}</strong>; its learners are those of the connection{" "}
        <strong>{to.connection}</strong>.
      </p>
      <p>Tallygate asks the LMS to let it:</p>
      <ul>
        <li>open courses, and let teachers pick them (deep linking);</li>
        <li>send scores and completion to the gradebook;</li>
        <li>read names, e-mail addresses and roles of a course's members.</li>
      </ul>
      <Registering sent={sent} button="Register" />
      <p class="quiet">The link is good once. Nothing happens until you press the button.</p>
    </main>,
  );
}

/** Somebody opened the link by itself. */
export function pastePage(to: LinkedTo): string {
  const title = "Paste this address into your LMS";
  return pageOf(
    title,
    <main>
      <h1>{title}</h1>
      <p>
        It registers your LMS for <strong>{to.account}</strong>. Copy the address from the browser's address
        bar and paste it where the LMS asks for a tool's registration URL (dynamic registration); the LMS
        opens it again by itself and sends along what is needed.
      </p>
      <p class="quiet">Nothing was used up by looking.</p>
    </main>,
  );
}

/** The LMS is told to close the page; where it does not, it stays to be read. */
export function registeredPage(to: LinkedTo, { name, issuer, client_id }: LtiRegistration): string {
  const title = "The LMS is registered";
  return pageOf(
    title,
    <main data-door="close">
      <h1>{title}</h1>
      <p role="status">
        {name} now belongs to <strong>{to.account}</strong>. Close this page and switch the tool on in the
        LMS, where it asks for that.
      </p>
      <p class="quiet">
        Issuer {issuer}, client id {client_id}.
      </p>
    </main>,
  );
}

/** @param sent Null where trying again is of no use. */
export function failedPage(problem: Problem, reference: string, sent: SentByPlatform | null): string {
  return pageOf(
    problem.title,
    <main data-code={problem.code}>
      <h1>{problem.title}</h1>
      <p role="alert">{problem.detail}</p>
      {sent && (
        <>
          <p>The registration link is still good.</p>
          <Registering sent={sent} button="Try again" />
        </>
      )}
      <p class="quiet">
        Reference: <span class="reference">{reference}</span>
      </p>
    </main>,
  );
}

function hostOf(url: string): string {
  return URL.parse(url)?.host ?? "an unknown address";
}
