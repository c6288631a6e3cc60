/**
 * Redis, optional: holds only what may vanish (DESIGN §1). Nobody waits for it: while it is away every command is refused at
 * once, one that is not answered in a moment ends the connection, and it comes back by itself.
 */
import { setImmediate } from "node:timers/promises";
import { Redis as Client } from "ioredis";
import type { Logger } from "winston";

export interface Redis {
  /** Whether commands are sent at all. */
  readonly isUp: boolean;
  /** Begins to connect, and returns: being away is a state, not an error. */
  connect(): void;
  /** @throws Error at once while Redis is away, and when it does not answer in a moment. */
  run<Result>(work: (client: Client) => Promise<Result>): Promise<Result>;
  close(): void;
}

/** A request waits this long at most; a healthy Redis beside the gateway answers in well under one millisecond. */
const PATIENCE_MILLISECONDS = 80;
/** To connect, and for each answer while shaking hands. */
const CONNECT_MILLISECONDS = 1000;
const LONGEST_PAUSE_MILLISECONDS = 500;

export function openRedis(url: string, log: Logger): Redis {
  const client = new Client(url, {
    lazyConnect: true,
    connectTimeout: CONNECT_MILLISECONDS,
    commandTimeout: CONNECT_MILLISECONDS,
    // What could not be sent or was not answered is never sent later: by then somebody has decided without it.
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    retryStrategy: (tries) => Math.min(25 * 2 ** tries, LONGEST_PAUSE_MILLISECONDS),
    // What was the primary is a replica now: its name leads to another machine.
    reconnectOnError: (error) => error.message.startsWith("READONLY"),
  });
  let isUp = false;
  let isOutageLogged = false;

  const fails = (error: unknown) => {
    if (isOutageLogged) return;
    isOutageLogged = true;
    log.warn("Redis is of no use; each process goes by its own memory", { error });
  };
  const works = () => {
    if (isOutageLogged) log.info("Redis is back");
    isOutageLogged = false;
  };
  const goAway = (error: unknown) => {
    isUp = false;
    fails(error);
  };
  client.on("ready", () => {
    isUp = true;
    works();
  });
  client.on("error", goAway);
  client.on("close", () => goAway(new Error("The connection to Redis was closed")));

  return {
    get isUp() {
      return isUp;
    },
    connect: () => {
      client.connect().catch(goAway);
    },
    run: async (work) => {
      if (!isUp) throw new Error("Redis is away");
      try {
        const answer = await answeredSoon(work(client), (error) => {
          goAway(error);
          // Not `disconnect`, which waits for the other side to hang up as well.
          client.stream.destroy(error);
        });
        works();
        return answer;
      } catch (error) {
        fails(error);
        throw error;
      }
    },
    close: () => {
      isOutageLogged = true;
      client.disconnect();
    },
  };
}

/** @throws Error after telling `onSilence`, when there is no answer within the patience. */
async function answeredSoon<Result>(
  answer: Promise<Result>,
  onSilence: (error: Error) => void,
): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<never>((_resolve, reject) => {
    const giveUp = async () => {
      // Where this process was busy itself, the answer may have arrived and not been read yet.
      await setImmediate();
      if (timer === undefined) return;
      const error = new Error(`Redis did not answer within ${PATIENCE_MILLISECONDS} ms`);
      onSilence(error);
      reject(error);
    };
    timer = setTimeout(() => void giveUp(), PATIENCE_MILLISECONDS);
  });
  try {
    return await Promise.race([answer, silence]);
  } finally {
    clearTimeout(timer);
    timer = undefined;
  }
}
