/**
 * Picking courses inside an LMS, from the platform's message to the answer: no cookie holds it, which a frame might not be let
 * have, but a sealed text in the page's own form.
 */
import { Fault } from "../../../core/faults.ts";
import type { LtiDeepLinkingMessage } from "../../../core/lti/deepLinking.ts";
import { LINK_TYPE, type Picker, pickerOf } from "../../../core/lti/picking.ts";
import { secondsBetween } from "../../../core/time.ts";
import type { Context } from "../../context.ts";
import { seal, unseal } from "../../sealing.ts";

/** Of a person it holds their id alone: what they are called is nobody's business here. */
export interface PickingMessage extends Omit<LtiDeepLinkingMessage, "person"> {
  readonly person: { readonly id: string };
  /** When it came in, in milliseconds; null: it has just come. */
  readonly launched_at: number | null;
}

export interface PickingSession {
  readonly message: PickingMessage;
  readonly picker: Picker;
}

const OWNER = "picking";
/** Since a page was last asked for. */
const GOOD_SECONDS = 60 * 60;
/**
 * In all, however often: a working day. The rights are those of the launch, and whoever lost them in the LMS since, or found a page
 * that somebody left open, must not go on with them for ever.
 */
const MOST_SECONDS = 8 * 60 * 60;

export function pickingMessageOf({ person, ...message }: LtiDeepLinkingMessage): PickingMessage {
  return { ...message, person: { id: person.id }, launched_at: null };
}

/** @throws Fault `lti_role_refused`, `lti_links_refused`. */
export function requirePicker(message: PickingMessage): PickingSession {
  const picker = pickerOf(message.roles);
  if (picker === null)
    throw new Fault("lti_role_refused", "roles: expected a teacher's or an administrator's.");
  if (!message.accept_types.includes(LINK_TYPE))
    throw new Fault("lti_links_refused", `accept_types: expected ${LINK_TYPE} among them.`);
  return { message, picker };
}

interface Sealed {
  readonly message: PickingMessage;
  /** Of the page. */
  readonly began_at: number;
}

/** Whoever has it may go back with nothing, too: also somebody who may not pick. */
export function sealSession(context: Context, message: PickingMessage): string {
  const began_at = context.deps.clock.now().getTime();
  const launched_at = message.launched_at ?? began_at;
  const sealed: Sealed = { message: { ...message, launched_at }, began_at };
  return seal(context, "lti_ticket", OWNER, JSON.stringify(sealed));
}

/** @throws Fault `lti_picking_expired`, also for one that was never begun here. */
export function openSession(context: Context, sealed: string): PickingMessage {
  const text = unseal(context, "lti_ticket", OWNER, sealed);
  if (text === null) throw expired();
  const { message, began_at } = JSON.parse(text) as Sealed;
  const isOver = (from: number, seconds: number) =>
    secondsBetween(new Date(from), context.deps.clock.now()) >= seconds;
  if (isOver(began_at, GOOD_SECONDS) || isOver(message.launched_at ?? began_at, MOST_SECONDS))
    throw expired();
  return message;
}

function expired(): Fault {
  return new Fault(
    "lti_picking_expired",
    "session: expected one that was used within the hour and began within eight.",
  );
}
