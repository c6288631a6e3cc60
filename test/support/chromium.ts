/** Debian's Chromium as learners have it: with the cookie settings of people, and without a test tool's soft landings. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BrowserContext, chromium, type Page } from "playwright-core";

/** `allowed`: third-party cookies too; `third-party blocked` is what Debian's Chromium does by itself. */
export type Cookies = "allowed" | "third-party blocked" | "all blocked";

const PREFERENCES: Readonly<Record<Cookies, object>> = {
  allowed: { profile: { cookie_controls_mode: 0 } },
  "third-party blocked": { profile: { cookie_controls_mode: 1, block_third_party_cookies: true } },
  "all blocked": {
    profile: { cookie_controls_mode: 1, default_content_setting_values: { cookies: 2 } },
  },
};

/** Playwright's flags that hide what a learner's browser does: throttled timers, back/forward cache, partitions. */
const SOFT_LANDINGS = [
  "--disable-back-forward-cache",
  "--disable-background-timer-throttling",
  "--disable-backgrounding-occluded-windows",
  "--disable-renderer-backgrounding",
  "--disable-hang-monitor",
  "--disable-ipc-flooding-protection",
];

/** The last of several such flags counts: Playwright's own switches storage partitions off, which people's browsers have. */
const KEEP_PARTITIONS = "--disable-features=MediaRouter,OptimizationHints,HttpsUpgrades,Translate";

export interface Browsing {
  readonly context: BrowserContext;
  /** A page whose errors are kept, for a test to find none. */
  newPage(): Promise<Page>;
  /** Errors of pages and their consoles since the start. */
  readonly errors: readonly string[];
  close(): Promise<void>;
}

export interface BrowsingOptions {
  readonly cookies?: Cookies;
  /** Whether it runs with Playwright's own flags; otherwise as people's browsers do. */
  readonly playwrightFlags?: boolean;
  readonly viewport?: { readonly width: number; readonly height: number };
  readonly locale?: string;
  /** Further flags. */
  readonly flags?: readonly string[];
}

export async function browse(options: BrowsingOptions = {}): Promise<Browsing> {
  const folder = await mkdtemp(join(tmpdir(), "chromium-"));
  await mkdir(join(folder, "Default"));
  await writeFile(
    join(folder, "Default/Preferences"),
    JSON.stringify(PREFERENCES[options.cookies ?? "third-party blocked"]),
  );
  const context = await chromium.launchPersistentContext(folder, {
    executablePath: "/usr/bin/chromium",
    args: [
      ...["--no-sandbox", "--disable-quic", ...(options.playwrightFlags ? [] : [KEEP_PARTITIONS])],
      ...(options.flags ?? []),
    ],
    ...(options.playwrightFlags ? {} : { ignoreDefaultArgs: SOFT_LANDINGS }),
    viewport: options.viewport ?? { width: 1300, height: 900 },
    locale: options.locale ?? "en-GB",
  });
  const errors: string[] = [];
  return {
    context,
    errors,
    newPage: async () => {
      const page = await context.newPage();
      keepErrors(page, errors);
      page.on("popup", (popup) => keepErrors(popup, errors));
      return page;
    },
    close: async () => {
      await context.close();
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

function keepErrors(page: Page, errors: string[]): void {
  page.on("pageerror", (error) => errors.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error") errors.push(`${message.text()} (${message.location().url})`);
  });
}
