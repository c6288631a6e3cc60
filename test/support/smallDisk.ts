/** A disk of a few megabytes, to be filled up and freed again: a file system in memory. Only root may mount one. */
import { execFileSync } from "node:child_process";
import { chmod, mkdtemp, open, rm, rmdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface SmallDisk {
  readonly path: string;
  /** Not a byte more can be written. */
  fill(): Promise<void>;
  free(): Promise<void>;
  remove(): Promise<void>;
}

export async function mountSmallDisk(megabytes: number): Promise<SmallDisk> {
  const path = await mkdtemp(join(tmpdir(), "tallygate-disk-"));
  execFileSync("mount", ["-t", "tmpfs", "-o", `size=${megabytes}m`, "tallygate-test", path]);
  await chmod(path, 0o777);
  const ballast = join(path, "ballast");
  return {
    path,
    fill: () => fill(ballast),
    free: () => rm(ballast, { force: true }),
    remove: async () => {
      execFileSync("umount", ["--lazy", path]);
      await rmdir(path);
    },
  };
}

async function fill(ballast: string): Promise<void> {
  const handle = await open(ballast, "a");
  try {
    for (const chunk of [Buffer.alloc(65_536), Buffer.alloc(1)])
      for (;;) if ((await handle.write(chunk)).bytesWritten < chunk.length) break;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
  } finally {
    await handle.close();
  }
}
