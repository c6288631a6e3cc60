/** The front at `/play/<delivery key>#<nonce>`: between a package's wrapper and the gateway (docs/bridge.md §1). */
import type { LaunchRequest, LmsSnapshot } from "../../../core/bridge.ts";
import type { Front } from "./front.ts";
import { launch } from "./gateway.ts";
import { findWrapper, greet } from "./hello.ts";
import { WrapperPort } from "./port.ts";
import { wayOutByWrapper } from "./wayOut.ts";

/** The wrapper answers at once; an LMS whose page hangs does not. */
const WRAPPER_SLOW_MILLISECONDS = 15_000;

/** Since then wrappers suspend by themselves. */
const SUSPENDING_WRAPPER = 2;

/** @returns Null where there is no wrapper. */
export async function openWrapperFront(
  own: Window,
  launchAddress: string,
  onSlow: () => void,
): Promise<Front | null> {
  const nonce = own.location.hash.slice(1);
  const wrapper = findWrapper(own);
  if (wrapper === null || nonce === "") return null;
  const slow = own.setTimeout(onSlow, WRAPPER_SLOW_MILLISECONDS);
  const { origin, snapshot, port: messagePort } = await greet(own, wrapper.window, nonce);
  own.clearTimeout(slow);
  const { shownIn } = wrapper;
  const request: LaunchRequest = { nonce, lms_origin: origin, shown_in: shownIn, snapshot };
  const port = new WrapperPort(messagePort);
  if (isLeftUnsuspended(snapshot)) port.suspend();
  return {
    lms: port,
    ask: () => launch(launchAddress, request),
    wishesFor: () => snapshot,
    wayOutOf: () => wayOutByWrapper(shownIn === "window" ? () => port.close() : null),
  };
}

/**
 * Whether the LMS holds something of the attempt that an old package would not leave suspended if it were closed before a report
 * (docs/bridge.md §2). Where a denial would also make the status incomplete, it is not said: that is not ours to say yet.
 */
function isLeftUnsuspended({ wrapper, entry, suspend_data, completion }: LmsSnapshot): boolean {
  if (wrapper >= SUSPENDING_WRAPPER || completion === "not attempted" || completion === "unknown")
    return false;
  return entry !== "ab-initio" || suspend_data !== "";
}
