/** The content store that the settings name: a bucket where one is set, else the data folder. */
import { join } from "node:path";
import type { Config } from "../../config.ts";
import type { ContentStore } from "./contentStore.ts";
import { openFolderContentStore } from "./folderContentStore.ts";

export async function openContentStore(config: Config): Promise<ContentStore> {
  if (!config.S3_BUCKET) return openFolderContentStore(join(config.DATA_FOLDER, "content"));
  // It would stand between lines of JSON, and package.json says already which Node.js this is for.
  process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] ??= "true";
  // Some 20 MB that only those pay for who use it.
  const { openS3ContentStore } = await import("./s3ContentStore.ts");
  const { S3_ACCESS_KEY_ID, S3_SECRET_ACCESS_KEY } = config;
  return openS3ContentStore({
    bucket: config.S3_BUCKET,
    region: config.S3_REGION,
    endpoint: config.S3_ENDPOINT,
    prefix: config.S3_PREFIX,
    forcePathStyle: config.S3_FORCE_PATH_STYLE,
    credentials: S3_ACCESS_KEY_ID
      ? { accessKeyId: S3_ACCESS_KEY_ID, secretAccessKey: S3_SECRET_ACCESS_KEY }
      : null,
  });
}
