/** A course is fetched from an address that the caller names, then imported as if it had been uploaded. */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { Fault } from "../core/faults.ts";
import { type CourseImport, deleteImport, insertImport } from "../store/courseImports.ts";
import { findCourse } from "../store/courses.ts";
import type { By } from "./audited.ts";
import type { Context } from "./context.ts";
import {
  giveUp,
  type Once,
  receive,
  requireImport,
  requireSense,
  runImport,
  startImport,
  UPLOAD_TYPES,
  type UploadOrder,
  type UploadType,
  uploadFolder,
} from "./courseImports.ts";
import { DEFAULT_IMPORT_LIMITS } from "./import/importTypes.ts";
import { createOutgoing, type Fetched, troubleOf } from "./outgoing.ts";

export interface FetchOrder extends Pick<UploadOrder, "course_id" | "title"> {
  readonly source_url: string;
}

/** Which type a file is that its server calls by another name, or by none. */
const OTHER_NAMES: Readonly<Record<string, UploadType>> = {
  "application/x-zip-compressed": "application/zip",
  "application/x-zip": "application/zip",
};
const UNKNOWN_TYPE = "application/octet-stream";

/**
 * Settles as soon as the order stands; the file is fetched and imported beside.
 * @throws Fault where the order is wrong.
 */
export async function fetchCourse(
  context: Context,
  by: By,
  order: FetchOrder,
  once: Once,
): Promise<CourseImport> {
  outgoingOf(context).requireSuitable(order.source_url);
  if (order.course_id && !(await findCourse(context.db, order.course_id)))
    throw new Fault("not_found", `course_id: found no course with the id ${order.course_id}.`);
  const id = context.deps.newId();
  await insertImport(context.db, {
    id,
    for_course_id: order.course_id,
    title: order.title,
    content_type: UNKNOWN_TYPE,
    total_bytes: null,
    created_at: context.deps.clock.now(),
    created_by: by.actor,
  });
  const standing = await once(order.source_url, (joined) => requireImport(joined, id)).catch(
    async (error: unknown) => {
      await giveUp(context, id, error);
      throw error;
    },
  );
  if (standing.id !== id) await deleteImport(context.db, id);
  else
    startImport(context, id, (signal) => fetchAndImport(context, by, id, order, signal), {
      state: "receiving",
    });
  return requireImport(context, standing.id);
}

/** Never throws: it runs for itself. */
async function fetchAndImport(
  context: Context,
  by: By,
  id: string,
  { source_url, ...about }: FetchOrder,
  signal: AbortSignal,
): Promise<void> {
  let path: string | null = null;
  let fetched: Fetched | null = null;
  try {
    fetched = await outgoingOf(context).get(source_url, {
      types: [...Object.keys(UPLOAD_TYPES), ...Object.keys(OTHER_NAMES), UNKNOWN_TYPE],
      mostBytes: DEFAULT_IMPORT_LIMITS.maxZipBytes,
      signal,
    });
    const order = { ...about, content_type: typeOf(fetched), total_bytes: fetched.total_bytes };
    await requireSense(context, order);
    path = join(await uploadFolder(context), `${id}${UPLOAD_TYPES[order.content_type]}`);
    await receive(context, id, path, fetched.content, (_digest, work) => work(context));
    await runImport(context, by, id, order, path, signal);
  } catch (error) {
    // Broken off before anybody read it, its own error says more than that it is gone.
    await giveUp(context, id, (fetched && troubleOf(fetched)) ?? error);
    if (path !== null) await rm(path, { force: true });
  }
}

function typeOf({ content_type, url, content }: Fetched): UploadType {
  const named = OTHER_NAMES[content_type] ?? content_type;
  const [type] =
    Object.entries(UPLOAD_TYPES).find(([type, ending]) =>
      named === UNKNOWN_TYPE ? url.pathname.toLowerCase().endsWith(ending) : type === named,
    ) ?? [];
  if (type !== undefined) return type as UploadType;
  content.destroy();
  throw new Fault(
    "source_unavailable",
    "Nothing could be fetched from that address: neither its content type nor its ending says what it is.",
  );
}

function outgoingOf({ config }: Pick<Context, "config">) {
  return createOutgoing({ trustedOrigins: config.OUTGOING_TRUSTED_ORIGINS });
}
