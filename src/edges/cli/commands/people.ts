/** Learners and what they did: identities, seats, attempts, launches, charges. */
import { z } from "zod";
import { account, command, given, id, most, rowsOf } from "../command.ts";

const learnerPath = (asked: { readonly account: string; readonly learner: string }) =>
  `/accounts/${asked.account}/learners/${asked.learner}`;
const attemptPath = (asked: { readonly account: string; readonly attempt: string }) =>
  `/accounts/${asked.account}/attempts/${asked.attempt}`;

const ofWhom = { ...account, license: id.optional(), learner: id.optional() };

export const PEOPLE_COMMANDS = {
  "learner list": command(
    "List an account's learners and their ids",
    { ...account, search: z.string().optional().describe("how the name or an id begins"), ...most },
    (call, asked) =>
      rowsOf(call, `/accounts/${asked.account}/learners`, { search: asked.search, most: asked.most }),
  ),
  "learner deactivate": command(
    "Deny a learner until reactivated",
    { ...account, learner: id },
    async ({ api }, asked) => ({ made: await api.post(`${learnerPath(asked)}/deactivate`) }),
  ),
  "learner reactivate": command(
    "Let a learner in again",
    { ...account, learner: id },
    async ({ api }, asked) => ({ made: await api.post(`${learnerPath(asked)}/reactivate`) }),
  ),
  "learner activations": command(
    "List when a learner was deactivated and reactivated",
    { ...account, learner: id, ...most },
    (call, asked) => rowsOf(call, `${learnerPath(asked)}/activations`, { most: asked.most }),
  ),
  "learner mark-test": command(
    "Let an id of an LMS launch without taking a seat; before its first launch",
    {
      ...account,
      id: z.string().describe("as the LMS sends it"),
      namespace: z.string().optional().describe("of the id, where it comes over LTI"),
      connection: id.optional(),
    },
    async ({ api }, asked) => ({
      made: await api.post(
        `/accounts/${asked.account}/identities/mark-test`,
        given({ value: asked.id, namespace: asked.namespace, connection_id: asked.connection }),
      ),
    }),
  ),
  "identity list": command(
    "List the ids that LMSs sent, with where they came from",
    {
      ...account,
      learner: id.optional(),
      connection: id.optional(),
      id: z.string().optional().describe("as the LMS sends it"),
      ...most,
    },
    (call, asked) =>
      rowsOf(call, `/accounts/${asked.account}/identities`, {
        learner_id: asked.learner,
        connection_id: asked.connection,
        value: asked.id,
        most: asked.most,
      }),
  ),
  "attempt list": command(
    "List attempts, of a license or of a learner",
    { ...ofWhom, ...most },
    (call, asked) =>
      rowsOf(call, `/accounts/${asked.account}/attempts`, {
        license_id: asked.license,
        learner_id: asked.learner,
        most: asked.most,
      }),
  ),
  "attempt show": command(
    "Show an attempt, with how each of its activities stands",
    { ...account, attempt: id },
    async ({ api }, asked) => ({ made: await api.get(attemptPath(asked)) }),
  ),
  "attempt reset": command(
    "Let a learner begin again at the next launch",
    { ...account, attempt: id },
    async ({ api }, asked) => ({ made: await api.post(`${attemptPath(asked)}/reset`) }),
  ),
  "seat list": command(
    "List seats; each pending one with why it is pending",
    { ...ofWhom, status: z.string().optional().describe("pending, confirmed or released"), ...most },
    (call, asked) =>
      rowsOf(call, `/accounts/${asked.account}/seats`, {
        license_id: asked.license,
        learner_id: asked.learner,
        status: asked.status,
        most: asked.most,
      }),
  ),
  "launch list": command(
    "List launches, allowed and denied",
    {
      ...ofWhom,
      delivery: id.optional(),
      reference: z.string().optional().describe("that the page of a denial showed"),
      ...most,
    },
    (call, asked) =>
      rowsOf(call, `/accounts/${asked.account}/launches`, {
        license_id: asked.license,
        learner_id: asked.learner,
        delivery_id: asked.delivery,
        reference: asked.reference,
        most: asked.most,
      }),
  ),
  "charge list": command("List charges, each with its evidence", { ...ofWhom, ...most }, (call, asked) =>
    rowsOf(call, `/accounts/${asked.account}/charges`, {
      license_id: asked.license,
      learner_id: asked.learner,
      most: asked.most,
    }),
  ),
} as const;
