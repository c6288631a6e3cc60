/** A course's files against `express.static` on the same ones. */

import { randomBytes } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { sell } from "../../test/support/customer.ts";
import type { Bench, BenchOptions } from "../bench.ts";
import { compare, type Side } from "../lab/compare.ts";
import { page, writeCourseZip } from "../lab/courseZip.ts";
import type { Lab, LabGateway, Server } from "../lab/lab.ts";
import { openOnce } from "../lab/opened.ts";
import { get } from "../lab/requests.ts";
import { customerOf } from "../lab/sales.ts";
import type { Result } from "../results.ts";

export const content: Bench = {
  about: "files of a course against express.static on the same files",
  run,
};

const AT_LEAST = 0.7;
const CONNECTIONS = 16;

const FILES = [
  { name: "script.js", words: "a script of 4 kB", opens: "file", content: page(4096) },
  {
    name: "index.html",
    words: "a page of 4 kB (ours with the shim in it)",
    opens: "page",
    content: page(4096),
  },
  { name: "large.bin", words: "a file of 1 MB", opens: "file", content: randomBytes(1024 * 1024) },
] as const;

async function run(lab: Lab, options: BenchOptions): Promise<Result[]> {
  const gateway = await lab.openGateway();
  const base = await openCourse(lab, gateway);
  const folder = join(lab.folder, "static");
  await mkdir(folder);
  for (const file of FILES) await writeFile(join(folder, file.name), file.content);
  const floor = await lab.openFloor("files.ts", { FOLDER: folder });
  const results: Result[] = [];
  for (const { name, words, opens } of FILES) {
    const side = (called: string, server: Server, path: string): Side => ({
      name: called,
      server,
      plan: () => ({
        port: server.port,
        request: get(server.port, `${path}${name}`, opens),
        expected: "",
        connections: CONNECTIONS,
        at_once: false,
      }),
    });
    const sides = { floor: side("floor", floor, "/c/session/"), ours: side("gateway", gateway, base) };
    const compared = await compare(lab, words, sides, options.pace);
    results.push({ type: "compared", what: words, compared, needed: { type: "at least", value: AT_LEAST } });
  }
  return results;
}

/** @returns Where the course's files are, for a learner who has it open. */
async function openCourse(lab: Lab, gateway: LabGateway): Promise<string> {
  const zip = join(lab.folder, "course.zip");
  await writeCourseZip(zip, FILES);
  const { course_id: course } = await gateway.process.operate<{ course_id: string }>("course import", {
    file: zip,
  });
  const { account } = await customerOf(gateway);
  const sold = await sell(gateway.process, { account, course }, { kind: "pay_per_use" });
  return (await openOnce(gateway, sold, "reader")).course.content_base;
}
