/** The import of a very large course: whole-process memory, on Postgres and on the embedded store. */
import { mkdtemp } from "node:fs/promises";
import { join } from "node:path";
import { startGateway } from "../../test/support/gatewayProcess.ts";
import type { Bench, BenchOptions } from "../bench.ts";
import { noise, page, writeCourseZip } from "../lab/courseZip.ts";
import type { Lab } from "../lab/lab.ts";
import { type Peak, peakWhile } from "../lab/memory.ts";
import type { Result } from "../results.ts";

export const imports: Bench = {
  about: "memory while a zip of 1 GiB is imported",
  run,
};

const MEGABYTE = 1024 * 1024;
const FILE_MEGABYTES = 64;
/** Whole process, on Postgres. */
const MOST_MEGABYTES = 200;
/** Over idle, on the embedded store, which is large by itself. */
const MOST_GROWTH_MEGABYTES = 100;

async function run(lab: Lab, options: BenchOptions): Promise<Result[]> {
  const megabytes = options.quick ? 128 : 1024;
  const file = join(lab.folder, "large.zip");
  lab.say(`making a zip of ${megabytes} MiB`);
  const videos = Array.from({ length: megabytes / FILE_MEGABYTES }, (_, index) => ({
    name: `videos/${index}.mp4`,
    content: noise(FILE_MEGABYTES * MEGABYTE),
  }));
  await writeCourseZip(file, [{ name: "index.html", content: page(4096) }, ...videos]);

  const gateway = await lab.openGateway();
  const onPostgres = await peakWhile(gateway.pid, () => gateway.process.operate("course import", { file }));
  await gateway.end();
  const embedded = await startGateway({ dataFolder: await mkdtemp(join(lab.folder, "embedded-")) });
  try {
    const onEmbedded = await peakWhile(embedded.pid, () => embedded.operate("course import", { file }));
    return [
      figure(
        `import of ${megabytes} MiB on Postgres, peak`,
        onPostgres.peak_megabytes,
        MOST_MEGABYTES,
        onPostgres,
      ),
      figure(
        `import of ${megabytes} MiB on the embedded store, growth over idle`,
        onEmbedded.peak_megabytes - onEmbedded.idle_megabytes,
        MOST_GROWTH_MEGABYTES,
        onEmbedded,
      ),
    ];
  } finally {
    await embedded.kill();
  }
}

function figure(what: string, value: number, most: number, peak: Peak): Result {
  const note = `idle ${Math.round(peak.idle_megabytes)} MB, ${peak.seconds.toFixed(1)} s`;
  return { type: "figure", what, value, unit: "MB", needed: { type: "at most", value: most }, note };
}
