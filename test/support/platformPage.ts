/** Drives the practice platform's page in a real browser: the LMS of the end-to-end tests over LTI. */
import type { Frame, Page } from "playwright-core";
import type {
  LaunchSettings,
  Learner,
  PlatformState,
  Role,
  Score,
} from "../../src/edges/practicePlatform/platformTypes.ts";
import { frameAt } from "./practiceLms.ts";
import { PracticePlatform } from "./practicePlatform.ts";

export interface PageLaunch {
  /** As the page calls the activity. */
  readonly activity: string | RegExp;
  /** Their number in LTI 1.1, which the page shows beside their name. */
  readonly learner?: string;
  readonly role?: Role;
  readonly settings?: Partial<LaunchSettings>;
}

/** What the words of the page's choices are. */
const WORDS = {
  role: { learner: "Learner", instructor: "Instructor" },
  shown_in: { frame: "a frame", window: "a window" },
} as const;

export class PlatformPage extends PracticePlatform {
  /** A page of the platform, opened. */
  async openOn(page: Page): Promise<void> {
    await page.goto(this.origin);
    await page.getByRole("heading", { name: "Practice platform" }).waitFor();
    await page.getByLabel("Who", { exact: true }).locator("option").first().waitFor({ state: "attached" });
  }

  /** Chooses and launches. @returns Where the tool is shown: this page, or the window that opened. */
  async launchOn(
    page: Page,
    { activity, learner = "101", role = "learner", settings = {} }: PageLaunch,
  ): Promise<Page> {
    await this.openOn(page);
    await pick(page, "Activity", activity);
    await pick(page, "Who", new RegExp(`· ${learner}( |$)`));
    await page.getByLabel("Role", { exact: true }).selectOption({ label: WORDS.role[role] });
    await page.getByText("How it is launched").click();
    const { shown_in, tells, login_by, storage } = settings;
    if (shown_in) await page.getByLabel("Open the tool in", { exact: true }).selectOption(shown_in);
    if (tells) await page.getByLabel("Tell the tool of the learner", { exact: true }).selectOption(tells);
    if (login_by) await page.getByLabel("Log in at the tool by", { exact: true }).selectOption(login_by);
    if (storage !== undefined)
      await page.getByRole("switch", { name: "Platform storage" }).setChecked(storage);
    if (settings.former_key) await page.getByLabel(/In LTI 1.1/).selectOption(settings.former_key);
    const [popup] = await Promise.all([
      shown_in === "window" ? page.waitForEvent("popup") : null,
      page.getByRole("button", { name: /^Launch / }).click(),
    ]);
    return popup ?? page;
  }

  async closeTool(page: Page): Promise<void> {
    await page.getByRole("button", { name: "Close the tool" }).click();
    await page.getByRole("button", { name: "Close the tool" }).waitFor({ state: "detached" });
  }

  /** All that came for a learner, the first first; in the column of this name, or in any. */
  async scores(learner: string, column?: string): Promise<readonly Score[]> {
    const { learners, line_items, scores } = await this.state();
    const { user_id } = learnerNamed(learners, learner);
    const columns = line_items.filter(({ label }) => column === undefined || label === column);
    return scores.filter(
      (score) =>
        score.user_id === user_id && columns.some(({ line_item_id }) => line_item_id === score.line_item_id),
    );
  }

  async setFaults(change: Partial<PlatformState["faults"]>): Promise<void> {
    const { faults } = await this.state();
    await this.do("/faults", { ...faults, ...change });
  }
}

export function learnerNamed(learners: readonly Learner[], former: string): Learner {
  const found = learners.find(({ former_user_id }) => former_user_id === former);
  if (found === undefined) throw new Error(`The platform has no learner ${former}`);
  return found;
}

async function pick(page: Page, label: string, option: string | RegExp): Promise<void> {
  const found = page.getByLabel(label, { exact: true }).locator("option", { hasText: option }).first();
  await found.waitFor({ state: "attached" });
  await page.getByLabel(label, { exact: true }).selectOption((await found.getAttribute("value")) ?? "");
}

/** The course in the player, once it has loaded. */
export async function courseIn(page: Page): Promise<Frame> {
  const frame = await frameAt(page, "/c/");
  await frame.waitForLoadState("load");
  return frame;
}
