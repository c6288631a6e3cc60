/** The gateway that runs in this process, as its people would connect it with the practice platform by its API. */
import { ltiLinkOf } from "../../core/lti/links.ts";
import type { Context } from "../../flows/context.ts";
import { makeLti11Secret } from "../../flows/lti/lti11Secrets.ts";
import { makeRegistrationLink } from "../../flows/lti/registrationLinks.ts";
import { listAccounts } from "../../store/accounts.ts";
import { listLiveLinks, type ObservedDelivery } from "../../store/observations.ts";
import type { PlatformGateway } from "../practicePlatform/platformGateway.ts";
import { notFound } from "../practicePlatform/refusal.ts";

const BY = { actor: "practice-platform", why: "Tried out in the practice platform" };

/** The first account, which is the demo's: one platform is one customer's. */
export function ltiGatewayHere(context: Context): PlatformGateway {
  const linkOf = ({ key }: ObservedDelivery) => ltiLinkOf(context.config.APP_ORIGIN, key);
  const links = async () => {
    const { id } = await requireAccount(context);
    return (await listLiveLinks(context.db)).filter(({ account_id }) => account_id === id);
  };
  return {
    registrationUrl: async () => {
      const { id } = await requireAccount(context);
      const order = { connection_id: null, name: "Practice platform" };
      return (await makeRegistrationLink(context, BY, id, order)).url;
    },
    links: async () =>
      (await links()).map((delivery) => ({
        title: [delivery.course_title, delivery.label].filter(Boolean).join(" · "),
        url: linkOf(delivery),
      })),
    consumerOf: async (url) => {
      const delivery = (await links()).find((one) => linkOf(one) === url);
      if (delivery === undefined) throw notFound(`link ${url} of the gateway`);
      const { made, secret } = await makeLti11Secret(context, BY, delivery, 0);
      return { key: made.consumer_key, secret };
    },
  };
}

async function requireAccount({ db }: Pick<Context, "db">): Promise<{ readonly id: string }> {
  const [account] = await listAccounts(db);
  if (account === undefined) throw notFound("account in the gateway");
  return account;
}
