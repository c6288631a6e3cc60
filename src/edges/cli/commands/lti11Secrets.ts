/** Secrets that an LMS signs launches of LTI 1.1 with. */
import { command, delivery, given, id, most, rowsOf, wholeNumber } from "../command.ts";

const pathOf = (asked: { readonly account: string; readonly delivery: string }) =>
  `/accounts/${asked.account}/deliveries/${asked.delivery}/lti11-secrets`;

export const LTI11_SECRET_COMMANDS = {
  "lti11-secret create": command(
    "Make the secret that an LMS signs a delivery's launches with, shown this once; the one before it is accepted beside it for a while",
    { ...delivery, days: wholeNumber.optional().describe("how long; 14 if not given") },
    async ({ api }, asked) => ({
      made: await api.post(pathOf(asked), given({ overlap_days: asked.days })),
    }),
  ),
  "lti11-secret list": command(
    "List the secrets that a delivery's launches are signed with, and when they were last used",
    { ...delivery, ...most },
    (call, asked) => rowsOf(call, pathOf(asked), { most: asked.most }),
  ),
  "lti11-secret end": command(
    "Refuse launches signed with a secret from now on",
    { ...delivery, secret: id },
    async ({ api }, asked) => ({ made: await api.post(`${pathOf(asked)}/${asked.secret}/end`) }),
  ),
} as const;
