import { make } from "./view.ts";
import { fromText, merged, type Stretches, share, toText } from "./watched.ts";

/** A video counts as seen when so much of it was really played; skipping ahead doesn't count. */
const SEEN_SHARE = 0.95;
const KEEP_EVERY_MILLISECONDS = 5_000;

export interface VideoProgress {
  /** Seconds from the start. */
  readonly location: number;
  readonly watched: string;
  readonly progress: number;
  readonly isCompleted: boolean;
}

export interface VideoStart {
  readonly url: string;
  readonly title: string;
  readonly location: number;
  readonly watched: string;
  readonly onProgress: (progress: VideoProgress) => void;
}

/** Plays on where it was left. Returns what stops it, with a last word on its progress. */
export function openVideo(stage: HTMLElement, start: VideoStart): () => void {
  const video = make("video", {
    class: "video",
    controls: "",
    playsinline: "",
    preload: "metadata",
    src: start.url,
    "aria-label": start.title,
  });
  const before = fromText(start.watched);
  const tell = () => {
    if (!Number.isFinite(video.duration)) return;
    const watched = merged([...before, ...played(video)]);
    const progress = share(watched, video.duration);
    start.onProgress({
      location: video.ended ? 0 : video.currentTime,
      watched: toText(watched),
      progress: Math.round(progress * 1000) / 1000,
      isCompleted: progress >= SEEN_SHARE,
    });
  };
  video.addEventListener("loadedmetadata", () => {
    if (start.location > 0 && start.location < video.duration) video.currentTime = start.location;
  });
  for (const event of ["pause", "ended", "seeked"]) video.addEventListener(event, tell);
  const timer = window.setInterval(() => {
    if (!video.paused) tell();
  }, KEEP_EVERY_MILLISECONDS);
  stage.replaceChildren(video);
  return () => {
    window.clearInterval(timer);
    tell();
    video.remove();
  };
}

function played(video: HTMLVideoElement): Stretches {
  return Array.from(
    { length: video.played.length },
    (_, index) => [video.played.start(index), video.played.end(index)] as const,
  );
}
