/**
 * Where a link stands in the gradebook, where the platform names only the container: found, or made once, whoever comes
 * first. Nothing of it is in a transaction while the platform is waited for: whoever has the row's claim asks.
 */
import { createHash } from "node:crypto";
import { USUAL_MAXIMUM } from "../../../core/lti/grade.ts";
import { LINE_ITEM_READONLY_SCOPE, LINE_ITEM_SCOPE } from "../../../core/lti/scopes.ts";
import { addSeconds } from "../../../core/time.ts";
import type { DueTarget } from "../../../store/lti/gradeOutbox.ts";
import {
  claimLineItem,
  findLineItem,
  findLinked,
  type LineItemPlace,
  setTargetLineItem,
  settleLineItem,
} from "../../../store/lti/lineItems.ts";
import type { LtiRegistration } from "../../../store/lti/registrations.ts";
import type { Context } from "../../context.ts";
import { askingServices } from "../accessTokens.ts";
import type { ServicePlatform } from "../services/ltijs.ts";
import type { LineItem } from "../services/serviceAnswers.ts";

/** Longer than finding and making take together. */
const CLAIM_SECONDS = 150;

export type FoundLineItem =
  | { readonly type: "found"; readonly url: string }
  /** Another process is at it. */
  | { readonly type: "busy" }
  /** The platform has none, and offers no way to make one. */
  | { readonly type: "none" };

type Container = DueTarget & { readonly line_items_url: string };

/**
 * @param gone One that was tried, and answers that it is not there.
 * @throws ServiceProblem
 */
export async function lineItemOf(
  context: Context,
  registration: LtiRegistration,
  target: DueTarget,
  gone: string | null,
): Promise<FoundLineItem> {
  if (!hasContainer(target) || !maySearch(target)) return { type: "none" };
  const linked = await findLinked(context.db, target.account_id, target.attempt_id);
  if (!linked) return { type: "none" };
  const place = placeOf(registration, target, linked.delivery_key);
  const known = await findLineItem(context.db, place);
  if (known !== null && known !== gone) return keep(context, target, known);
  const at = context.deps.clock.now();
  const isMine = await claimLineItem(context.db, place, gone, at, addSeconds(at, CLAIM_SECONDS));
  if (!isMine) return { type: "busy" };
  let url: string | null = null;
  try {
    url = await askingServices(context, registration, (platform) =>
      findOrMake(context, platform, target, linked, gone),
    );
  } finally {
    await settleLineItem(context.db, place, url);
  }
  return url === null || url === gone ? { type: "none" } : keep(context, target, url);
}

function hasContainer(target: DueTarget): target is Container {
  return target.line_items_url !== null;
}

function maySearch({ scopes }: DueTarget): boolean {
  return scopes.includes(LINE_ITEM_SCOPE) || scopes.includes(LINE_ITEM_READONLY_SCOPE);
}

async function keep(context: Context, target: DueTarget, url: string): Promise<FoundLineItem> {
  await setTargetLineItem(context.db, target.account_id, target.id, url);
  return { type: "found", url };
}

function placeOf(registration: LtiRegistration, target: Container, deliveryKey: string): LineItemPlace {
  const parts = [target.line_items_url, target.resource_link_id, deliveryKey];
  return {
    account_id: target.account_id,
    registration_id: registration.id,
    place_hash: createHash("sha256").update(JSON.stringify(parts)).digest("hex"),
  };
}

async function findOrMake(
  context: Context,
  platform: ServicePlatform,
  { line_items_url, resource_link_id, scopes }: Container,
  { title, delivery_key }: { readonly title: string; readonly delivery_key: string },
  gone: string | null,
): Promise<string | null> {
  // Loaded when first needed: most launches name their line item.
  const { createLineItem, findLineItems } = await import("../services/ltijs.ts");
  const asked = { line_items_url, resource_link_id, scopes };
  const found = await findLineItems(context, platform, asked);
  // It is there: who is not to be found is the learner. Another one beside it would part the grades of the rest.
  if (found.some(({ id }) => id === gone)) return gone;
  const fitting = chosenAmong(found, resource_link_id, delivery_key);
  if (fitting) return fitting.id;
  if (!scopes.includes(LINE_ITEM_SCOPE)) return null;
  const made = await createLineItem(context, platform, asked, {
    label: title,
    score_maximum: USUAL_MAXIMUM,
    resource_id: delivery_key,
  });
  return made.id;
}

/** Of the link; where it has several, ours. Some platforms list the whole course's, whatever they are asked for. */
function chosenAmong(
  found: readonly LineItem[],
  resourceLinkId: string,
  deliveryKey: string,
): LineItem | undefined {
  const ofLink = found.filter(({ resource_link_id }) => resource_link_id === resourceLinkId);
  return ofLink.find(({ resource_id }) => resource_id === deliveryKey) ?? ofLink[0];
}
