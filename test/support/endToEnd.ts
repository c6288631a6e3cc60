/**
 * The whole of it, for end-to-end tests: the built gateway as a process, its practice LMS as the customer's LMS, and one
 * customer with a course, a license and a package of it.
 */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Frame, Page } from "playwright-core";
import type { DeliveryFormat } from "../../src/core/bridge.ts";
import type { PracticeState } from "../../src/edges/practice/practiceTypes.ts";
import { freePort } from "./freePort.ts";
import {
  type GatewayProcess,
  type GatewaySettings,
  startGateway,
  temporaryFolder,
} from "./gatewayProcess.ts";
import { frameAt, PracticeLms } from "./practiceLms.ts";

export interface EndToEnd {
  readonly gateway: GatewayProcess;
  readonly lms: PracticeLms;
  /** A course of its own for the test, under a license of its own. */
  sell(order: SaleOrder): Promise<Sale>;
  stop(): Promise<void>;
}

export interface SaleOrder {
  readonly zip: Buffer;
  /** How the uploader calls it, where it is no zip. */
  readonly file?: string;
  readonly format?: DeliveryFormat;
  readonly kind?: "pay_per_use" | "volume";
  /** Of the license, as `charge_after_seconds=3`. */
  readonly terms?: readonly string[];
  readonly seats?: number;
}

export interface Sale {
  readonly account: string;
  readonly license: string;
  readonly delivery: string;
  readonly course: string;
}

interface Made {
  readonly id: string;
}

export async function startEndToEnd(
  settings: Pick<GatewaySettings, "contentHost" | "environment"> = {},
): Promise<EndToEnd> {
  const folder = await temporaryFolder();
  const practicePort = await freePort();
  const gateway = await startGateway({
    ...settings,
    dataFolder: folder.path,
    environment: {
      PRACTICE_LMS: "on",
      PRACTICE_PORT: String(practicePort),
      BEAT_SECONDS: "5",
      ...settings.environment,
    },
  });
  const { id: account } = await gateway.operate<Made>("account create", {
    name: "Customer",
    currency: "EUR",
  });
  await gateway.operate("contract create", { account, kind: "pay_per_use" });
  await gateway.operate("price create", { account, kind: "pay_per_use", amount: 1250 });
  await gateway.operate("price create", { account, kind: "volume", amount: 1000 });
  let count = 0;
  return {
    gateway,
    lms: new PracticeLms(`http://localhost:${practicePort}`),
    sell: async ({
      zip,
      file: name = "course.zip",
      format = "scorm12",
      kind = "pay_per_use",
      terms = [],
      seats,
    }) => {
      const file = join(folder.path, `${count++}-${name}`);
      await writeFile(file, zip);
      const { course_id: course } = await gateway.operate<{ course_id: string }>("course import", { file });
      const term = [...terms];
      const { id: license } = await gateway.operate<Made>("license create", { account, kind, course, term });
      if (seats) await gateway.operate("lot create", { account, license, quantity: seats });
      const { id: delivery } = await gateway.operate<Made>("delivery create", { account, license, format });
      return { account, license, delivery, course };
    },
    stop: async () => {
      await gateway.stop();
      await folder.remove();
    },
  };
}

/** The course inside the player inside the wrapper, once it has loaded. */
export async function courseFrame(page: Page): Promise<Frame> {
  const frame = await frameAt(page, "/c/");
  await frame.waitForLoadState("load");
  return frame;
}

/** The player around the course. */
export function playerFrame(page: Page): Promise<Frame> {
  return frameAt(page, "/play/");
}

/** Asks both sides until it is so; says what they last had when it never is. */
export async function untilBoth(
  state: () => Promise<PracticeState>,
  isSo: (state: PracticeState) => boolean,
  mostSeconds = 15,
): Promise<PracticeState> {
  const deadline = performance.now() + mostSeconds * 1000;
  for (;;) {
    const now = await state();
    if (isSo(now)) return now;
    if (performance.now() > deadline) throw new Error(`Never so; last: ${JSON.stringify(now, null, 1)}`);
    await new Promise((resolve) => setTimeout(resolve, 150));
  }
}
