/** The gateway's own secrets. */
import { z } from "zod";
import { renewTokenSecret } from "../../../flows/renewTokenSecret.ts";
import { command, flag } from "./command.ts";

export const SECRET_COMMANDS = {
  "token-secret renew": command(
    "Sign launch tokens and content addresses with a new secret; where it is no setting",
    z.object({
      forget: flag
        .default(false)
        .describe("`on`: refuse what the old one signed at once; open courses must be opened again"),
    }),
    async ({ context, by }, asked) => {
      await renewTokenSecret(context, by, asked.forget);
      return { made: { token_secret: "renewed", previous: asked.forget ? "refused" : "accepted" } };
    },
  ),
} as const;
