/** The player's side of the port to a package's wrapper (docs/bridge.md §2), and what it does for the wrappers of old packages. */
import { afterEach, describe, expect, test } from "@jest/globals";
import type { LaunchAllowed, LmsSnapshot, Rollup } from "../../../src/core/bridge.ts";
import { openWrapperFront } from "../../../src/edges/player/client/wrapperFront.ts";
import { SNAPSHOT } from "../../support/player/fakeWrapper.ts";

const ports: MessagePort[] = [];
afterEach(() => {
  for (const port of ports.splice(0)) port.close();
});

/** A player's window whose wrapper answers its hello, and the wrapper's end of the port. */
async function opened(changes: Partial<LmsSnapshot>) {
  const { port1: wrapper, port2 } = new MessageChannel();
  ports.push(wrapper, port2);
  const heard: { type: string; id: number }[] = [];
  wrapper.onmessage = ({ data }) => heard.push(data);
  const parent = {
    postMessage: ({ nonce }: { nonce: string }) => {
      const data = { tallygate: 1, type: "snapshot", nonce, snapshot: { ...SNAPSHOT, ...changes } };
      listen({ source: parent, ports: [port2], origin: "https://lms.example.com", data });
    },
  };
  let listen: (event: object) => void = () => undefined;
  const own = {
    location: { hash: "#nonce-nonce-nonce" },
    parent,
    setTimeout,
    clearTimeout,
    setInterval,
    clearInterval,
    addEventListener: (_type: string, listener: typeof listen) => {
      listen = listener;
    },
    removeEventListener: () => undefined,
  };
  const front = await openWrapperFront(own as unknown as Window, "/launch", () => undefined);
  if (front === null) throw new Error("no wrapper was found");
  return {
    lms: front.lms,
    heard,
    answer: (id: number) => wrapper.postMessage({ type: "reported", id, ok: true, errors: [] }),
  };
}

const ROLLUP: Rollup = {
  completion: "incomplete",
  success: "unknown",
  score: { scaled: null, raw: null, min: null, max: null },
  progress: null,
  location: "",
  session_seconds: 0,
};
const ALLOWED = { attempt: { marker: "tg1.x" }, mode: "normal", credit: "credit" } as LaunchAllowed;
const HELD = { entry: "resume", completion: "incomplete", suspend_data: "tg1.x" } as const;

/** What was heard up to a report, which comes after everything else. */
async function heardBefore({ lms, heard, answer }: Awaited<ReturnType<typeof opened>>): Promise<string[]> {
  lms.begin(ALLOWED, { onReported: () => undefined, onLeaving: () => undefined });
  const told = lms.reportNow(ROLLUP);
  await soon(() => heard.some(({ type }) => type === "report"));
  answer(heard.at(-1)?.id ?? 0);
  expect(await told).toEqual({ ok: true });
  return heard.slice(0, -1).map(({ type }) => type);
}

async function soon(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 2));
}

describe("a wrapper of version 1, which leaves unsuspended what it has heard nothing of", () => {
  test.each([
    ["that the LMS resumes", HELD],
    ["that it has as completed", { ...HELD, completion: "completed" }],
    ["that it shows for review", { ...HELD, entry: "", mode: "review" }],
    ["whose marker it kept, though it says ab-initio", { ...HELD, entry: "ab-initio" }],
    ["that it resumes without a marker", { ...HELD, suspend_data: "" }],
  ])("is told to suspend an attempt %s before anything else", async (_which, lms) => {
    expect(await heardBefore(await opened({ ...lms, wrapper: 1 }))).toEqual(["denied"]);
  });

  test.each([
    ["there is nothing to suspend", { entry: "ab-initio", suspend_data: "" }],
    ["it would write a status besides", { completion: "not attempted" }],
    ["it would write a status of SCORM 2004 besides", { completion: "unknown" }],
    ["it suspends by itself", { wrapper: 2 }],
  ])("is told nothing where %s", async (_why, changes) => {
    expect(await heardBefore(await opened({ ...HELD, wrapper: 1, ...changes }))).toEqual([]);
  });

  test("acknowledges no marker by it, however late it answers", async () => {
    const { lms, heard, answer } = await opened({ ...HELD, wrapper: 1 });
    await soon(() => heard.length === 1);
    const reported: number[] = [];
    lms.begin(ALLOWED, { onReported: () => reported.push(heard.length), onLeaving: () => undefined });
    answer(heard[0]?.id ?? 0);
    const told = lms.reportNow(ROLLUP);
    await soon(() => heard.length === 2);
    answer(heard[1]?.id ?? 0);
    expect(await told).toEqual({ ok: true });
    expect(reported).toEqual([2]);
  });

  test("is still told of a denial that comes after", async () => {
    const { lms, heard } = await opened({ ...HELD, wrapper: 1 });
    lms.denied();
    await soon(() => heard.length === 2);
    expect(heard.map(({ type }) => type)).toEqual(["denied", "denied"]);
  });
});
