/** The vendor's named sets of courses. An account sees those that it has a license for. */
import { z } from "zod";
import { Fault } from "../../../core/faults.ts";
import { type BundleWithCourses, changeBundle, createBundle, requireBundle } from "../../../flows/bundles.ts";
import { isBundleVisible, pageOfBundles } from "../../../store/listing/courses.ts";
import { type PageRequest, paged, pageOf, pageQuery } from "../paging.ts";
import { defineRoute, type Route, reply } from "../route.ts";
import { id, kindName, moment, nameText } from "../schemas.ts";

const MOST_COURSES = 2000;

const barredKinds = z
  .array(kindName)
  .max(20)
  .meta({ description: "License kinds under which its courses may not be sold." });

const courseIds = z.array(id).max(MOST_COURSES);

const bundleShape = z
  .object({
    id,
    name: z.string(),
    barred_kinds: z.array(z.string()),
    course_ids: z.array(id),
    created_at: moment,
  })
  .meta({ id: "Bundle" });

const showBundle = (bundle: BundleWithCourses): z.output<typeof bundleShape> => ({
  ...bundle,
  barred_kinds: [...bundle.barred_kinds],
  course_ids: [...bundle.course_ids],
});

export const BUNDLE_ROUTES: readonly Route[] = [
  defineRoute({
    id: "bundles.list",
    tag: "Bundles",
    method: "get",
    path: "/bundles",
    permission: "courses",
    need: "see",
    summary: "List bundles, newest first",
    query: pageQuery({ course_id: id.optional().meta({ description: "That hold this course." }) }),
    answers: { 200: pageOf(bundleShape) },
    faults: [],
    run: async (call) => {
      const { context, principal, query } = call;
      const read = (page: PageRequest) => pageOfBundles(context.db, principal.account_id, query, page);
      return reply(200, await paged(call, read, showBundle));
    },
  }),
  defineRoute({
    id: "bundles.create",
    tag: "Bundles",
    method: "post",
    path: "/bundles",
    permission: "courses",
    need: "change",
    summary: "Make a bundle",
    body: z.strictObject({
      name: nameText,
      barred_kinds: barredKinds.default([]),
      course_ids: courseIds.default([]),
    }),
    answers: { 201: bundleShape },
    faults: ["not_found"],
    etag: true,
    run: async ({ context, by, body }) => {
      const made = await createBundle(context, by, body);
      return reply(201, showBundle(made), { location: `/bundles/${made.id}` });
    },
  }),
  defineRoute({
    id: "bundles.get",
    tag: "Bundles",
    method: "get",
    path: "/bundles/{bundle_id}",
    permission: "courses",
    need: "see",
    summary: "Read a bundle",
    answers: { 200: bundleShape },
    faults: [],
    etag: true,
    run: async ({ context, principal, params: { bundle_id } }) => {
      if (!(await isBundleVisible(context.db, principal.account_id, bundle_id)))
        throw new Fault("not_found", `bundle: found none with the id ${bundle_id}.`);
      return reply(200, showBundle(await requireBundle(context.db, bundle_id)));
    },
  }),
  defineRoute({
    id: "bundles.change",
    tag: "Bundles",
    method: "patch",
    path: "/bundles/{bundle_id}",
    permission: "courses",
    need: "change",
    summary: "Change a bundle's name, courses or barred kinds",
    description:
      "What is left out stays as it is; a list that is given replaces the one there is. Who holds a running seat keeps a course that leaves.",
    body: z.strictObject({
      name: nameText.optional(),
      barred_kinds: barredKinds.optional(),
      course_ids: courseIds.optional(),
    }),
    answers: { 200: bundleShape },
    faults: [],
    etag: true,
    run: async ({ context, by, params, body, requireUnchanged }) => {
      const check = (current: BundleWithCourses) => requireUnchanged(showBundle(current));
      return reply(200, showBundle(await changeBundle(context, by, params.bundle_id, body, check)));
    },
  }),
];
