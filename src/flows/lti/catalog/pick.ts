/** The end of picking: deliveries are made or found for what was selected, and the platform is told of their links. */
import { Fault } from "../../../core/faults.ts";
import { readIdentity } from "../../../core/identity.ts";
import { type LtiLinkItem, linkItemOf, takesSeveral } from "../../../core/lti/picking.ts";
import { isTestCandidate } from "../../../core/lti/roles.ts";
import type { Sql } from "../../../store/db.ts";
import { joinTransaction } from "../../../store/joinedDb.ts";
import {
  findIdentity,
  type IdentityKey,
  insertIdentity,
  insertLearner,
  lockIdentityKey,
} from "../../../store/learners.ts";
import type { By } from "../../audited.ts";
import type { Context } from "../../context.ts";
import { deliver } from "../../deliveries.ts";
import { auditTestIdentity, settleNewcomer } from "../../launch/newcomers.ts";
import { cut, plainText } from "../../packaging/names.ts";
import { deepLinkingMessage } from "../services/ltijs.ts";
import {
  type CatalogItem,
  catalogOf,
  isAccountOpen,
  isDeliveredOnly,
  listPicked,
  type Pick,
} from "./browse.ts";
import type { PickingMessage, PickingSession } from "./session.ts";

/** Of one answer: what a person selects by hand, and what a platform takes in one form. */
export const MOST_PICKS = 50;

const TITLE_LENGTH = 200;

export type Picked =
  | { readonly type: "picked"; readonly response: string }
  /** Nothing was added; why, for whoever can change it. */
  | { readonly type: "refused"; readonly why: "none_selected" | "one_only" | "too_many" | "gone" };

/**
 * Pressed twice, or sent again, it finds the deliveries that it made. All or none.
 * @param describe What the platform may show to people, by how many links it gets.
 */
export async function pickCourses(
  context: Context,
  session: PickingSession,
  picks: readonly Pick[],
  describe: (count: number) => string,
): Promise<Picked> {
  const { message } = session;
  if (picks.length === 0) return { type: "refused", why: "none_selected" };
  if (picks.length > 1 && !takesSeveral(message)) return { type: "refused", why: "one_only" };
  if (picks.length > MOST_PICKS) return { type: "refused", why: "too_many" };
  const keys = await context.db.transaction((sql) => deliverPicks(context, sql, session, picks));
  if (!keys) return { type: "refused", why: "gone" };
  const links = keys.map(({ key, item }) =>
    linkItemOf(context.config.APP_ORIGIN, message, {
      delivery_key: key,
      title: (item.title && cut(plainText(item.title), TITLE_LENGTH)) || item.link_title,
      graded: item.graded,
    }),
  );
  return { type: "picked", response: await answer(context, message, links, describe(links.length)) };
}

/** Nothing was picked: the platform goes on as if nothing had been asked. */
export function pickNothing(context: Context, message: PickingMessage, words: string): Promise<string> {
  return answer(context, message, [], words);
}

async function answer(
  context: Context,
  message: PickingMessage,
  items: readonly LtiLinkItem[],
  words: string,
): Promise<string> {
  const registration = await context.lti.registrations.byId(message.registration_id);
  if (!registration) throw new Fault("lti_picking_expired", "The platform's registration has ended since.");
  return deepLinkingMessage(context, registration, message, { items, words });
}

interface DeliveredPick {
  readonly key: string;
  readonly item: CatalogItem & Pick;
}

/** @returns Null where some of it is not offered any more. */
async function deliverPicks(
  context: Context,
  sql: Sql,
  session: PickingSession,
  picks: readonly Pick[],
): Promise<readonly DeliveredPick[] | null> {
  const of = catalogOf(context, session);
  if (!(await isAccountOpen(sql, of.account_id))) return null;
  const items = await listPicked(sql, of, await isDeliveredOnly(sql, session), picks);
  if (items.length < picks.length) return null;
  const by = await personAs(context, sql, session.message, of.at);
  const joined = { ...context, db: joinTransaction(context.db, sql) };
  const keys = new Map<string, string>();
  // Licenses are locked one after the other, by all in one order.
  for (const { license_id, course_id } of items.toSorted(byPlace)) {
    const { account_id, connection_id } = of;
    const order = { account_id, connection_id, license_id, course_id, format: "lti", label: "" } as const;
    keys.set(`${license_id} ${course_id}`, (await deliver(joined, by, order)).key);
  }
  return items.map((item) => {
    const key = keys.get(`${item.license_id} ${item.course_id}`);
    if (key === undefined) throw new Error(`Course ${item.course_id} was not delivered`);
    return { key, item };
  });
}

function byPlace(one: Pick, other: Pick): number {
  const [a, b] = [one, other].map(({ license_id, course_id }) => `${license_id} ${course_id}`);
  return (a as string) < (b as string) ? -1 : 1;
}

/**
 * Audit names people by internal id alone (RULES §7): by their identity, which a launch of theirs will find again. Somebody whom
 * the platform does not name is the registration itself.
 */
async function personAs(context: Context, sql: Sql, message: PickingMessage, at: Date): Promise<By> {
  const why = "Picked inside the LMS";
  const value = readIdentity(message.person.id, []);
  if (value === null) return { actor: `lti_registration:${message.registration_id}`, why };
  const { account_id, connection_id, namespace } = message;
  const key = { account_id, connection_id, namespace, value };
  const known = await findIdentity(sql, key);
  const identityId = known?.identity_id ?? (await recordPicker(context, sql, key, message.roles, at));
  return { actor: `identity:${identityId}`, why };
}

/** First seen here, an instructor is settled here: by their first launch they would be no newcomer any more (RULES §6). */
async function recordPicker(
  context: Context,
  sql: Sql,
  key: IdentityKey,
  roles: readonly string[],
  at: Date,
): Promise<string> {
  const { account_id } = key;
  const test = isTestCandidate(roles) && (await settleNewcomer(sql, key)) === "test";
  await lockIdentityKey(sql, key);
  const known = await findIdentity(sql, key);
  if (known) return known.identity_id;
  const [learner_id, id] = [context.deps.newId(), context.deps.newId()];
  await insertLearner(sql, {
    account_id,
    id: learner_id,
    name: "",
    test,
    deactivated_at: null,
    created_at: at,
  });
  await insertIdentity(sql, { ...key, id, learner_id, name_sent: "", first_seen_at: at, first_origin: null });
  if (test) await auditTestIdentity(context, sql, account_id, learner_id, at);
  return id;
}
