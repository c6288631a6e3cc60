/** The account as its own people read it: without its pilots (RULES §3.6, docs/decisions/pilots.md). */
import type { Db } from "../store/db.ts";
import { hidingPilots } from "../store/pilots.ts";

export function hidePilots(db: Db): Db {
  return {
    ...db,
    ...hidingPilots(db),
    quick: hidingPilots(db.quick),
    transaction: (work) => db.transaction((sql) => work(hidingPilots(sql))),
  };
}
