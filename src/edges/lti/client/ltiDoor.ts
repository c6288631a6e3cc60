/** The pages at the door of LTI: what each does is in its `data-door` (`edges/lti/door/pages.tsx`). */
import { answerWindows, askOpener } from "./openerSecret.ts";
import { findWith, type Kept, leaveWith } from "./platformStorage.ts";

const DOORS: Readonly<Record<string, (page: HTMLElement) => void>> = {
  leave: (page) => void leave(page),
  find: (page) => void find(page),
  retry,
  close,
};

function keptBy({ dataset }: HTMLElement): Kept | null {
  const { target, origin, key } = dataset;
  return target && origin && key ? { target, origin, key } : null;
}

/** All is done here: whoever opened the page may take it away (LTI Dynamic Registration 1.0 §3.7). It is told nothing else. */
function close(): void {
  (window.opener ?? window.parent).postMessage({ subject: "org.imsglobal.lti.close" }, "*");
}

/** Whether or not the platform has kept it, the cookie may have been: then all goes well too. */
async function leave(page: HTMLElement): Promise<void> {
  const kept = keptBy(page);
  if (kept) await leaveWith(kept, page.dataset["secret"] ?? "");
  window.location.replace(page.dataset["next"] ?? "");
}

async function find(page: HTMLElement): Promise<void> {
  const kept = keptBy(page);
  const opener = page.dataset["opener"];
  const secret = (kept && (await findWith(kept))) ?? (opener ? await askOpener(opener) : null);
  if (secret === null) return offer(page);
  const form = page.querySelector<HTMLFormElement>("form");
  const field = form?.querySelector<HTMLInputElement>('[name="binding"]');
  if (!form || !field) return;
  field.value = secret;
  form.submit();
}

/** A window of its own, which asks this page for the secret where it has no cookie either; or what else helps. */
function offer(page: HTMLElement): void {
  const { hash, secret } = page.dataset;
  const part = (name: string) => page.querySelector<HTMLElement>(`[data-part="${name}"]`);
  const offered = part("window");
  part("opening")?.setAttribute("hidden", "");
  if (!offered || !hash || !secret) {
    show(part("cookies"));
    return;
  }
  answerWindows(hash, secret);
  show(offered);
  const link = offered.querySelector<HTMLAnchorElement>("a");
  link?.addEventListener("click", () => {
    link.textContent = link.dataset["again"] ?? link.textContent;
    offered.querySelector('[data-when="offered"]')?.setAttribute("hidden", "");
    show(offered.querySelector<HTMLElement>('[data-when="opened"]'));
  });
}

/** What has just appeared is read out. */
function show(part: HTMLElement | null): void {
  if (!part) return;
  part.removeAttribute("hidden");
  const heading = part.querySelector<HTMLElement>("h1");
  if (heading) document.title = heading.textContent ?? document.title;
  heading?.focus({ preventScroll: true });
}

function retry(page: HTMLElement): void {
  const form = page.querySelector<HTMLFormElement>("form[data-seconds]");
  const status = form?.querySelector<HTMLElement>("[data-words]");
  if (!form || !status) return;
  let left = Number(form.dataset["seconds"]);
  const tick = () => {
    if (left <= 0) {
      form.submit();
      return;
    }
    status.textContent = (status.dataset["words"] ?? "").replace("{seconds}", String(left--));
    window.setTimeout(tick, 1000);
  };
  form.addEventListener("submit", () => {
    left = Number.POSITIVE_INFINITY;
  });
  tick();
}

const main = document.querySelector<HTMLElement>("main[data-door]");
if (main) DOORS[main.dataset["door"] ?? ""]?.(main);
