/** Common Cartridges: the LTI links of a license or a list in one file, for LMSs that import links in bulk. */
import { Readable } from "node:stream";
import { z } from "zod";
import { downloadCartridge } from "../../../flows/downloadCartridge.ts";
import { CARTRIDGE_VERSIONS } from "../../../flows/packaging/cartridge.ts";
import { saveAs } from "../../http/saveAs.ts";
import { defineRoute, type Route, reply } from "../route.ts";
import { id } from "../schemas.ts";

const CARTRIDGE = { binary: "application/zip" } as const;

export const COMMON_CARTRIDGE_ROUTES: readonly Route[] = [
  defineRoute({
    id: "deliveries.common_cartridge",
    tag: "Deliveries",
    method: "get",
    path: "/accounts/{account_id}/common-cartridges",
    permission: "deliveries",
    need: "change",
    summary: "Download the LTI links of a license or a list as a thin Common Cartridge",
    description:
      "For LMSs that import links in bulk. Of the deliveries of format `lti` that there are for one LMS and are not revoked; `deliveries/bulk` makes those that are missing. The same links make the same bytes. Built while it is sent.",
    query: z
      .strictObject({
        license_id: id.optional().meta({ description: "Of this license; or:" }),
        list_id: id.optional().meta({ description: "of the courses of this list." }),
        connection_id: id.optional().meta({ description: "Not given: the account's first connection." }),
        version: z
          .enum(CARTRIDGE_VERSIONS, { error: `expected one of ${CARTRIDGE_VERSIONS.join(", ")}` })
          .default("1.3")
          .meta({ description: "Of Common Cartridge. Take an older one where the LMS knows no newer." }),
      })
      .refine((query) => (query.license_id === undefined) !== (query.list_id === undefined), {
        error: "expected either license_id or list_id",
        path: ["license_id"],
      }),
    answers: { 200: CARTRIDGE },
    faults: [],
    run: async ({ context, params: { account_id }, query }) => {
      const { license_id = null, list_id = null, connection_id = null, version } = query;
      const order = { account_id, license_id, list_id, connection_id, version };
      const { name, bytes } = await downloadCartridge(context, order);
      return reply(200, Readable.from(bytes, { objectMode: false }), { headers: saveAs(name) });
    },
  }),
];
