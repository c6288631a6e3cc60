/** Somebody has looked at an alarm. */
import { Fault } from "../core/faults.ts";
import { type Alarm, acknowledgeAlarm, findAlarm } from "../store/growth.ts";
import { type By, writeAudit } from "./audited.ts";
import type { Context } from "./context.ts";

/**
 * An acknowledged one stays as it is.
 * @throws Fault `not_found`.
 */
export async function acknowledge(
  context: Context,
  by: By,
  accountId: string,
  alarmId: string,
): Promise<Alarm> {
  const at = context.deps.clock.now();
  return context.db.transaction(async (sql) => {
    const alarm = await findAlarm(sql, accountId, alarmId);
    if (!alarm) throw new Fault("not_found", `alarm: found none with the id ${alarmId} in this account.`);
    if (alarm.acknowledged_at) return alarm;
    await acknowledgeAlarm(sql, accountId, alarmId, by.actor, at);
    await writeAudit(context, sql, by, at, {
      account_id: accountId,
      action: "alarm.acknowledge",
      subject: ["alarm", alarmId],
      before: { acknowledged_at: null },
      after: { acknowledged_at: at },
    });
    return { ...alarm, acknowledged_at: at, acknowledged_by: by.actor };
  });
}
