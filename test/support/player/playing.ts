/** A browser with the player between a fake wrapper and a fake gateway. */
import { expect } from "@jest/globals";
import type { BrowserContext, Frame, Page } from "playwright-core";
import type { LmsSnapshot } from "../../../src/core/bridge.ts";
import type { Attempt, Delivery, FakeGateway } from "./fakeGateway.ts";
import {
  type FakeWrapper,
  type Heard,
  SNAPSHOT,
  type WrapperOptions,
  type WrapperWindow,
} from "./fakeWrapper.ts";
import type { ScoWindow } from "./scos.ts";

export interface Playing {
  readonly page: Page;
  readonly attempt: Attempt;
  readonly player: Frame | Page;
}

export type Start = Partial<Omit<WrapperOptions, "player" | "snapshot">> & {
  readonly snapshot?: Partial<LmsSnapshot>;
};

export function wrapperUrl(gateway: FakeGateway, lms: FakeWrapper, key: string, start: Start = {}): string {
  const { snapshot, ...options } = start;
  return lms.url({
    player: `${gateway.origin}/play/${key}`,
    snapshot: { ...SNAPSHOT, ...snapshot },
    ...options,
  });
}

/** Waits until it holds; fails with what the last try said. */
export async function eventually(check: () => unknown, withinMilliseconds = 12_000): Promise<void> {
  const end = Date.now() + withinMilliseconds;
  for (;;) {
    try {
      await check();
      return;
    } catch (error) {
      if (Date.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, 40));
    }
  }
}

export async function playerIn(page: Page, gateway: FakeGateway): Promise<Frame> {
  let found: Frame | undefined;
  await eventually(() => {
    found = page.frames().find((frame) => frame.url().startsWith(`${gateway.origin}/play/`));
    expect(found).toBeDefined();
  });
  return found as Frame;
}

/** The course's page, once it is there and has spoken to its API. */
export async function scoIn(page: Page, path: string): Promise<Frame> {
  let found: Frame | undefined;
  await eventually(() => {
    found = page.frames().find((frame) => new URL(frame.url(), "http://x").pathname.endsWith(`/${path}`));
    expect(found).toBeDefined();
  });
  await (found as Frame).waitForFunction(() => (window as unknown as ScoWindow).sco !== undefined);
  return found as Frame;
}

export const set = (frame: Frame, element: string, value: string): Promise<string> =>
  frame.evaluate(
    ([name, text]) => (window as unknown as ScoWindow).sco.set(name as string, text as string),
    [element, value],
  );
export const get = (frame: Frame, element: string): Promise<string> =>
  frame.evaluate((name) => (window as unknown as ScoWindow).sco.get(name), element);
export const call = (frame: Frame, name: "commit" | "finish" | "error"): Promise<string> =>
  frame.evaluate((method) => (window as unknown as ScoWindow).sco[method as "commit"](), name);
export const initialized = (frame: Frame): Promise<string> =>
  frame.evaluate(() => (window as unknown as ScoWindow).sco.initialized);

export const heard = (page: Page): Promise<Heard[]> =>
  page.evaluate(() => (window as unknown as WrapperWindow).heard);

export async function lastReport(page: Page): Promise<Heard> {
  const reports = (await heard(page)).filter(({ type }) => type === "report" || type === "finish");
  return reports[reports.length - 1] as Heard;
}

export async function start(
  context: BrowserContext,
  gateway: FakeGateway,
  lms: FakeWrapper,
  key: string,
  delivery: Delivery,
  options: Start = {},
): Promise<Playing> {
  const attempt = gateway.offer(key, delivery);
  return { ...(await relaunch(context, gateway, lms, key, options)), attempt };
}

export async function relaunch(
  context: BrowserContext,
  gateway: FakeGateway,
  lms: FakeWrapper,
  key: string,
  options: Start = {},
): Promise<Omit<Playing, "attempt">> {
  const page = await context.newPage();
  await page.goto(wrapperUrl(gateway, lms, key, options));
  return { page, player: await playerIn(page, gateway) };
}
