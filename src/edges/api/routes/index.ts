/** Everything that the API can do: one file a noun. */
import type { Route } from "../route.ts";
import { CONNECTION_ROUTES } from "./connections.ts";
import { ME_ROUTES } from "./me.ts";

export const ROUTES: readonly Route[] = [...ME_ROUTES, ...CONNECTION_ROUTES];
