/** An application on ltijs with the database plugin that its makers offer for Postgres. */

import { setting } from "./listen.ts";
import { INSERT_LAUNCH, LAUNCH_TABLE, requireInstalled, serveLtijs } from "./ltijsApp.ts";

const { hostname, port, username, pathname } = new URL(setting("DATABASE_URL"));
const connections = Number(setting("DATABASE_CONNECTIONS"));

const Database = requireInstalled("ltijs-sequelize");
const plugin = new Database(pathname.slice(1), username, "", {
  host: hostname,
  port: Number(port),
  dialect: "postgres",
  logging: false,
  pool: { max: connections, min: connections },
});

await serveLtijs(plugin, {
  prepare: () => plugin.db.query(LAUNCH_TABLE),
  record: ({ id, user_id, resource_link_id, opened_at }) =>
    plugin.db.query(INSERT_LAUNCH, { bind: [id, user_id, resource_link_id, opened_at] }),
});
