/**
 * The links of LTI deliveries as files that an administrator copies from: beside the packages, where many deliveries are
 * downloaded together. No secret is among them.
 */
import { kindOf } from "../../core/licensing/kinds/index.ts";
import { DELIVERY_PARAMETER, ltiLinkOf } from "../../core/lti/links.ts";
import type { PackagedDelivery } from "../../store/listing/deliveries.ts";
import { BYTE_ORDER_MARK, csvLines } from "../reports/csvLines.ts";
import type { Cell } from "../reports/report.ts";
import { type DeliveryNaming, packageTitle } from "./names.ts";
import type { ZipFile } from "./zipStream.ts";

const HEADS: readonly Cell[] = ["LMS", "Title", "Launch URL", "Custom parameters", "Delivery"];

/** Of one file, so that memory stays flat however many there are. */
const MOST_LINKS = 10_000;

export interface LinkFiles {
  /** @returns The file that is full with it, if any. */
  add(delivery: PackagedDelivery): ZipFile[];
  /** @returns The file of those that are left, if any. */
  end(): ZipFile[];
}

export function createLinkFiles(appOrigin: string): LinkFiles {
  let rows: Cell[][] = [];
  let number = 0;
  const end = () => {
    if (rows.length === 0) return [];
    number++;
    const content = Buffer.from(BYTE_ORDER_MARK + csvLines("comma")([HEADS, ...rows]));
    rows = [];
    return [{ name: number === 1 ? "LTI links.csv" : `LTI links (${number}).csv`, content }];
  };
  return {
    add: (delivery) => {
      const { id, key, connection_name } = delivery;
      const title = packageTitle(namingOf(delivery));
      rows.push([connection_name, title, ltiLinkOf(appOrigin, key), `${DELIVERY_PARAMETER}=${key}`, id]);
      return rows.length === MOST_LINKS ? end() : [];
    },
    end,
  };
}

export function namingOf(
  delivery: Pick<PackagedDelivery, "course_title" | "kind" | "label" | "short_id">,
): DeliveryNaming {
  return {
    courseTitle: delivery.course_title,
    licenseKind: kindOf(delivery.kind).title,
    label: delivery.label,
    shortId: delivery.short_id,
  };
}
