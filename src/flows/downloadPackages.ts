/** The packages of many deliveries as one zip of zips, built while it is sent: memory stays flat however many (RULES §7). */
import type { PackageFormat } from "../core/bridge.ts";
import { contentOriginFor } from "../core/contentOrigin.ts";
import { Fault } from "../core/faults.ts";
import { kindOf } from "../core/licensing/kinds/index.ts";
import {
  type DeliveryFilter,
  type PackagedDelivery,
  pageOfPackagedDeliveries,
} from "../store/listing/deliveries.ts";
import type { Context } from "./context.ts";
import { buildPackage } from "./packaging/buildPackage.ts";
import { folderName, type PackageNaming, packageFileName } from "./packaging/names.ts";
import { type ZipFile, zipStream } from "./packaging/zipStream.ts";

/** Read by key, so that nothing in the database is held open while somebody downloads. */
const READ_AT_ONCE = 100;

/**
 * Revoked deliveries are left out: their packages open nothing.
 * @returns The bytes; whoever stops reading stops the work.
 * @throws Fault `not_found` where no delivery matches.
 */
export async function downloadPackages(
  context: Context,
  accountId: string,
  filter: DeliveryFilter,
): Promise<AsyncGenerator<Buffer>> {
  const read = (after: string | null) =>
    pageOfPackagedDeliveries(
      context.db,
      accountId,
      { ...filter, revoked: false },
      { after, most: READ_AT_ONCE },
    );
  const first = await read(null);
  if (first.length === 0) throw new Fault("not_found", "No delivery that is not revoked matches.");
  return zipStream(packages(context, first, read));
}

async function* packages(
  context: Context,
  first: readonly PackagedDelivery[],
  read: (after: string) => Promise<readonly PackagedDelivery[]>,
): AsyncGenerator<ZipFile> {
  const twins = new Map<string, number>();
  for (let page = first; page.length > 0; ) {
    for (const delivery of page) yield await packageOf(context, delivery, twins);
    const last = page.at(-1);
    page = last && page.length === READ_AT_ONCE ? await read(last.id) : [];
  }
}

async function packageOf(
  context: Context,
  delivery: PackagedDelivery,
  twins: Map<string, number>,
): Promise<ZipFile> {
  const naming: PackageNaming = {
    format: delivery.format as PackageFormat,
    courseTitle: delivery.course_title,
    licenseKind: kindOf(delivery.kind).title,
    label: delivery.label,
    shortId: delivery.short_id,
  };
  const contentOrigin = contentOriginFor(context.config.CONTENT_ORIGIN, delivery.account_id);
  return {
    name: uniqueName(folderName(delivery.connection_name), packageFileName(naming).utf8, twins),
    content: await buildPackage({ ...naming, key: delivery.key, contentOrigin }),
  };
}

/** One folder for each LMS. Twins are numbered; file systems that know no case must hold both. */
function uniqueName(folder: string, file: string, twins: Map<string, number>): string {
  const key = `${folder}/${file}`.toLowerCase();
  const number = (twins.get(key) ?? 0) + 1;
  twins.set(key, number);
  if (number === 1) return `${folder}/${file}`;
  // Numbered, it could be what another one is called: then it gets a number of its own.
  return uniqueName(folder, file.replace(/\.zip$/, ` (${number}).zip`), twins);
}
