/** The LTI links of a license or a list for one LMS, as a thin Common Cartridge that is built while it is sent. */
import { Fault } from "../core/faults.ts";
import { kindOf } from "../core/licensing/kinds/index.ts";
import { ltiLinkOf } from "../core/lti/links.ts";
import { findBundle, findCourse } from "../store/courses.ts";
import type { License } from "../store/licenses.ts";
import { type CartridgeLink, type CartridgeOf, pageOfCartridgeLinks } from "../store/lti/cartridgeLinks.ts";
import type { Context } from "./context.ts";
import { chooseConnection } from "./deliveries.ts";
import { requireLicense } from "./licenses.ts";
import { requireList } from "./lists.ts";
import { type CartridgeVersion, cartridgeFiles, type LinkInCartridge } from "./packaging/cartridge.ts";
import { namingOf } from "./packaging/linkFiles.ts";
import { cartridgeFileName, type PackageFileName, packageTitle } from "./packaging/names.ts";
import { zipStream } from "./packaging/zipStream.ts";

/** Either a license or a list. */
export interface CartridgeOrder {
  readonly account_id: string;
  readonly license_id: string | null;
  readonly list_id: string | null;
  /** Null: the account's first connection. */
  readonly connection_id: string | null;
  readonly version: CartridgeVersion;
}

/** Read by key, so that nothing in the database is held open while somebody downloads. */
const READ_AT_ONCE = 500;

/**
 * Of the deliveries that there are; revoked ones are left out.
 * @throws Fault `not_found` where there is no link to be had.
 */
export async function downloadCartridge(
  context: Context,
  order: CartridgeOrder,
): Promise<{ readonly name: PackageFileName; readonly bytes: AsyncGenerator<Buffer> }> {
  const { db } = context;
  const folder = await folderOf(context, order);
  const of: CartridgeOf = { ...order, connection_id: await chooseConnection(db, order) };
  const read = (after: CartridgeLink | null) => pageOfCartridgeLinks(db, of, { after, most: READ_AT_ONCE });
  const first = await read(null);
  if (first.length === 0)
    throw new Fault(
      "not_found",
      "There is no LTI link of this for that LMS; make them with format lti, one by one or in bulk.",
    );
  const links = linksOf(context.config.APP_ORIGIN, first, read);
  return {
    name: cartridgeFileName(folder.title),
    bytes: zipStream(cartridgeFiles(order.version, folder, links)),
  };
}

/** The links lie in a folder that is called as what they are of. */
async function folderOf(
  { db }: Context,
  { account_id, license_id, list_id }: CartridgeOrder,
): Promise<{ readonly id: string; readonly title: string }> {
  if (license_id === null) {
    const { id, name } = await requireList(db, account_id, list_id ?? "");
    return { id, title: name };
  }
  const license = await requireLicense(db, account_id, license_id);
  const { id, kind, short_id } = license;
  const courseTitle = await scopeOf(db, license);
  return {
    id,
    title: packageTitle({ courseTitle, licenseKind: kindOf(kind).title, label: "", shortId: short_id }),
  };
}

async function scopeOf(db: Context["db"], { course_id, bundle_id }: License): Promise<string> {
  if (course_id) return (await findCourse(db, course_id))?.title ?? "";
  if (bundle_id) return (await findBundle(db, bundle_id))?.name ?? "";
  return "All courses";
}

async function* linksOf(
  appOrigin: string,
  first: readonly CartridgeLink[],
  read: (after: CartridgeLink) => Promise<readonly CartridgeLink[]>,
): AsyncGenerator<LinkInCartridge> {
  for (let page = first; page.length > 0; ) {
    for (const link of page)
      yield {
        id: link.id,
        title: packageTitle(namingOf(link)),
        launch_url: ltiLinkOf(appOrigin, link.key),
        delivery_key: link.key,
      };
    const last = page.at(-1);
    page = last && page.length === READ_AT_ONCE ? await read(last) : [];
  }
}
