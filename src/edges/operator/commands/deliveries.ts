/** Deliveries and their packages. */
import { z } from "zod";
import {
  deliver,
  downloadPackage,
  labelDelivery,
  PACKAGE_FORMATS,
  revoke,
} from "../../../flows/deliveries.ts";
import { listDeliveries } from "../../../store/licenses.ts";
import { account, command, delivery, id, license } from "./command.ts";

export const DELIVERY_COMMANDS = {
  "delivery create": command(
    "Make the package of a license for an LMS",
    z.object({
      ...license,
      format: z.enum(PACKAGE_FORMATS as [string, ...string[]]),
      course: id.optional(),
      connection: id.optional(),
      label: z.string().max(100).default(""),
    }),
    async ({ context, by }, asked) => ({
      made: await deliver(context, by, {
        account_id: asked.account,
        license_id: asked.license,
        format: asked.format as (typeof PACKAGE_FORMATS)[number],
        course_id: asked.course ?? null,
        connection_id: asked.connection ?? null,
        label: asked.label,
      }),
    }),
  ),
  "delivery list": command("List an account's deliveries", z.object(account), async ({ context }, asked) => ({
    rows: await listDeliveries(context.db, asked.account),
  })),
  "delivery label": command(
    "Label a delivery, so that its package is told from its twins",
    z.object({ ...delivery, label: z.string().max(100) }),
    async ({ context, by }, asked) => ({
      made: await labelDelivery(context, by, asked.account, asked.delivery, asked.label),
    }),
  ),
  "delivery revoke": command(
    "Close the door for every launch through a delivery",
    z.object(delivery),
    async ({ context, by }, asked) => ({
      made: await revoke(context, by, asked.account, asked.delivery),
    }),
  ),
  "delivery download": command(
    "Write the package to a file",
    z.object(delivery),
    async ({ context }, asked) => {
      const { name, bytes } = await downloadPackage(context, asked.account, asked.delivery);
      return { file: { name: name.utf8, base64: bytes.toString("base64") } };
    },
  ),
} as const;
