/** The packages of many deliveries as one zip of zips, with the links of those that have none, built while it is sent: memory stays flat however many (RULES §7). */
import type { PackageFormat } from "../core/bridge.ts";
import { contentOriginFor } from "../core/contentOrigin.ts";
import { Fault } from "../core/faults.ts";
import {
  type DeliveryFilter,
  type PackagedDelivery,
  pageOfPackagedDeliveries,
} from "../store/listing/deliveries.ts";
import type { Context } from "./context.ts";
import { buildPackage } from "./packaging/buildPackage.ts";
import { createLinkFiles, namingOf } from "./packaging/linkFiles.ts";
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
  const links = createLinkFiles(context.config.APP_ORIGIN);
  for (let page = first; page.length > 0; ) {
    for (const delivery of page) {
      const { format } = delivery;
      if (format !== "lti") yield await packageOf(context, { ...delivery, format }, twins);
      else yield* links.add(delivery);
    }
    const last = page.at(-1);
    page = last && page.length === READ_AT_ONCE ? await read(last.id) : [];
  }
  yield* links.end();
}

async function packageOf(
  context: Context,
  delivery: PackagedDelivery & { readonly format: PackageFormat },
  twins: Map<string, number>,
): Promise<ZipFile> {
  const naming: PackageNaming = { format: delivery.format, ...namingOf(delivery) };
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
