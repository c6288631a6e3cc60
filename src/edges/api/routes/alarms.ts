/** What looks odd about how a delivery grows: its package may have been handed on (docs/security.md). */
import { z } from "zod";
import { ALARM_TYPES } from "../../../core/growth.ts";
import { acknowledge } from "../../../flows/alarms.ts";
import { type Alarm, pageOfAlarms } from "../../../store/growth.ts";
import { type PageRequest, paged, pageOf, pageQuery } from "../paging.ts";
import { defineRoute, type Route, reply } from "../route.ts";
import { id, moment, queryFlag } from "../schemas.ts";

const alarmShape = z
  .object({
    id,
    account_id: id,
    delivery_id: id,
    type: z.enum(ALARM_TYPES).meta({
      description:
        "`learners_surge`: far more new learners in a day than ever before. `many_origins`: launched from more origins than an LMS has. `odd_identities`: many new ids of a shape that was not usual.",
    }),
    evidence: z
      .record(z.string(), z.union([z.number(), z.string()]))
      .meta({ description: "The numbers that it rests on; `size` is the one that grows." }),
    raised_at: moment,
    last_seen_at: moment,
    acknowledged_at: moment.nullable(),
    acknowledged_by: z.string().nullable(),
  })
  .meta({ id: "Alarm" });

const showAlarm = (alarm: Alarm): z.output<typeof alarmShape> => alarm;

export const ALARM_ROUTES: readonly Route[] = [
  defineRoute({
    id: "alarms.list",
    tag: "Alarms",
    method: "get",
    path: "/accounts/{account_id}/alarms",
    permission: "deliveries",
    need: "see",
    summary: "List the alarms about an account's deliveries, newest first",
    query: pageQuery({ delivery_id: id.optional(), open: queryFlag.optional() }),
    answers: { 200: pageOf(alarmShape) },
    faults: [],
    run: async (call) => {
      const { context, params, query } = call;
      const read = (page: PageRequest) => pageOfAlarms(context.db, params.account_id, query, page);
      return reply(200, await paged(call, read, showAlarm));
    },
  }),
  defineRoute({
    id: "alarms.acknowledge",
    tag: "Alarms",
    method: "post",
    path: "/accounts/{account_id}/alarms/{alarm_id}/acknowledge",
    permission: "deliveries",
    need: "change",
    summary: "Say that an alarm was looked at",
    description: "It is raised again only where what it is about grows by half.",
    answers: { 200: alarmShape },
    faults: ["not_found"],
    run: async ({ context, by, params }) =>
      reply(200, showAlarm(await acknowledge(context, by, params.account_id, params.alarm_id))),
  }),
];
