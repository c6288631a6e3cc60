/** The one market of a test file whose tests stand in several modules: a gateway takes seconds to start. */
import { openMarket } from "../../support/market.ts";

export const market = openMarket();
