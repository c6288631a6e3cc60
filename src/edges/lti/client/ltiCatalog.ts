/** What makes picking smoother where scripts run: the page works without it. */

/** The platform's answer is on its way as soon as it is there. */
function sendItself(): void {
  document.querySelector<HTMLFormElement>("form[data-sends-itself]")?.requestSubmit();
}

function watchCatalog(form: HTMLFormElement): void {
  form.addEventListener("change", (event) => {
    tellCount(form);
    if (event.target instanceof HTMLSelectElement) form.requestSubmit();
  });
  // The browser may have brought back what was selected before.
  tellCount(form);
  let isSent = false;
  form.addEventListener("submit", (event) => {
    if (isSent) event.preventDefault();
    isSent = true;
  });
  // Shown again by going back, it can be sent again.
  window.addEventListener("pageshow", () => {
    isSent = false;
  });
}

function tellCount(form: HTMLFormElement): void {
  const status = form.querySelector<HTMLElement>("[data-count]");
  if (!status) return;
  const count = form.querySelectorAll<HTMLInputElement>("input[name=pick]:checked").length;
  const words = (status.dataset["count"] ?? "").replace("{count}", String(count));
  if (status.textContent !== words) status.textContent = words;
}

const catalog = document.querySelector<HTMLFormElement>("form[data-catalog]");
if (catalog) watchCatalog(catalog);
sendItself();

export {};
