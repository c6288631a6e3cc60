/**
 * What the platform's page asks of a gateway beside it, so that a newcomer need not copy addresses by hand: what its people
 * would do in the gateway's console. Everything else the two say to each other goes over LTI.
 */
import type { OfferedLink } from "./platformTypes.ts";

export interface PlatformGateway {
  /** A one-time address for dynamic registration, made for the first account. */
  registrationUrl(): Promise<string>;
  /** The deliveries of format `lti` whose links can be put into the course. */
  links(): Promise<readonly OfferedLink[]>;
  /** Key and secret of LTI 1.1 of one of these links. */
  consumerOf(url: string): Promise<{ readonly key: string; readonly secret: string }>;
}
