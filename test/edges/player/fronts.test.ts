/** How the player came to be open, and where it leads to when the course is over: by a wrapper, or over LTI. */
import { describe, expect, test } from "@jest/globals";
import type { LaunchAllowed, LtiLaunch } from "../../../src/core/bridge.ts";
import { openLtiFront } from "../../../src/edges/player/client/ltiFront.ts";
import { wayOutByWrapper, wayOutOfLti } from "../../../src/edges/player/client/wayOut.ts";

const WORDS = { message: "Saved", log: "launch 1: exit", is_error: false };
const ADDRESS = "https://content.example.com/play/lti/launch";

/** As much of a window as is asked of it. */
function windowOf({ hash = "#ticket", framed = true, height = 600 } = {}) {
  const done: unknown[] = [];
  const location = { hash, pathname: "/play/lti", assign: (url: string) => done.push(["to", url]) };
  const history = {
    state: null as unknown,
    replaceState: (state: unknown, _title: string, address: string) => {
      history.state = state;
      location.hash = "";
      location.pathname = address;
    },
  };
  const own = {
    location,
    history,
    innerHeight: height,
    close: () => done.push(["closed"]),
    parent: null as unknown,
  };
  own.parent = framed
    ? { postMessage: (message: unknown, origin: string) => done.push(["said", message, origin]) }
    : own;
  return { own: own as unknown as Window, done };
}

const lti = (return_url: string | null): LtiLaunch => ({ return_url, locale: "de-AT" });

describe("the way out over LTI", () => {
  test.each(["frame", "window"] as const)("of a %s is the platform's own page, taken unasked", (shownIn) => {
    const { own, done } = windowOf();
    const { exit } = wayOutOfLti(lti("https://lms.example.com/back"), own, shownIn);
    expect(exit).toMatchObject({ label: "back", isTakenUnasked: true });
    exit?.take(WORDS);
    expect(done).toEqual([["to", "https://lms.example.com/back?lti_msg=Saved&lti_log=launch%201%3A%20exit"]]);
  });

  test("of a window without one is to close it, even after a course's `window.close` was made to end the course", () => {
    const { own, done } = windowOf({ framed: false });
    const { exit } = wayOutOfLti(lti(null), own, "window");
    own.close = () => done.push(["course ended"]);
    exit?.take(WORDS);
    expect(done).toEqual([["closed"]]);
  });

  test("of a frame without one is the platform around it", () => {
    expect(wayOutOfLti(lti(null), windowOf().own, "frame")).toEqual({
      farewell: "finished_here_text",
      exit: null,
    });
  });

  test("never runs a script, whoever let the address through", () => {
    const { own, done } = windowOf();
    expect(wayOutOfLti(lti("javascript:alert(1)"), own, "frame").exit).toBeNull();
    wayOutOfLti(lti("javascript:alert(1)"), own, "window").exit?.take(WORDS);
    expect(done).toEqual([["closed"]]);
  });
});

describe("the way out by a wrapper", () => {
  test("closes the window that the wrapper opened, when the learner asks for it", () => {
    const done: string[] = [];
    const { exit } = wayOutByWrapper(() => done.push("closed"));
    expect(exit).toMatchObject({ label: "close_window", isTakenUnasked: false });
    exit?.take(WORDS);
    expect(done).toEqual(["closed"]);
  });

  test("of a frame is the LMS around it", () => {
    expect(wayOutByWrapper(null)).toEqual({ farewell: "finished_text", exit: null });
  });
});

describe("the front over LTI", () => {
  test("needs a ticket", () => {
    expect(openLtiFront(windowOf({ hash: "" }).own, ADDRESS)).toBeNull();
    expect(openLtiFront(windowOf({ hash: "#" }).own, ADDRESS)).toBeNull();
  });

  test("takes it out of the address, and finds it when its page is reloaded", () => {
    const { own } = windowOf();
    expect(openLtiFront(own, ADDRESS)).not.toBeNull();
    expect([own.location.pathname, own.location.hash]).toEqual(["/play/lti", ""]);
    expect(openLtiFront(own, ADDRESS)).not.toBeNull();
  });

  test("asks for a higher frame where it is low, and for none in a window", () => {
    const low = windowOf({ height: 400 });
    openLtiFront(low.own, ADDRESS);
    expect(low.done).toEqual([["said", { subject: "lti.frameResize", height: 720 }, "*"]]);
    for (const fine of [windowOf({ height: 900 }), windowOf({ height: 400, framed: false })]) {
      openLtiFront(fine.own, ADDRESS);
      expect(fine.done).toEqual([]);
    }
  });

  test("wishes nothing of the course's run-time but the platform's language", () => {
    const front = openLtiFront(windowOf().own, ADDRESS);
    expect(front?.wishesFor({ lti: lti(null) } as LaunchAllowed)).toEqual({
      api: "",
      mastery: "",
      preferences: { audio: "", language: "de-AT", speed: "", text: "" },
    });
  });

  test("tells the LMS nothing itself, and is never held up by it", async () => {
    const front = openLtiFront(windowOf().own, ADDRESS);
    const rollup = {} as NonNullable<LaunchAllowed["rollup"]>;
    expect(await front?.lms.reportNow(rollup)).toEqual({ ok: true });
    expect(await front?.lms.finish(rollup)).toEqual({ ok: true });
  });
});
