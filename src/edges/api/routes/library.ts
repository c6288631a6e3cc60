/** What an account's administrators add by themselves: courses that are paid for as they are used. */
import { z } from "zod";
import { addCourseToLibrary, addListToLibrary, type LibraryResult } from "../../../flows/library.ts";
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

const ONE_OF_BOTH = "expected either course_id or list_id";

export const LIBRARY_ROUTES: readonly Route[] = [
  defineRoute({
    id: "library.add",
    tag: "Licenses",
    method: "post",
    path: "/accounts/{account_id}/library",
    permission: "purchases",
    need: "change",
    summary: "Add a course, or those of a list, to the pay-per-use library",
    description: `A license of its own for each course, under the account's contract. One that is there already stays as it is.
Of a list, each course has a result of its own.`,
    body: z
      .strictObject({ course_id: id.optional(), list_id: id.optional() })
      .refine((body) => (body.course_id === undefined) !== (body.list_id === undefined), {
        error: ONE_OF_BOTH,
        path: ["course_id"],
      }),
    answers: { 200: z.object({ items: z.array(resultShape) }) },
    faults: ["conflict", "kind_barred", "contract_missing", "price_missing"],
    run: async ({ context, by, params: { account_id }, body: { course_id, list_id = "" } }) => {
      const results = course_id
        ? [await addCourseToLibrary(context, by, account_id, course_id)]
        : await addListToLibrary(context, by, account_id, list_id);
      return reply(200, { items: results.map(showResult) });
    },
  }),
];
