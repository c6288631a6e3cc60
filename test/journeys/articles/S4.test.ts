/** Article S4: annual plans. What the rule book sets aside: docs/decisions/articles.md. */
import "./S4/plans.ts";
import "./S4/reports.ts";
