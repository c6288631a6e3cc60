/**
 * The course's frame. The course may do much, but never navigate what is above it: neither the player nor the
 * LMS. (It shares our origin, so that it finds the API; what it could do to us through that is by design.)
 */
const SANDBOX = [
  "allow-scripts",
  "allow-same-origin",
  "allow-forms",
  "allow-popups",
  "allow-popups-to-escape-sandbox",
  "allow-downloads",
  "allow-modals",
  "allow-presentation",
  "allow-pointer-lock",
  "allow-orientation-lock",
].join(" ");

const ALLOWED = [
  "fullscreen",
  "autoplay",
  "encrypted-media",
  "picture-in-picture",
  "microphone",
  "camera",
  "clipboard-write",
  "accelerometer",
  "gyroscope",
  "xr-spatial-tracking",
].join("; ");

export class CourseFrame {
  readonly #host: HTMLElement;
  #frame: HTMLIFrameElement | null = null;

  constructor(host: HTMLElement) {
    this.#host = host;
  }

  open(url: string, title: string, onLoaded: () => void): void {
    this.close();
    const frame = document.createElement("iframe");
    frame.className = "course";
    frame.title = title;
    frame.setAttribute("sandbox", SANDBOX);
    frame.setAttribute("allow", ALLOWED);
    frame.setAttribute("allowfullscreen", "");
    frame.addEventListener("load", onLoaded, { once: true });
    frame.src = url;
    this.#frame = frame;
    this.#host.replaceChildren(frame);
    frame.focus();
  }

  /**
   * Takes the page away. Its `pagehide` and `unload` handlers run inside this call; `beforeunload`, where some
   * courses save, comes only with a navigation, so it is sent beforehand. It cannot ask to stay.
   */
  close(): void {
    const frame = this.#frame;
    this.#frame = null;
    if (frame === null) return;
    if (frame.contentWindow) sayBeforeUnload(frame.contentWindow);
    frame.remove();
  }
}

function sayBeforeUnload(page: Window): void {
  try {
    page.dispatchEvent(new Event("beforeunload", { cancelable: true }));
    for (let index = 0; index < page.frames.length; index += 1) {
      const nested = page.frames[index];
      if (nested) sayBeforeUnload(nested);
    }
  } catch {
    // A page of another origin: it saves nothing through us.
  }
}
