/** An account's registrations of LTI platforms, their deployments, and links by which an LMS registers itself. */
import { z } from "zod";
import {
  addDeployment,
  assign,
  type DeploymentPath,
  removeDeployment,
} from "../../../flows/lti/changeDeployments.ts";
import {
  addRegistration,
  changeRegistration,
  endRegistration,
  firstConnection,
  requireRegistration,
} from "../../../flows/lti/changeRegistrations.ts";
import { checkRegistration } from "../../../flows/lti/checkRegistration.ts";
import {
  type DeploymentOfAccount,
  pageOfAccountDeployments,
  pageOfDeployments,
  pageOfRegistrations,
} from "../../../store/lti/registrationChanges.ts";
import type { LtiRegistration } from "../../../store/lti/registrations.ts";
import { type PageRequest, paged, pageOf, pageQuery } from "../paging.ts";
import { defineRoute, type Route, reply } from "../route.ts";
import { id, queryFlag } from "../schemas.ts";
import {
  CHECK_SUMMARY,
  checkedShape,
  deploymentFields,
  deploymentName,
  deploymentShape,
  joinedConnection,
  registrationBody,
  registrationChangeBody,
  registrationShape,
  showChecked,
  showDeployment,
  showRegistration,
} from "./ltiShapes.ts";

const ALL = "/accounts/{account_id}/lti-registrations";
const ONE = `${ALL}/{registration_id}` as const;
const DEPLOYMENTS = `${ONE}/deployments` as const;
const DEPLOYMENT = `${DEPLOYMENTS}/{lti_deployment_id}` as const;

const ABOUT = { tag: "LTI registrations", permission: "deliveries" } as const;

interface Params {
  readonly account_id: string;
  readonly registration_id: string;
}

const pathOf = ({ account_id, registration_id }: Params) => ({ owner: account_id, registration_id });

const deploymentPathOf = (params: Params & { readonly lti_deployment_id: string }): DeploymentPath => ({
  ...pathOf(params),
  lti_deployment_id: params.lti_deployment_id,
});

const accountDeploymentShape = z
  .object({
    ...deploymentFields,
    issuer: z.string(),
    client_id: z.string(),
    shared: z.boolean().meta({ description: "Of a registration of the vendor's, which accounts share." }),
  })
  .meta({ id: "LtiDeploymentOfAccount" });

const showAccountDeployment = (one: DeploymentOfAccount): z.output<typeof accountDeploymentShape> => one;

const assignedTo = { connection_id: id.meta({ description: "Whose learners come from there." }) };

export const LTI_REGISTRATION_ROUTES: readonly Route[] = [
  defineRoute({
    ...ABOUT,
    id: "lti_registrations.list",
    method: "get",
    path: ALL,
    need: "see",
    summary: "List an account's registrations of LTI platforms, newest first",
    query: pageQuery({
      ended: queryFlag.optional().meta({ description: "Only those that have ended, or have not." }),
    }),
    answers: { 200: pageOf(registrationShape) },
    faults: [],
    run: async (call) => {
      const { context, params, query } = call;
      const read = (page: PageRequest) => pageOfRegistrations(context.db, params.account_id, query, page);
      return reply(200, await paged(call, read, showRegistration));
    },
  }),
  defineRoute({
    ...ABOUT,
    id: "lti_registrations.create",
    method: "post",
    path: ALL,
    need: "change",
    summary: "Register an LMS by hand",
    description:
      "The LMS shows its values once the gateway's (`GET /lti-values`) are pasted there. Issuer and client id together are registered once.",
    body: z.strictObject({
      ...registrationBody,
      connection_id: joinedConnection.optional().meta({
        description:
          "Where deployments go that were not seen before; null: each is refused until somebody assigns it. Not given: the account's first connection.",
      }),
    }),
    answers: { 201: registrationShape },
    faults: ["lti_registration_taken", "lti_platform_url_refused", "conflict"],
    etag: true,
    run: async ({ context, by, params: { account_id }, body }) => {
      const connection_id =
        body.connection_id === undefined ? await firstConnection(context.db, account_id) : body.connection_id;
      const made = await addRegistration(context, by, account_id, { ...body, connection_id });
      const location = `/accounts/${account_id}/lti-registrations/${made.id}`;
      return reply(201, showRegistration(made), { location });
    },
  }),
  defineRoute({
    ...ABOUT,
    id: "lti_registrations.get",
    method: "get",
    path: ONE,
    need: "see",
    summary: "Read a registration",
    answers: { 200: registrationShape },
    faults: [],
    etag: true,
    run: async ({ context, params }) =>
      reply(200, showRegistration(await requireRegistration(context.db, pathOf(params)))),
  }),
  defineRoute({
    ...ABOUT,
    id: "lti_registrations.change",
    method: "patch",
    path: ONE,
    need: "change",
    summary: "Change a registration",
    description:
      "What is left out stays as it is. Issuer and client id stay: they say whose launches these are, and who their learners.",
    body: z.strictObject({ ...registrationChangeBody, connection_id: joinedConnection.optional() }),
    answers: { 200: registrationShape },
    faults: ["lti_platform_url_refused", "conflict"],
    etag: true,
    run: async ({ context, by, params, body, requireUnchanged }) => {
      const check = (current: LtiRegistration) => requireUnchanged(showRegistration(current));
      return reply(200, showRegistration(await changeRegistration(context, by, pathOf(params), body, check)));
    },
  }),
  defineRoute({
    ...ABOUT,
    id: "lti_registrations.end",
    method: "post",
    path: `${ONE}/end`,
    need: "change",
    summary: "End a registration for good",
    description:
      "No launch comes in through it any more; courses that are open may run to their end. Issuer and client id can be registered again.",
    answers: { 200: registrationShape },
    faults: [],
    run: async ({ context, by, params }) =>
      reply(200, showRegistration(await endRegistration(context, by, pathOf(params)))),
  }),
  defineRoute({
    ...ABOUT,
    ...CHECK_SUMMARY,
    id: "lti_registrations.check",
    method: "post",
    path: `${ONE}/check`,
    need: "change",
    reads: true,
    answers: { 200: checkedShape },
    faults: [],
    run: async ({ context, params }) =>
      reply(200, showChecked(await checkRegistration(context, pathOf(params)))),
  }),
  defineRoute({
    ...ABOUT,
    id: "lti_deployments.list",
    method: "get",
    path: DEPLOYMENTS,
    need: "see",
    summary: "List a registration's deployments, newest first",
    query: pageQuery({ assigned: queryFlag.optional() }),
    answers: { 200: pageOf(deploymentShape) },
    faults: [],
    run: async (call) => {
      const { context, params, query } = call;
      const { id: of } = await requireRegistration(context.db, pathOf(params));
      const read = (page: PageRequest) => pageOfDeployments(context.db, of, query, page);
      return reply(200, await paged(call, read, showDeployment));
    },
  }),
  defineRoute({
    ...ABOUT,
    id: "lti_deployments.add",
    method: "post",
    path: DEPLOYMENTS,
    need: "change",
    summary: "Say before its first launch which connection a deployment is of",
    body: z.strictObject({ deployment_id: deploymentName, ...assignedTo }),
    answers: { 201: deploymentShape },
    faults: ["conflict"],
    run: async ({ context, by, params, body: { deployment_id, connection_id } }) => {
      const to = { account_id: params.account_id, connection_id };
      const made = await addDeployment(context, by, pathOf(params), deployment_id, to);
      const location = `/accounts/${params.account_id}/lti-registrations/${params.registration_id}/deployments`;
      return reply(201, showDeployment(made), { location });
    },
  }),
  defineRoute({
    ...ABOUT,
    id: "lti_deployments.assign",
    method: "put",
    path: DEPLOYMENT,
    need: "change",
    summary: "Assign a deployment to a connection",
    description:
      "Launches from there are of this connection from now on. Learners who are known by another connection are others here: identities are of a connection.",
    body: z.strictObject(assignedTo),
    answers: { 200: deploymentShape },
    faults: ["conflict"],
    run: async ({ context, by, params, body: { connection_id } }) => {
      const to = { account_id: params.account_id, connection_id };
      return reply(200, showDeployment(await assign(context, by, deploymentPathOf(params), to)));
    },
  }),
  defineRoute({
    ...ABOUT,
    id: "lti_deployments.remove",
    method: "delete",
    path: DEPLOYMENT,
    need: "change",
    summary: "Remove a deployment",
    description:
      "One that launches again is seen anew: it joins the registration's connection, or where that has none waits to be assigned.",
    answers: { 204: null },
    faults: [],
    run: async ({ context, by, params }) => {
      await removeDeployment(context, by, deploymentPathOf(params));
      return reply(204, null);
    },
  }),
  defineRoute({
    ...ABOUT,
    id: "lti_deployments.of_account",
    method: "get",
    path: "/accounts/{account_id}/lti-deployments",
    need: "see",
    summary: "List where an account's learners come from by LTI 1.3",
    description: "All deployments that are assigned to it: of its own registrations and of those it shares.",
    query: pageQuery({}),
    answers: { 200: pageOf(accountDeploymentShape) },
    faults: [],
    run: async (call) => {
      const { context, params } = call;
      const read = (page: PageRequest) => pageOfAccountDeployments(context.db, params.account_id, page);
      return reply(200, await paged(call, read, showAccountDeployment));
    },
  }),
];
