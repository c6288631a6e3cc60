/** The front at `/play/lti#<ticket>`: the LMS sent the learner here over LTI, and the gateway keeps all that it must know. */
import type { LaunchAllowed, LtiLaunch } from "../../../core/bridge.ts";
import type { Front } from "./front.ts";
import { launch } from "./gateway.ts";
import { TOLD_BY_GATEWAY } from "./lms.ts";
import { wayOutOfLti } from "./wayOut.ts";

export const LTI_PAGE = /\/play\/lti\/*$/;

/** @returns Null where there is no ticket, as where somebody copied the address. */
export function openLtiFront(own: Window, launchAddress: string): Front | null {
  const ticket = takeTicket(own);
  if (ticket === "") return null;
  const shownIn = own.parent === own ? "window" : "frame";
  askForHeight(own);
  return {
    lms: TOLD_BY_GATEWAY,
    ask: () => launch(launchAddress, { ticket, shown_in: shownIn }),
    wishesFor: (allowed) => ({
      api: "",
      mastery: "",
      preferences: { audio: "", language: ltiOf(allowed).locale, speed: "", text: "" },
    }),
    wayOutOf: (allowed) => wayOutOfLti(ltiOf(allowed), own, shownIn),
  };
}

/**
 * Out of the address, which a learner may copy, bookmark or show to others; a reload of the page finds it in the page's entry
 * of the session history.
 */
function takeTicket({ location, history }: Window): string {
  const given = location.hash.slice(1);
  if (given === "") return (history.state as { readonly ticket?: string } | null)?.ticket ?? "";
  try {
    history.replaceState({ ...history.state, ticket: given }, "", location.pathname);
  } catch {
    // Browsers limit how often it may be set; then it stays in the address.
  }
  return given;
}

function ltiOf({ lti }: LaunchAllowed): LtiLaunch {
  return lti ?? { return_url: null, locale: "" };
}

/** Room for the bar and a course of the usual 4:3, which is more than many platforms give at first. */
const WANTED_HEIGHT_PIXELS = 720;

/** Platforms that let tools ask for height listen for this (Canvas made it up, Moodle and others took it over). */
function askForHeight(own: Window): void {
  if (own.parent === own || own.innerHeight >= WANTED_HEIGHT_PIXELS) return;
  own.parent.postMessage({ subject: "lti.frameResize", height: WANTED_HEIGHT_PIXELS }, "*");
}
