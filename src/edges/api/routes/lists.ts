/** An administrator's own named sets of courses. */
import { z } from "zod";
import { changeList, createList, removeList, requireList } from "../../../flows/lists.ts";
import { type List, listLists } from "../../../store/lists.ts";
import { type PageRequest, paged, pageOf, pageQuery } from "../paging.ts";
import { defineRoute, type Route, reply } from "../route.ts";
import { id, moment, nameText } from "../schemas.ts";

const listShape = z
  .object({ id, account_id: id, name: z.string(), course_ids: z.array(id), created_at: moment })
  .meta({ id: "List" });

const showList = (list: List): z.output<typeof listShape> => ({ ...list, course_ids: [...list.course_ids] });

const courseIds = z
  .array(id)
  .max(2000, { error: "expected at most 2000 courses" })
  .meta({ description: "Courses that the account has a license for, or could add to its library." });

export const LIST_ROUTES: readonly Route[] = [
  defineRoute({
    id: "lists.list",
    tag: "Lists",
    method: "get",
    path: "/accounts/{account_id}/lists",
    permission: "deliveries",
    need: "see",
    summary: "List the lists, newest first",
    query: pageQuery({}),
    answers: { 200: pageOf(listShape) },
    faults: [],
    run: async (call) => {
      const read = (page: PageRequest) => listLists(call.context.db, call.params.account_id, page);
      return reply(200, await paged(call, read, showList));
    },
  }),
  defineRoute({
    id: "lists.create",
    tag: "Lists",
    method: "post",
    path: "/accounts/{account_id}/lists",
    permission: "deliveries",
    need: "change",
    summary: "Make a list of courses, for adding and delivering many at once",
    body: z.strictObject({ name: nameText, course_ids: courseIds.default([]) }),
    answers: { 201: listShape },
    faults: ["conflict"],
    etag: true,
    run: async ({ context, by, params, body }) => {
      const list = await createList(context, by, params.account_id, body);
      return reply(201, showList(list), { location: `/accounts/${params.account_id}/lists/${list.id}` });
    },
  }),
  defineRoute({
    id: "lists.get",
    tag: "Lists",
    method: "get",
    path: "/accounts/{account_id}/lists/{list_id}",
    permission: "deliveries",
    need: "see",
    summary: "Read a list",
    answers: { 200: listShape },
    faults: [],
    etag: true,
    run: async ({ context, params }) =>
      reply(200, showList(await requireList(context.db, params.account_id, params.list_id))),
  }),
  defineRoute({
    id: "lists.change",
    tag: "Lists",
    method: "patch",
    path: "/accounts/{account_id}/lists/{list_id}",
    permission: "deliveries",
    need: "change",
    summary: "Change a list",
    description: "What is left out stays as it is; courses that are given replace those there are.",
    body: z.strictObject({ name: nameText.optional(), course_ids: courseIds.optional() }),
    answers: { 200: listShape },
    faults: ["conflict"],
    etag: true,
    run: async ({ context, by, params, body, requireUnchanged }) => {
      const check = (current: List) => requireUnchanged(showList(current));
      return reply(200, showList(await changeList(context, by, params, body, check)));
    },
  }),
  defineRoute({
    id: "lists.delete",
    tag: "Lists",
    method: "delete",
    path: "/accounts/{account_id}/lists/{list_id}",
    permission: "deliveries",
    need: "change",
    summary: "Delete a list; licenses and deliveries made from it stay",
    answers: { 204: null },
    faults: [],
    run: async ({ context, by, params }) => {
      await removeList(context, by, params);
      return reply(204, null);
    },
  }),
];
