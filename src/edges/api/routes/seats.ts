/** Seats: who holds what, from when to when. */
import { z } from "zod";
import { requireSeat, type SeatView, viewSeat } from "../../../flows/viewSeats.ts";
import { pageOfSeats, SEAT_STATUSES } from "../../../store/listing/seats.ts";
import { type PageRequest, paged, pageOf, pageQuery } from "../paging.ts";
import { defineRoute, type Route, reply } from "../route.ts";
import { id, moment } from "../schemas.ts";

const status = z.enum(SEAT_STATUSES, { error: `expected one of ${SEAT_STATUSES.join(", ")}` });

export const seatShape = z
  .object({
    id,
    account_id: id,
    license_id: id,
    learner_id: id,
    course_id: id.nullable().meta({ description: "Null: it covers every course of the license." }),
    lot_id: id.nullable(),
    status,
    launches: z.int().meta({ description: "That counted until it was confirmed." }),
    starts_at: moment,
    ends_at: moment.nullable(),
    confirmed_at: moment.nullable(),
    released_at: moment.nullable(),
    pending: z
      .object({
        why: z.string().meta({ description: "Why it is pending and what would charge it, for people." }),
        launches: z.int(),
        charge_after_launches: z.int(),
        open_seconds: z.number().meta({
          description:
            "Of the launch that was open longest, as far as it was written down: at a save, or when it closed.",
        }),
        charge_after_seconds: z.int(),
      })
      .nullable()
      .meta({ description: "Null: it is not pending." }),
  })
  .meta({ id: "Seat" });

export const showSeat = (seat: SeatView): z.output<typeof seatShape> => seat;

export const SEAT_ROUTES: readonly Route[] = [
  defineRoute({
    id: "seats.list",
    tag: "Seats",
    method: "get",
    path: "/accounts/{account_id}/seats",
    permission: "reports",
    need: "see",
    summary: "List the seats, newest first; each pending one with why it is pending",
    query: pageQuery({
      license_id: id.optional(),
      learner_id: id.optional(),
      status: status.optional(),
    }),
    answers: { 200: pageOf(seatShape) },
    faults: [],
    run: async (call) => {
      const { context, params, query } = call;
      const at = context.deps.clock.now();
      const read = (page: PageRequest) => pageOfSeats(context.db, params.account_id, query, page);
      return reply(200, await paged(call, read, (seat) => showSeat(viewSeat(seat, at))));
    },
  }),
  defineRoute({
    id: "seats.get",
    tag: "Seats",
    method: "get",
    path: "/accounts/{account_id}/seats/{seat_id}",
    permission: "reports",
    need: "see",
    summary: "Read a seat",
    answers: { 200: seatShape },
    faults: [],
    run: async ({ context, params }) =>
      reply(200, showSeat(await requireSeat(context, params.account_id, params.seat_id))),
  }),
];
