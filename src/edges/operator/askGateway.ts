/** The other side of the operator's door: has the gateway that holds the data folder run a command. */
import { type IncomingMessage, request } from "node:http";
import { createInterface } from "node:readline";
import { Fault } from "../../core/faults.ts";
import type { ImportProgress } from "../../flows/import/importTypes.ts";
import type { Holder } from "../../store/holder.ts";
import type { CommandResult } from "./commands.ts";
import type { CommandRequest } from "./runCommand.ts";

/** One line of what the door says. */
interface Said {
  readonly progress?: ImportProgress;
  readonly result?: CommandResult;
  readonly fault?: { readonly detail: string };
}

/**
 * Straight to the port that it listens on: its public address may lead through a proxy, on which the door is closed, and
 * the key is not to leave this machine.
 */
export async function askGateway(
  holder: Holder,
  key: string,
  command: CommandRequest,
  progress: (progress: ImportProgress) => void,
): Promise<CommandResult> {
  const answer = await post(holder, key, JSON.stringify(command));
  if (answer.statusCode !== 200)
    throw new Error(`The gateway (process ${holder.pid}) answered ${answer.statusCode}.`);
  for await (const line of createInterface({ input: answer })) {
    const said = JSON.parse(line) as Said;
    if (said.progress) progress(said.progress);
    if (said.fault) throw new Fault("conflict", said.fault.detail);
    if (said.result) return said.result;
  }
  throw new Error(`The gateway (process ${holder.pid}) broke off.`);
}

function post(holder: Holder, key: string, body: string): Promise<IncomingMessage> {
  const options = {
    method: "POST",
    host: reachable(holder.host),
    port: holder.port,
    path: "/operator/run",
    agent: false,
    headers: {
      host: new URL(holder.app_origin).host,
      "content-type": "application/json",
      authorization: `Bearer ${key}`,
    },
  };
  return new Promise((resolve, reject) => {
    const failed = (error: Error) =>
      reject(new Error(`Process ${holder.pid} holds the data folder and does not answer: ${error.message}`));
    request(options, resolve).on("error", failed).end(body);
  });
}

/** Who listens on all addresses is found on the loopback one. */
function reachable(host: string): string {
  return { "0.0.0.0": "127.0.0.1", "::": "::1" }[host] ?? host;
}
