/**
 * The practice LMS's server: the page, the packages that are in the LMS, and the records of its learners. It listens on an
 * origin of its own, as a customer's LMS does, and is off in production: the courses it plays run on its own origin.
 */
import { createReadStream } from "node:fs";
import { join } from "node:path";
import express, { type ErrorRequestHandler, type Express, type Response, type Router } from "express";
import { z } from "zod";
import { Fault } from "../../core/faults.ts";
import type { Deps } from "../../deps.ts";
import { commitRecord, launchRecord } from "./lmsRecord.ts";
import { onlyFromOwnPage } from "./ownPage.ts";
import { createPackageShelf, type PackageShelf, type ShelfLimits } from "./packageShelf.ts";
import type { PracticeGateway } from "./practiceGateway.ts";
import type { LmsPackage, PackageItem, PackageList, PracticeState } from "./practiceTypes.ts";
import { createRecordShelf, type RecordKey, type RecordShelf } from "./recordShelf.ts";

export interface PracticeOptions {
  /** The LMS's own folder: packages, records, learners. */
  readonly dataFolder: string;
  /** Where the build put `practice.html`, `practice.css` and `practice.js`. */
  readonly clientFolder: string;
  readonly gateway: PracticeGateway;
  readonly deps: Pick<Deps, "clock" | "newId" | "log">;
  readonly limits?: Partial<ShelfLimits>;
}

const LIMITS: ShelfLimits = {
  zip_bytes: 512 * 1024 * 1024,
  files: 20_000,
  unpacked_bytes: 2 * 1024 * 1024 * 1024,
};
const LONGEST_HANG_SECONDS = 60;

const shortText = z.string().min(1).max(300);
const keySchema = z.object({ package_id: shortText, item_id: shortText, learner_id: shortText });
const launchSchema = keySchema.extend({ reset: z.boolean() });
const commitSchema = keySchema.extend({
  launch_id: shortText,
  sequence: z.int().positive(),
  moment: z.enum(["commit", "terminate"]),
  elements: z.record(z.string().max(300), z.string()),
});
const learnerSchema = z.object({ learner_id: shortText, name: shortText });
const pauseSchema = z.object({ paused: z.boolean() });
/** The faults that an LMS's server has: it answers late, and it answers that it failed. */
const troubleSchema = z.object({
  hang_seconds: z.coerce.number().min(0).max(LONGEST_HANG_SECONDS).default(0),
  fail: z.enum(["0", "1"]).default("0"),
});

interface Parts {
  readonly packages: PackageShelf;
  readonly records: RecordShelf;
  readonly options: PracticeOptions;
}

export function createPracticeServer(options: PracticeOptions): Express {
  const { dataFolder, deps } = options;
  const parts: Parts = {
    options,
    packages: createPackageShelf(dataFolder, { ...LIMITS, ...options.limits }, deps.newId),
    records: createRecordShelf(dataFolder, deps.newId),
  };
  const app = express();
  app.disable("x-powered-by");
  app.use((_request, response, next) => {
    response.set({ "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store" });
    next();
  });
  app.use(onlyFromOwnPage);
  app.use(page(options.clientFolder));
  app.use("/api", packageRoutes(parts), recordRoutes(parts), gatewayRoutes(parts));
  app.use("/packages/:package_id", async (request, response, next) => {
    const { package_id } = await parts.packages.get(request.params.package_id);
    express.static(parts.packages.contentFolder(package_id), {
      dotfiles: "allow",
      index: false,
      cacheControl: false,
    })(request, response, next);
  });
  app.use(() => {
    throw new Fault("not_found", "There is nothing at this address");
  });
  app.use(problems(deps));
  return app;
}

/** The page and what it is made of; and the frames in which a fault hides the LMS's API. */
function page(clientFolder: string): Router {
  const router = express.Router();
  const send = (response: Response, type: string, file: string) => {
    response.type(type);
    createReadStream(join(clientFolder, file))
      .on("error", () => response.sendStatus(404))
      .pipe(response);
  };
  router.get("/", (_request, response) => send(response, "html", "practice.html"));
  router.get("/frames", (_request, response) => send(response, "html", "frames.html"));
  router.get("/practice.js", (_request, response) => send(response, "text/javascript", "practice.js"));
  router.get("/practice.css", (_request, response) => send(response, "text/css", "practice.css"));
  router.get("/favicon.ico", (_request, response) => {
    response.sendStatus(204);
  });
  return router;
}

function packageRoutes({ packages, options }: Parts): Router {
  const router = express.Router();
  router.get("/packages", async (_request, response) => {
    const [uploaded, offered] = await Promise.all([
      packages.uploaded(),
      attempt(() => options.gateway.packages()),
    ]);
    response.json({
      from_gateway: offered.value ?? [],
      uploaded,
      gateway_problem: offered.problem,
    } satisfies PackageList);
  });
  router.get("/packages/:package_id", async (request, response) => {
    response.json(await packages.get(request.params.package_id));
  });
  router.post("/packages", async (request, response) => {
    response.status(201).json(await packages.add(request, null));
  });
  router.post("/packages/from-gateway/:delivery_id", async (request, response) => {
    const { delivery_id } = request.params;
    response.status(201).json(await packages.add(await options.gateway.download(delivery_id), delivery_id));
  });
  return router;
}

function recordRoutes({ packages, records, options: { deps } }: Parts): Router {
  const router = express.Router();
  router.get("/learners", async (_request, response) => {
    response.json(await records.learners());
  });
  router.post("/learners", express.json(), async (request, response) => {
    await records.addLearner(parse(learnerSchema, request.body));
    response.sendStatus(204);
  });
  router.post("/launches", express.json(), async (request, response) => {
    const { reset, ...key } = parse(launchSchema, request.body);
    const { found } = await findItem(packages, key);
    const facts = {
      ...key,
      reset,
      standard: found.standard,
      launch_id: deps.newId(),
      launched_at: deps.clock.now().toISOString(),
    };
    response.status(201).json(await records.change(key, (before) => launchRecord(before, facts)));
  });
  // A beacon comes as text/plain.
  const commitBody = express.json({ type: ["application/json", "text/plain"], limit: "8mb" });
  router.post("/commits", commitBody, async (request, response) => {
    const trouble = parse(troubleSchema, request.query);
    const { package_id, item_id, learner_id, ...commit } = parse(commitSchema, request.body);
    const key = { package_id, item_id, learner_id };
    const { item } = await findItem(packages, key);
    await new Promise((resolve) => setTimeout(resolve, trouble.hang_seconds * 1_000));
    if (trouble.fail === "1") throw new Fault("store_unavailable", "This LMS was told to fail");
    const now = deps.clock.now().toISOString();
    const stored = await records.change(key, (before) => before && commitRecord(before, commit, item, now));
    response.json({ stored: stored !== null });
  });
  router.delete("/records", async (request, response) => {
    await records.forget(parse(keySchema, request.query));
    response.sendStatus(204);
  });
  return router;
}

function gatewayRoutes({ packages, records, options: { gateway } }: Parts): Router {
  const router = express.Router();
  router.get("/state", async (request, response) => {
    const key = parse(keySchema, request.query);
    const { delivery_id } = await packages.get(key.package_id);
    const [record, observed] = await Promise.all([
      records.get(key),
      delivery_id === null ? { value: null, problem: null } : attempt(() => gateway.observe(delivery_id)),
    ]);
    response.json({
      record,
      observation: observed.value,
      gateway_problem: observed.problem,
    } satisfies PracticeState);
  });
  router.post("/pause/:delivery_id", express.json(), async (request, response) => {
    await gateway.pause(request.params.delivery_id, parse(pauseSchema, request.body).paused);
    response.sendStatus(204);
  });
  return router;
}

/** The gateway may be down or may not know a delivery any more: the LMS goes on, and the page says so. */
async function attempt<T>(ask: () => Promise<T>): Promise<{ value: T | null; problem: string | null }> {
  try {
    return { value: await ask(), problem: null };
  } catch (cause) {
    return { value: null, problem: cause instanceof Fault ? cause.message : "The gateway can't be reached" };
  }
}

async function findItem(
  packages: PackageShelf,
  key: RecordKey,
): Promise<{ found: LmsPackage; item: PackageItem }> {
  const found = await packages.get(key.package_id);
  const item = found.items.find(({ item_id }) => item_id === key.item_id);
  if (item === undefined) {
    throw new Fault("not_found", `The package has no item ${JSON.stringify(key.item_id)}`);
  }
  return { found, item };
}

function parse<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new Fault(
    "body_invalid",
    `${issue?.path.join(".") || "body"}: ${issue?.message ?? "not as expected"}`,
  );
}

/** RFC 9457, as everywhere in the gateway. */
function problems({ log }: Pick<Deps, "log">): ErrorRequestHandler {
  return (error, _request, response, _next) => {
    const fault = asFault(error);
    if (fault === undefined) log.error("practice LMS failed", { error });
    const { status, title, code, message } = fault ?? {
      status: 500,
      title: "The practice LMS failed",
      code: "internal_error",
      message: "See the log",
    };
    response.status(status).type("application/problem+json").json({ status, title, code, detail: message });
  };
}

/** Express and its parsers throw errors of their own with a status; those below 500 are the caller's. */
function asFault(error: unknown): Fault | undefined {
  if (error instanceof Fault) return error;
  const status = error instanceof Error && "status" in error ? error.status : undefined;
  if (status === 413) return new Fault("body_too_large", "The request's body is larger than this LMS takes");
  if (typeof status === "number" && status < 500) {
    return new Fault(status === 404 ? "not_found" : "body_invalid", "The request can't be read", {
      cause: error,
    });
  }
  return undefined;
}
