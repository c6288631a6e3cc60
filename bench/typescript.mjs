// Lets Node run the TypeScript in this folder and in test/support as it stands: node --import ./bench/typescript.mjs
import { register } from "node:module";

register("./typescriptHooks.mjs", import.meta.url);
