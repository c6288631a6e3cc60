/** Where the platform wants the grades of an attempt. */
import { hash } from "node:crypto";
import type { LtiMessage } from "../../core/lti/message.ts";
import type { GradeTargetOfLaunch } from "../../store/lti/rememberLaunches.ts";

/** @param id For it, unless it is known. @returns Null where the platform takes none. */
export function gradeTargetOf(message: LtiMessage, id: string): GradeTargetOfLaunch | null {
  const { grades, resource_link } = message;
  if (!grades) return null;
  const ags = grades.type === "ags" ? grades : null;
  const outcomes = grades.type === "outcomes" ? grades : null;
  return {
    id,
    target_hash: targetHashOf(message),
    service: grades.type,
    consumer_key: message.consumer_key,
    user_id: message.person.id,
    resource_link_id: resource_link.id,
    title: resource_link.title,
    line_item_url: ags?.line_item_url ?? null,
    line_items_url: ags?.line_items_url ?? null,
    scopes: ags?.scopes ?? [],
    outcome_url: outcomes?.outcome_url ?? null,
    result_sourcedid: outcomes?.result_sourcedid ?? null,
  };
}

/**
 * Whose link in which platform: where it stands in the gradebook may yet be found, made or moved, and in LTI 1.1 the platform
 * may name it anew with every launch (Moodle puts the launch into `lis_result_sourcedid`).
 */
function targetHashOf(message: LtiMessage): string {
  const { version, connection_id, registration_id, consumer_key, person, resource_link } = message;
  const parts = [version, connection_id, registration_id, consumer_key, person.id, resource_link.id];
  return hash("sha256", JSON.stringify(parts), "hex");
}
