/** Content is published before its version is committed: a process that dies between the two leaves content that nothing names. */
import { listKnownVersions } from "../../store/courses.ts";
import type { Context } from "../context.ts";

/**
 * @param publishedBefore Younger content may be of an import under way, here or in another process.
 * @returns The versions whose content was discarded.
 */
export async function discardLeftContent(
  { contentStore, db, deps }: Pick<Context, "contentStore" | "db" | "deps">,
  publishedBefore: Date,
): Promise<string[]> {
  const published = await contentStore.listPublished(publishedBefore);
  const known = new Set(await listKnownVersions(db, published));
  // A gateway that was started on a wrong or an empty database must not throw the courses of the right one away.
  if (published.length > 0 && known.size === 0) {
    deps.log.warn("The database names none of the stored content: is it another gateway's?");
    return [];
  }
  const left = published.filter((version) => !known.has(version));
  for (const version of left) await contentStore.discard(version);
  return left;
}
