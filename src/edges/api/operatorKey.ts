/** The operator's key: lies in the data folder, for its owner alone, and is good on this machine only. */
import { timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";

export function isOperator(request: IncomingMessage, given: string, operatorKey: string): boolean {
  const [offered, expected] = [Buffer.from(given), Buffer.from(operatorKey)];
  return (
    isFromThisMachine(request) && offered.length === expected.length && timingSafeEqual(offered, expected)
  );
}

/** By the loopback address, or where the gateway listens on another one, by that one itself. */
function isFromThisMachine({ socket: { remoteAddress = "", localAddress } }: IncomingMessage): boolean {
  return /^(::ffff:)?127\.|^::1$/.test(remoteAddress) || remoteAddress === localAddress;
}
