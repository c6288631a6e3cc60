/** An application on ltijs with a database plugin that was tuned by hand. */

import { setting } from "./listen.ts";
import { INSERT_LAUNCH, LAUNCH_TABLE, serveLtijs } from "./ltijsApp.ts";
import { PostgresPlugin } from "./ltijsPlugin.ts";

const plugin = new PostgresPlugin(setting("DATABASE_URL"), Number(setting("DATABASE_CONNECTIONS")));

await serveLtijs(plugin, {
  prepare: () => plugin.pool.query(LAUNCH_TABLE),
  record: ({ id, user_id, resource_link_id, opened_at }) =>
    plugin.pool.query({
      name: "launch",
      text: INSERT_LAUNCH,
      values: [id, user_id, resource_link_id, opened_at],
    }),
});
