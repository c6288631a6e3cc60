/** Somebody who picks courses inside an LMS: what the platform asks for, the page, and what its form sends. */
import { createPublicKey, type JsonWebKey, verify } from "node:crypto";
import { expect } from "@jest/globals";
import supertest, { type Response } from "supertest";
import type { LtiDeepLinkingMessage } from "../../../src/core/lti/deepLinking.ts";
import type { Context } from "../../../src/flows/context.ts";
import { pickingMessageOf, sealSession } from "../../../src/flows/lti/catalog/session.ts";
import type { TestLicense } from "../fixtures.ts";
import { type TestGateway, testGateway } from "../gateway.ts";
import { type Platform, registerPlatform, startPlatform } from "./platform.ts";

export const TEACHER_ROLE = "http://purl.imsglobal.org/vocab/lis/v2/membership#Instructor";
export const ADMINISTRATOR_ROLE = "http://purl.imsglobal.org/vocab/lis/v2/institution/person#Administrator";

/** Of a teacher; what differs is given. */
export function deepLinkingMessage(
  of: Pick<LtiDeepLinkingMessage, "account_id" | "connection_id" | "registration_id"> &
    Partial<LtiDeepLinkingMessage>,
): LtiDeepLinkingMessage {
  const person = { name: "Tea Cher", given_name: "Tea", family_name: "Cher", email: "", sourcedid: "" };
  return {
    deployment_id: "deployment-1",
    namespace: "lti:https://lms.example.com",
    person: { id: "teacher-1", former: null, ...person },
    roles: [TEACHER_ROLE],
    context: { id: "course-1", title: "Food & drink" },
    locale: "",
    return_url: "https://lms.example.com/deep-linking/return?course=1",
    data: "csrf:Iñtërnâtiônàl=&<>\"'",
    placement: "",
    accept_types: ["link", "ltiResourceLink"],
    accept_multiple: true,
    accept_lineitem: true,
    accept_presentation_document_targets: ["iframe", "window"],
    ...of,
  };
}

type Fields = readonly (readonly [name: string, value: string])[];

export interface PickingPage {
  readonly answer: Response;
  readonly html: string;
  /** Of the courses to be picked, in order: their names in the form with the titles of their links. */
  readonly offered: readonly { readonly place: string; readonly title: string }[];
  readonly fields: ReadonlyMap<string, string>;
  /** Presses a button, with some of the page's courses selected. */
  press(button: string, more?: Fields): Promise<PickingPage>;
}

export interface PickingDoor {
  begin(message: LtiDeepLinkingMessage): Promise<PickingPage>;
  send(fields: Fields): Promise<PickingPage>;
}

export function pickingDoor(gateway: Pick<TestGateway, "app" | "context">): PickingDoor {
  const app = gateway.app();
  const host = new URL(gateway.context.config.APP_ORIGIN).host;
  const send = async (fields: Fields) => {
    const body = new URLSearchParams(fields.map(([name, value]) => [name, value])).toString();
    const answer = await supertest(app).post("/lti/catalog").set("Host", host).type("form").send(body);
    return pageOf(answer, send);
  };
  return {
    begin: (message) => send([["session", sealSession(gateway.context, pickingMessageOf(message))]]),
    send,
  };
}

function pageOf(answer: Response, send: PickingDoor["send"]): PickingPage {
  const html = answer.text;
  const fields = new Map(
    inputsOf(html)
      .filter((input) => input["type"] !== "checkbox" && input["type"] !== "radio")
      .map((input) => [input["name"] ?? "", input["value"] ?? ""] as const)
      .reverse(),
  );
  const picks = inputsOf(html).filter(({ name }) => name === "pick");
  return {
    answer,
    html,
    fields,
    offered: picks
      .filter((input) => !("disabled" in input))
      .map(({ value = "" }) => ({ place: value, title: fields.get(`title.${value}`) ?? "" })),
    press: (button, more = []) => {
      const checked = inputsOf(html)
        .filter((input) => "checked" in input)
        .map((input) => [input["name"] ?? "", input["value"] ?? ""] as const);
      return send([["go", button], ...more, ...fields, ...checked]);
    },
  };
}

function inputsOf(html: string): Readonly<Record<string, string>>[] {
  return [...html.matchAll(/<input\b([^>]*)>/g)].map(([, attributes = ""]) =>
    Object.fromEntries(
      [...attributes.matchAll(/([\w-]+)(?:="([^"]*)")?/g)].map(([, name = "", value = ""]) => [
        name,
        unescaped(value),
      ]),
    ),
  );
}

export function unescaped(text: string): string {
  return text
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&#39;", "'")
    .replaceAll("&amp;", "&");
}

/** What the platform is told, once it has checked who says so. */
export async function readResponse(
  context: Context,
  page: PickingPage,
): Promise<Readonly<Record<string, unknown>>> {
  const [head = "", claims = "", signature = ""] = (page.fields.get("JWT") ?? "").split(".");
  const { kid, alg } = JSON.parse(Buffer.from(head, "base64url").toString("utf8")) as Record<string, string>;
  expect(alg).toBe("RS256");
  const { keys } = await context.lti.toolKeys.jwks();
  const key = createPublicKey({
    key: keys.find((one) => one["kid"] === kid) as JsonWebKey,
    format: "jwk",
  });
  const isSigned = verify(
    "sha256",
    Buffer.from(`${head}.${claims}`),
    key,
    Buffer.from(signature, "base64url"),
  );
  expect(isSigned).toBe(true);
  return JSON.parse(Buffer.from(claims, "base64url").toString("utf8"));
}

/** A gateway with an account whose LMS is registered, and who picks there. */
export interface PickingWorld {
  readonly gateway: TestGateway;
  readonly platform: Platform;
  readonly door: PickingDoor;
  /** Made anew by `empty`. */
  readonly account: { readonly account_id: string; readonly connection_id: string };
  readonly registration_id: string;
  empty(): Promise<void>;
  /** What the platform asks for. */
  asked(of?: Partial<LtiDeepLinkingMessage>): LtiDeepLinkingMessage;
  /** A license of the account with seats, for a course of that title. */
  volumeOf(title: string): Promise<TestLicense>;
  deliveriesOf(accountId: string): Promise<{ key: string; connection_id: string }[]>;
  close(): Promise<void>;
}

export async function pickingWorld(): Promise<PickingWorld> {
  const gateway = await testGateway();
  const platform = await startPlatform({ now: () => gateway.clock.now() });
  let account = { account_id: "", connection_id: "" };
  let registration_id = "";
  return {
    gateway,
    platform,
    door: pickingDoor(gateway),
    get account() {
      return account;
    },
    get registration_id() {
      return registration_id;
    },
    empty: async () => {
      await gateway.empty();
      account = await gateway.account();
      registration_id = await registerPlatform(gateway, platform, account);
    },
    asked: (of = {}) => deepLinkingMessage({ ...account, registration_id, ...of }),
    volumeOf: async (title) =>
      gateway.volume([10], { account, course_id: (await gateway.course(title)).course_id }),
    deliveriesOf: (accountId) =>
      gateway.context.db.query(
        "select key, connection_id from delivery where account_id = $1 and format = 'lti' order by id",
        [accountId],
      ),
    close: async () => {
      await platform.close();
      await gateway.close();
    },
  };
}

/** Without the marks that tell them from their twins. */
export function titlesOf(page: PickingPage): string[] {
  return page.offered.map(({ title }) => title.replace(/ \[.*/, ""));
}

export function firstOf(page: PickingPage): PickingPage["offered"][number] {
  const [first] = page.offered;
  if (!first) throw new Error("The page offers nothing");
  return first;
}
