/** What registrations of LTI platforms look like on the wire, of an account and of the vendor alike. */
import { z } from "zod";
import { MOST_DEPLOYMENT } from "../../../core/lti/platformConfiguration.ts";
import { CHECK_NAMES, type Checked } from "../../../flows/lti/checkRegistration.ts";
import type { LtiDeployment, LtiRegistration } from "../../../store/lti/registrations.ts";
import { id, moment, nameText, text } from "../schemas.ts";

const MOST_URL = 2048;
const MOST_CLIENT_ID = 255;
const MOST_PRODUCT = 100;

/** On one line: what platforms compare letter by letter, and what stands in logs and pages. */
const line = (most: number) =>
  text(most).refine((written) => !/\p{Cc}/u.test(written), { error: "expected no control characters" });

const webAddress = line(MOST_URL).refine(
  (written) => URL.canParse(written) && /^https?:$/.test(new URL(written).protocol),
  { error: "expected a URL such as https://lms.example.com/auth" },
);

/** Security Framework 1.0 §5.1.2 */
const issuer = webAddress
  .refine((written) => !/[?#]/.test(written), { error: "expected an issuer without a query or a fragment" })
  .meta({
    description: "As the LMS names itself in `iss`, letter by letter.",
    examples: ["https://lms.example.com"],
  });

const clientId = line(MOST_CLIENT_ID).meta({ description: "What the LMS calls the gateway." });
const authorizationUrl = webAddress.meta({
  description: "Where the LMS signs learners in: its authentication request URL.",
});
const tokenUrl = webAddress.meta({ description: "Where the LMS grants access to grades and members." });
const jwksUrl = webAddress.meta({ description: "Where the LMS publishes its keys." });
const tokenAudience = line(MOST_URL).nullable().meta({
  description: "Whom the LMS expects to be named when it is asked for access; null: its token_url.",
});
const product = z
  .string({ error: "expected text" })
  .trim()
  .max(MOST_PRODUCT)
  .refine((written) => !/\p{Cc}/u.test(written), { error: "expected no control characters" })
  .meta({ description: "Such as `moodle` or `canvas`.", examples: ["moodle"] });

export const registrationBody = {
  name: nameText,
  issuer,
  client_id: clientId,
  authorization_url: authorizationUrl,
  token_url: tokenUrl,
  jwks_url: jwksUrl,
  token_audience: tokenAudience.default(null),
  product: product.default(""),
};

export const registrationChangeBody = {
  name: nameText.optional(),
  authorization_url: authorizationUrl.optional(),
  token_url: tokenUrl.optional(),
  jwks_url: jwksUrl.optional(),
  token_audience: tokenAudience.optional(),
  product: product.optional(),
};

export const joinedConnection = id.nullable().meta({
  description:
    "Where deployments go that were not seen before; null: each is refused until somebody assigns it.",
});

export const deploymentName = line(MOST_DEPLOYMENT).meta({
  description: "As the LMS names the installation.",
  examples: ["1"],
});

export const registrationShape = z
  .object({
    id,
    account_id: id.nullable().meta({ description: "Null: the vendor's own, which several accounts share." }),
    connection_id: joinedConnection,
    name: z.string(),
    issuer: z.string(),
    client_id: z.string(),
    authorization_url: z.string(),
    token_url: z.string(),
    token_audience: z.string().nullable(),
    jwks_url: z.string(),
    product: z.string().meta({ description: "Empty where nobody said." }),
    dynamic: z.boolean().meta({ description: "The LMS registered itself, by a link." }),
    created_at: moment,
    ended_at: moment.nullable().meta({ description: "Since then no launch comes in through it." }),
  })
  .meta({ id: "LtiRegistration" });

export const showRegistration = (registration: LtiRegistration): z.output<typeof registrationShape> =>
  registration;

export const deploymentFields = {
  id: id.meta({ description: "Ours." }),
  registration_id: id,
  deployment_id: z.string().meta({ description: "The LMS's own name for the installation." }),
  account_id: id.nullable().meta({ description: "Null: it was seen, and nobody has assigned it yet." }),
  connection_id: id.nullable(),
  first_seen_at: moment,
};

export const deploymentShape = z.object(deploymentFields).meta({ id: "LtiDeployment" });

export const showDeployment = (deployment: LtiDeployment): z.output<typeof deploymentShape> => deployment;

const status = z.enum(["good", "warning", "problem"]).meta({
  description:
    "`problem`: launches are refused. `warning`: launches come in, but something that some of them need may be missing.",
});

export const checkedShape = z
  .object({
    checked_at: moment,
    status,
    points: z.array(
      z.object({
        point: z.enum(CHECK_NAMES).meta({ description: "What was looked at." }),
        status,
        words: z.string().meta({ description: "What was found, and what to do about it." }),
      }),
    ),
  })
  .meta({ id: "LtiCheck" });

export const showChecked = ({ points, ...rest }: Checked): z.output<typeof checkedShape> => ({
  ...rest,
  points: [...points],
});

/** What both may be asked with. */
export const CHECK_SUMMARY = {
  summary: "Check a registration, and say in words what is wrong with it",
  description:
    "Asks the LMS all that launches, scores and lists of members would ask: its key set, its authorization URL, a token for each service. Nothing is changed, there or here. It takes some seconds where the LMS is slow.",
};
