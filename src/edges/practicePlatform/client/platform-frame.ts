/** In the platform's own pages that stand in a launch's frame or window: goes on by itself, or says that it is over. */
import { CLOSED } from "./closed.ts";

const form = document.querySelector<HTMLFormElement>("form[data-goes-on]");
form?.submit();

if (document.querySelector("[data-closes]") !== null) {
  const page = window.opener ?? window.parent;
  if (page !== window) (page as Window).postMessage({ subject: CLOSED }, location.origin);
}
