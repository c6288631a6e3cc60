/** Deliveries and their packages. */
import { z } from "zod";
import { account, command, delivery, flag, given, id, license, most, rowsOf, several } from "../command.ts";

const pathOf = (asked: { readonly account: string; readonly delivery: string }) =>
  `/accounts/${asked.account}/deliveries/${asked.delivery}`;

const FORMATS = "scorm12, scorm2004-3, scorm2004-4 or lti";

/** Which ones, where there are many. */
const filters = {
  license: id.optional(),
  course: id.optional(),
  list: id.optional().describe("of the courses of this list"),
  connection: id.optional(),
  format: z.string().optional().describe(FORMATS),
};

const queryOf = (asked: z.output<z.ZodObject<typeof filters>>) => ({
  license_id: asked.license,
  course_id: asked.course,
  list_id: asked.list,
  connection_id: asked.connection,
  format: asked.format,
});

export const DELIVERY_COMMANDS = {
  "delivery create": command(
    "Make the package or the LTI link of a license for an LMS",
    {
      ...license,
      format: z.string().describe(FORMATS),
      course: id.optional(),
      connection: id.optional(),
      label: z.string().optional(),
    },
    async ({ api }, asked) => ({
      made: await api.post(
        `/accounts/${asked.account}/deliveries`,
        given({
          license_id: asked.license,
          format: asked.format,
          course_id: asked.course,
          connection_id: asked.connection,
          label: asked.label,
        }),
      ),
    }),
  ),
  "delivery create-many": command(
    "Make the packages and LTI links of a license's courses, or of a list, for several LMSs and formats",
    {
      ...account,
      license: id.optional().describe("of this license's courses, or"),
      list: id.optional().describe("of those of this list"),
      kind: z.string().optional().describe("with a list: of licenses of this kind only"),
      connections: several.optional().describe("ids, separated by commas"),
      formats: several.describe(`${FORMATS}, separated by commas`),
      label: z.string().optional(),
    },
    async ({ api }, asked) => {
      const body = given({
        license_id: asked.license,
        list_id: asked.list,
        kind: asked.kind,
        connection_ids: asked.connections,
        formats: asked.formats,
        label: asked.label,
      });
      const made = await api.post<ManyMade>(`/accounts/${asked.account}/deliveries/bulk`, body);
      return {
        rows: [
          ...made.items.map(({ outcome, delivery: { id: delivery_id, ...of } }) => ({
            outcome,
            delivery_id,
            course_id: of.course_id,
            license_id: of.license_id,
            connection_id: of.connection_id,
            format: of.format,
            launch_url: of.lti?.launch_url ?? null,
          })),
          ...made.without_license.map((course_id) => ({
            outcome: "no license",
            delivery_id: null,
            course_id,
          })),
        ],
      };
    },
  ),
  "delivery list": command(
    "List an account's deliveries",
    { ...account, ...filters, ...most },
    (call, asked) =>
      rowsOf(call, `/accounts/${asked.account}/deliveries`, { ...queryOf(asked), most: asked.most }),
  ),
  "delivery label": command(
    "Label a delivery, so that it is told from its twins in the LMS",
    { ...delivery, label: z.string() },
    async ({ api }, asked) => ({ made: await api.patch(pathOf(asked), { label: asked.label }) }),
  ),
  "delivery revoke": command(
    "Close the door for every launch through a delivery",
    delivery,
    async ({ api }, asked) => ({ made: await api.post(`${pathOf(asked)}/revoke`) }),
  ),
  "delivery download": command("Write the package to a file", delivery, async ({ api, out }, asked) => ({
    file: await api.download(`${pathOf(asked)}/package`, {}, out),
  })),
  "delivery download-many": command(
    "Write the packages and LTI links of all deliveries that match into one zip",
    { ...account, ...filters, deliveries: z.string().optional().describe("ids, separated by commas") },
    async ({ api, out }, asked) => ({
      file: await api.download(
        `/accounts/${asked.account}/packages`,
        { ...queryOf(asked), ids: asked.deliveries },
        out,
      ),
    }),
  ),
  "cartridge download": command(
    "Write the LTI links of a license or a list into a Common Cartridge, making those that are missing",
    {
      ...account,
      license: id.optional().describe("of this license's courses, or"),
      list: id.optional().describe("of those of this list"),
      connection: id.optional(),
      version: z.string().optional().describe("1.3, 1.2 or 1.1"),
    },
    async ({ api, out }, asked) => {
      const of = { license_id: asked.license, list_id: asked.list };
      const connection_ids = asked.connection === undefined ? undefined : [asked.connection];
      const missing = given({ ...of, connection_ids, formats: ["lti"] });
      await api.post(`/accounts/${asked.account}/deliveries/bulk`, missing);
      const query = { ...of, connection_id: asked.connection, version: asked.version };
      return { file: await api.download(`/accounts/${asked.account}/common-cartridges`, query, out) };
    },
  ),
  "alarm list": command(
    "List what looks odd about how deliveries grow: their packages may have been handed on",
    {
      ...account,
      delivery: id.optional(),
      open: flag.optional().describe("on: those that nobody has looked at"),
      ...most,
    },
    (call, { account: of, delivery: delivery_id, ...asked }) =>
      rowsOf(call, `/accounts/${of}/alarms`, { delivery_id, ...asked }),
  ),
  "alarm acknowledge": command(
    "Say that an alarm was looked at",
    { ...account, alarm: id },
    async ({ api }, asked) => ({
      made: await api.post(`/accounts/${asked.account}/alarms/${asked.alarm}/acknowledge`),
    }),
  ),
} as const;

interface ManyMade {
  readonly items: readonly {
    readonly outcome: string;
    readonly delivery: Readonly<
      Record<"id" | "course_id" | "license_id" | "connection_id" | "format", string>
    > & { readonly lti: { readonly launch_url: string } | null };
  }[];
  readonly without_license: readonly string[];
}
