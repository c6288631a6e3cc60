/** Article S1: how subscription, volume and pay-per-use are bought. What the rule book sets aside: docs/decisions/articles.md. */
import "./S1/subscriptions.ts";
import "./S1/volume.ts";
