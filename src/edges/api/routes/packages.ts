/** Packages: the files of deliveries, one by one or many in one zip. */
import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { z } from "zod";
import { downloadPackage } from "../../../flows/deliveries.ts";
import { downloadPackages } from "../../../flows/downloadPackages.ts";
import { saveAs } from "../../http/saveAs.ts";
import { defineRoute, type Route, reply } from "../route.ts";
import { id } from "../schemas.ts";
import { format } from "./deliveries.ts";

const ZIP = { binary: "application/zip" } as const;

const ids = z
  .codec(z.string({ error: "expected ids, separated by commas" }), z.array(id).min(1).max(200), {
    decode: (written) => written.split(","),
    encode: (list) => list.join(","),
  })
  .meta({ description: "Of deliveries, separated by commas; at most 200." });

export const PACKAGE_ROUTES: readonly Route[] = [
  defineRoute({
    id: "deliveries.package",
    tag: "Deliveries",
    method: "get",
    path: "/accounts/{account_id}/deliveries/{delivery_id}/package",
    permission: "deliveries",
    need: "change",
    summary: "Download the package of a delivery, for upload to the LMS",
    description: "The same bytes for as long as its label stays.",
    answers: { 200: ZIP },
    faults: ["conflict", "delivery_without_package"],
    run: async ({ context, params }) => {
      const { name, bytes } = await downloadPackage(context, params.account_id, params.delivery_id);
      const tag = createHash("sha256").update(bytes).digest("base64url").slice(0, 27);
      const headers = { ...saveAs(name), ETag: `"${tag}"`, "Cache-Control": "private, no-cache" };
      return reply(200, bytes, { headers });
    },
  }),
  defineRoute({
    id: "deliveries.packages",
    tag: "Deliveries",
    method: "get",
    path: "/accounts/{account_id}/packages",
    permission: "deliveries",
    need: "change",
    summary: "Download the packages of many deliveries as a zip of zips",
    description:
      "Of all that match and are not revoked, in a folder for each LMS. LTI deliveries have no package: their links are in `LTI links.csv`. Built while it is sent.",
    query: z.strictObject({
      ids: ids.optional(),
      license_id: id.optional(),
      course_id: id.optional(),
      list_id: id.optional().meta({ description: "Of the courses of this list." }),
      connection_id: id.optional(),
      format: format.optional(),
    }),
    answers: { 200: ZIP },
    faults: [],
    run: async ({ context, params, query }) => {
      const bytes = await downloadPackages(context, params.account_id, query);
      const headers = saveAs({ utf8: "packages.zip", ascii: "packages.zip" });
      return reply(200, Readable.from(bytes, { objectMode: false }), { headers });
    },
  }),
];
