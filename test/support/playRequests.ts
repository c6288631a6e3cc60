/** What a player posts to the gateway, as JSON; and how to spoil it. */
import type { LaunchRequest } from "../../src/core/bridge.ts";
import { LMS_ORIGIN } from "./fixtures.ts";

/** A launch request such as the wrapper of a 1.2 package in an ordinary LMS causes. */
export function launchBody(changes: Partial<LaunchRequest["snapshot"]> = {}): LaunchRequest {
  return {
    nonce: "nonce-nonce-nonce",
    lms_origin: LMS_ORIGIN,
    shown_in: "frame",
    snapshot: {
      wrapper: 1,
      format: "scorm12",
      api: "1.2",
      initialized: true,
      error: "0",
      learner_id: "ana",
      learner_name: "Berg, Ana",
      entry: "ab-initio",
      mode: "normal",
      credit: "credit",
      completion: "not attempted",
      success: "",
      score: { raw: "", min: "", max: "", scaled: "" },
      mastery: "",
      location: "",
      suspend_data: "",
      preferences: { audio: "", language: "", speed: "", text: "" },
      ...changes,
    },
  };
}

export function keepBody(token: string) {
  return {
    token,
    sequence: 1,
    changes: { lesson: { "cmi.core.lesson_location": "page-3", "cmi.core.exit": null } },
    rollup: {
      completion: "incomplete",
      success: "unknown",
      score: { scaled: 0.5, raw: 50, min: 0, max: 100 },
      progress: 0.5,
      location: "page-3",
      session_seconds: 12.5,
    },
    session_seconds: { lesson: 12.5 },
    marker_acknowledged: true,
    closing: false,
  };
}

/** Every field of a body, by its path: `snapshot.score.raw`. */
export function fieldsOf(body: object, prefix = ""): string[] {
  return Object.entries(body).flatMap(([name, value]) => {
    const path = prefix ? `${prefix}.${name}` : name;
    return typeof value === "object" && value !== null ? [path, ...fieldsOf(value, path)] : [path];
  });
}

/** The body with one field set to something else; `undefined` leaves it out. Names may hold dots, so give them apart. */
export function spoiled(body: object, path: readonly string[], value: unknown): object {
  const [name = "", ...rest] = path;
  const inner = (body as Record<string, unknown>)[name];
  return { ...body, [name]: rest.length > 0 ? spoiled(inner as object, rest, value) : value };
}
