/** The vendor's own registrations with LTI platforms that several customers share: each deployment is assigned to one of them. */
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
  type RegistrationPath,
  requireRegistration,
} from "../../../flows/lti/changeRegistrations.ts";
import { checkRegistration } from "../../../flows/lti/checkRegistration.ts";
import { pageOfDeployments, pageOfRegistrations } from "../../../store/lti/registrationChanges.ts";
import type { LtiRegistration } from "../../../store/lti/registrations.ts";
import { type PageRequest, paged, pageOf, pageQuery } from "../paging.ts";
import { defineRoute, type Route, reply } from "../route.ts";
import { id, queryFlag } from "../schemas.ts";
import {
  CHECK_SUMMARY,
  checkedShape,
  deploymentName,
  deploymentShape,
  registrationBody,
  registrationChangeBody,
  registrationShape,
  showChecked,
  showDeployment,
  showRegistration,
} from "./ltiShapes.ts";

const ALL = "/lti-registrations";
const ONE = `${ALL}/{registration_id}` as const;
const DEPLOYMENTS = `${ONE}/deployments` as const;
const DEPLOYMENT = `${DEPLOYMENTS}/{lti_deployment_id}` as const;

const ABOUT = { tag: "Shared LTI registrations", permission: "deliveries", vendorOnly: true } as const;

interface Params {
  readonly registration_id: string;
}

const pathOf = ({ registration_id }: Params): RegistrationPath => ({ owner: null, registration_id });

const deploymentPathOf = (params: Params & { readonly lti_deployment_id: string }): DeploymentPath => ({
  ...pathOf(params),
  lti_deployment_id: params.lti_deployment_id,
});

const assignedTo = {
  account_id: id,
  connection_id: id.meta({ description: "Of the account: whose learners come from there." }),
};

export const SHARED_LTI_REGISTRATION_ROUTES: readonly Route[] = [
  defineRoute({
    ...ABOUT,
    id: "shared_lti_registrations.list",
    method: "get",
    path: ALL,
    need: "see",
    summary: "List the vendor's registrations with platforms that accounts share, newest first",
    query: pageQuery({ ended: queryFlag.optional() }),
    answers: { 200: pageOf(registrationShape) },
    faults: [],
    run: async (call) => {
      const read = (page: PageRequest) => pageOfRegistrations(call.context.db, null, call.query, page);
      return reply(200, await paged(call, read, showRegistration));
    },
  }),
  defineRoute({
    ...ABOUT,
    id: "shared_lti_registrations.create",
    method: "post",
    path: ALL,
    need: "change",
    summary: "Register a platform whose issuer and client id several accounts share",
    description:
      "Cloud LMSs give a tool one client id for all of their customers; the deployment then says whose launch it is. Each is noted when it first launches, refused, and let in once it is assigned.",
    body: z.strictObject(registrationBody),
    answers: { 201: registrationShape },
    faults: ["lti_registration_taken", "lti_platform_url_refused"],
    etag: true,
    run: async ({ context, by, body }) => {
      const made = await addRegistration(context, by, null, { ...body, connection_id: null });
      return reply(201, showRegistration(made), { location: `/lti-registrations/${made.id}` });
    },
  }),
  defineRoute({
    ...ABOUT,
    id: "shared_lti_registrations.get",
    method: "get",
    path: ONE,
    need: "see",
    summary: "Read a shared registration",
    answers: { 200: registrationShape },
    faults: [],
    etag: true,
    run: async ({ context, params }) =>
      reply(200, showRegistration(await requireRegistration(context.db, pathOf(params)))),
  }),
  defineRoute({
    ...ABOUT,
    id: "shared_lti_registrations.change",
    method: "patch",
    path: ONE,
    need: "change",
    summary: "Change a shared registration",
    body: z.strictObject(registrationChangeBody),
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
    id: "shared_lti_registrations.end",
    method: "post",
    path: `${ONE}/end`,
    need: "change",
    summary: "End a shared registration for good: for all accounts that launch through it",
    answers: { 200: registrationShape },
    faults: [],
    run: async ({ context, by, params }) =>
      reply(200, showRegistration(await endRegistration(context, by, pathOf(params)))),
  }),
  defineRoute({
    ...ABOUT,
    ...CHECK_SUMMARY,
    id: "shared_lti_registrations.check",
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
    id: "shared_lti_deployments.list",
    method: "get",
    path: DEPLOYMENTS,
    need: "see",
    summary: "List a shared registration's deployments, newest first",
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
    id: "shared_lti_deployments.add",
    method: "post",
    path: DEPLOYMENTS,
    need: "change",
    summary: "Say before its first launch whose a deployment is",
    body: z.strictObject({ deployment_id: deploymentName, ...assignedTo }),
    answers: { 201: deploymentShape },
    faults: ["conflict", "account_closed"],
    run: async ({ context, by, params, body: { deployment_id, ...to } }) => {
      const made = await addDeployment(context, by, pathOf(params), deployment_id, to);
      const location = `/lti-registrations/${params.registration_id}/deployments`;
      return reply(201, showDeployment(made), { location });
    },
  }),
  defineRoute({
    ...ABOUT,
    id: "shared_lti_deployments.assign",
    method: "put",
    path: DEPLOYMENT,
    need: "change",
    summary: "Assign a deployment to an account and one of its connections",
    body: z.strictObject(assignedTo),
    answers: { 200: deploymentShape },
    faults: ["conflict", "account_closed"],
    run: async ({ context, by, params, body }) =>
      reply(200, showDeployment(await assign(context, by, deploymentPathOf(params), body))),
  }),
  defineRoute({
    ...ABOUT,
    id: "shared_lti_deployments.remove",
    method: "delete",
    path: DEPLOYMENT,
    need: "change",
    summary: "Remove a deployment",
    description: "One that launches again is seen anew, and waits to be assigned.",
    answers: { 204: null },
    faults: [],
    run: async ({ context, by, params }) => {
      await removeDeployment(context, by, deploymentPathOf(params));
      return reply(204, null);
    },
  }),
];
