/** A launch that was let in, up to the moment at which its course is shown; and where it never is. */
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import type { LaunchAllowed } from "../../../src/core/bridge.ts";
import type { CourseStructure } from "../../../src/core/course.ts";
import { TOLD_BY_GATEWAY } from "../../../src/edges/player/client/lms.ts";
import { importOwn } from "../../../src/edges/player/client/ownScripts.ts";
import { Play, type PlayDeps } from "../../../src/edges/player/client/play.ts";
import { course, leaf } from "../../support/player/structures.ts";

type Globals = Record<string, unknown>;
const globals = globalThis as unknown as Globals;
const REPLACED = ["window", "history", "navigator", "fetch", "MessageChannel", "setTimeout"] as const;

/** As much of a browser as a course needs to be opened in. */
class Page {
  readonly before = REPLACED.map(
    (name) => [name, Object.getOwnPropertyDescriptor(globalThis, name)] as const,
  );
  readonly listeners = new Map<string, (event: object) => void>();
  /** Milliseconds of the timers that were set. */
  readonly timers: number[] = [];
  readonly sent: string[] = [];
  readonly shown: string[] = [];
  stopped = 0;

  constructor() {
    const addEventListener = (name: string, listener: (event: object) => void) =>
      this.listeners.set(name, listener);
    const setTimeout = (callback: () => void, milliseconds: number) => {
      // Between the tries at a script, and before a save; those of beats are only looked at.
      if (milliseconds < 5_000) setImmediate(callback);
      return this.timers.push(milliseconds);
    };
    globals["window"] = {
      addEventListener,
      document: { addEventListener, visibilityState: "hidden" },
      setTimeout,
      clearTimeout: () => undefined,
    };
    globals["setTimeout"] = setTimeout;
    globals["history"] = { state: null, replaceState: () => undefined };
    globals["MessageChannel"] = class {
      readonly port1: { onmessage?: () => void } = {};
      readonly port2 = { postMessage: () => this.port1.onmessage?.() };
    };
    globals["navigator"] = { sendBeacon: (_address: string, body: string) => this.sent.push(body) > 0 };
    globals["fetch"] = (_address: string, { body }: { body: string }) => {
      this.sent.push(body);
      return new Promise(() => undefined);
    };
  }

  restore(): void {
    for (const [name, descriptor] of this.before)
      if (descriptor) Object.defineProperty(globalThis, name, descriptor);
      else delete globals[name];
  }
}

let page: Page;
beforeEach(() => {
  page = new Page();
});
afterEach(() => page.restore());

const BEAT = { every_seconds: 30, due_in_seconds: 17 };

function playOf(structure: CourseStructure, showCourse: () => unknown): Play {
  const allowed = {
    launch_id: "launch",
    token: "token",
    attempt: { id: "attempt", marker: "tg1.attempt", resumed: false, elsewhere: false, saved_at: null },
    course: { structure, content_base: "/c/course/" },
    states: { $course: { open_session: "a" } },
    total_seconds: {},
    rollup: null,
    beat: BEAT,
  } as unknown as LaunchAllowed;
  return new Play({
    allowed,
    lms: TOLD_BY_GATEWAY,
    view: { say: (word: string) => word, showCourse, showPage: () => undefined },
    wayOut: { farewell: "finished_text", exit: null },
    wishes: { api: "", mastery: "", preferences: { audio: "", language: "", speed: "", text: "" } },
    keepAddress: "https://content.example.com/play/keep",
    askedAt: 0,
    onStopped: () => {
      page.stopped += 1;
    },
  } as unknown as PlayDeps);
}

/** A course of nothing: there is no page that would have to be shown. */
const EMPTY = course("page", []);
const beats = () => page.timers.filter((milliseconds) => milliseconds === BEAT.due_in_seconds * 1000);

describe("a course", () => {
  test("that is shown is open from then on, and beats", async () => {
    const message = (text: string) => page.shown.push(text);
    await playOf(EMPTY, () => ({
      stage: {},
      message,
      setContents: () => undefined,
      setSteps: () => undefined,
    })).start();
    expect(page.shown).toEqual(["empty"]);
    expect(beats()).toHaveLength(1);
    expect(page.stopped).toBe(0);
  });

  test.each([
    ["whose run-time never comes", course("scorm12", [leaf("a")]), () => undefined],
    [
      "that is too odd to be shown",
      EMPTY,
      () => {
        throw new Error("odd");
      },
    ],
  ])(
    "%s is let go of: nothing beats, nothing is said of it, however it is left",
    async (_what, structure, show) => {
      await expect(playOf(structure, show).start()).rejects.toThrow();
      expect(page.stopped).toBe(1);
      page.sent.length = 0;
      for (const name of ["visibilitychange", "freeze", "beforeunload", "pagehide"])
        page.listeners.get(name)?.({});
      await new Promise((resolve) => setImmediate(resolve));
      expect(beats()).toEqual([]);
      expect(page.sent).toEqual([]);
    },
  );

  test("that another tab took up meanwhile is told so, and of no trouble", async () => {
    const play = playOf(course("scorm12", [leaf("a")]), () => undefined);
    const started = play.start();
    play.takenOver();
    await expect(started).resolves.toBeUndefined();
  });
});

describe("a script of the player's own", () => {
  /** What becomes of each try. */
  function importing(tries: readonly ("comes" | "fails" | "hangs")[]) {
    const asked: string[] = [];
    const waits: number[] = [];
    const imported = importOwn<string>("player-scorm12.js", {
      load: async (address) => {
        const outcome = tries[asked.length];
        asked.push(address.slice(address.lastIndexOf("/") + 1));
        if (outcome === "fails") throw new Error(`${asked.length} failed`);
        if (outcome === "hangs") await new Promise(() => undefined);
        return "a module";
      },
      chance: () => 0,
      setTimer: (callback, milliseconds) => {
        waits.push(milliseconds);
        if (milliseconds < 30_000 || tries[asked.length] === "hangs") setImmediate(callback);
        return 0;
      },
      clearTimer: () => undefined,
    });
    return { imported, asked, waits };
  }

  test("is asked for again where it fails or hangs, each time by an address that no browser remembers", async () => {
    const { imported, asked } = importing(["fails", "hangs", "comes"]);
    expect(await imported).toBe("a module");
    expect(asked).toEqual(["player-scorm12.js", "player-scorm12.js?try=2", "player-scorm12.js?try=3"]);
  });

  test("is given up after three tries, sooner than a seat is charged", async () => {
    const { imported, asked, waits } = importing(["hangs", "hangs", "hangs"]);
    await expect(imported).rejects.toThrow("did not arrive in time");
    expect(asked).toHaveLength(3);
    expect(waits.reduce((sum, wait) => sum + wait, 0)).toBeLessThan(120_000);
  });
});
