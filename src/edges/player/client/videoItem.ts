import type { CourseItem } from "../../../core/course.ts";
import type { CourseState } from "./courseState.ts";
import { openVideo } from "./video.ts";

/** A course that is a video: what was seen of it is kept as a SCORM 2004 activity's state. Returns what stops it. */
export function openVideoItem(
  stage: HTMLElement,
  item: CourseItem,
  url: string,
  state: CourseState,
  onChanged: () => void,
): () => void {
  return openVideo(stage, {
    url,
    title: item.title,
    location: Number(state.get(item.id, "cmi.location")) || 0,
    watched: state.get(item.id, "watched"),
    onProgress: ({ location, watched, progress, isCompleted }) => {
      state.set(item.id, "cmi.location", location.toFixed(1));
      state.set(item.id, "watched", watched);
      state.set(item.id, "cmi.progress_measure", String(progress));
      if (state.get(item.id, "cmi.completion_status") !== "completed")
        state.set(item.id, "cmi.completion_status", isCompleted ? "completed" : "incomplete");
      onChanged();
    },
  });
}
