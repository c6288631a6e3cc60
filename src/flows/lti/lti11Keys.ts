/** Consumer keys of LTI 1.1 and what their signatures are checked with, from memory where they were asked for lately. */
import type { Lti11Key, SecretUse } from "../../store/lti/lti11.ts";
import { findLti11Key } from "../../store/lti/lti11.ts";
import type { Context } from "../context.ts";
import { unseal } from "../sealing.ts";
import { createRemembered } from "./remembered.ts";

export interface OpenLti11Key extends Omit<Lti11Key, "secrets"> {
  /** The newest first. */
  readonly secrets: readonly OpenLti11Secret[];
}

export interface OpenLti11Secret {
  readonly id: string;
  readonly secret: string;
  readonly ends_at: Date | null;
}

export interface Lti11Keys {
  /** With the secrets that are good now. */
  find(consumerKey: string): Promise<OpenLti11Key | undefined>;
  /** A launch was signed with it: remembered until `takeUses`, and lost with the process. */
  noteUse(use: SecretUse): void;
  takeUses(): readonly SecretUse[];
  forget(): void;
}

type Needed = Pick<Context, "db" | "deps" | "keys">;

const MOST_KEYS = 10_000;
/** As the gateway makes them; nothing else is looked for. */
const CONSUMER_KEY = /^[\w-]{1,64}$/;

export function createLti11Keys(needed: Needed): Lti11Keys {
  const { clock } = needed.deps;
  const remembered = createRemembered<OpenLti11Key | undefined>(
    clock,
    MOST_KEYS,
    (found) => found !== undefined,
  );
  const uses = new Map<string, SecretUse>();
  return {
    find: async (consumerKey) => {
      if (!CONSUMER_KEY.test(consumerKey)) return undefined;
      const at = clock.now();
      const found = await remembered.find(consumerKey, async () => {
        const stored = await findLti11Key(needed.db.quick, consumerKey, at);
        return stored && opened(needed, stored);
      });
      return found && { ...found, secrets: found.secrets.filter(({ ends_at }) => !ends_at || ends_at > at) };
    },
    noteUse: (use) => void uses.set(use.id, use),
    takeUses: () => {
      const taken = [...uses.values()];
      uses.clear();
      return taken;
    },
    forget: remembered.forget,
  };
}

/** One that was sealed under a secret of the gateway that is gone is no good to anybody. */
function opened({ keys }: Pick<Context, "keys">, { secrets, ...key }: Lti11Key): OpenLti11Key {
  return {
    ...key,
    secrets: secrets.flatMap(({ id, secret_sealed, ends_at }) => {
      const secret = unseal({ keys }, "lti_secret", sealedFor(key.consumer_key, id), secret_sealed);
      return secret === null ? [] : [{ id, secret, ends_at }];
    }),
  };
}

/** Whose secret it is: sealed for one, it opens for no other. */
export function sealedFor(consumerKey: string, id: string): string {
  return `${consumerKey} ${id}`;
}
