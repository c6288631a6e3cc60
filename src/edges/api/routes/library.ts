/** What an account's administrators add by themselves: courses that are paid for as they are used. */
import { z } from "zod";
import {
  addCoursesToLibrary,
  addCourseToLibrary,
  addListToLibrary,
  type LibraryResult,
} from "../../../flows/library.ts";
import { defineRoute, type Route, reply } from "../route.ts";
import { id } from "../schemas.ts";

const resultShape = z.object({
  course_id: id,
  outcome: z.enum(["added", "already_there", "refused"]),
  license_id: id.nullable(),
  problem: z
    .object({ code: z.string(), detail: z.string() })
    .nullable()
    .meta({ description: "Why it was refused, as a request for this course alone would say." }),
});

function showResult(result: LibraryResult): z.output<typeof resultShape> {
  const { course_id, outcome } = result;
  if (outcome !== "refused") return { course_id, outcome, license_id: result.license_id, problem: null };
  const problem = { code: result.fault.code, detail: result.fault.message };
  return { course_id, outcome, license_id: null, problem };
}

const ONE_OF_THREE = "expected one of course_id, course_ids and list_id";
const MOST_COURSES = 2000;

export const LIBRARY_ROUTES: readonly Route[] = [
  defineRoute({
    id: "library.add",
    tag: "Licenses",
    method: "post",
    path: "/accounts/{account_id}/library",
    permission: "purchases",
    need: "change",
    summary: "Add a course, several, or those of a list, to the pay-per-use library",
    description: `A license of its own for each course, under the account's contract. One that is there already stays as it is.
Of several or a list, each course has a result of its own.`,
    body: z
      .strictObject({
        course_id: id.optional(),
        course_ids: z.array(id).min(1).max(MOST_COURSES).optional(),
        list_id: id.optional(),
      })
      .refine((body) => Object.values(body).filter((of) => of !== undefined).length === 1, {
        error: ONE_OF_THREE,
        path: ["course_id"],
      }),
    answers: { 200: z.object({ items: z.array(resultShape) }) },
    faults: ["conflict", "kind_barred", "contract_missing", "price_missing"],
    run: async ({ context, by, params: { account_id }, body: { course_id, course_ids, list_id = "" } }) => {
      const add = async () => {
        if (course_id) return [await addCourseToLibrary(context, by, account_id, course_id)];
        if (course_ids) return addCoursesToLibrary(context, by, account_id, course_ids);
        return addListToLibrary(context, by, account_id, list_id);
      };
      const results = await add();
      return reply(200, { items: results.map(showResult) });
    },
  }),
];
