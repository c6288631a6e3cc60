/**
 * The least that a launch could be: a bare Express route that verifies a launch token and inserts one row into the
 * gateway's own table of launches, prepared, over as many connections as the gateway has.
 */
import { createSecretKey, randomBytes } from "node:crypto";
import express from "express";
import jsonwebtoken from "jsonwebtoken";
import pg from "pg";
import { listen, setting } from "./listen.ts";

interface LaunchClaims {
  readonly acc: string;
  readonly del: string;
  readonly lea: string;
  readonly att: string;
}

const key = createSecretKey(Buffer.from(setting("TOKEN_SECRET"), "utf8"));
const pool = new pg.Pool({
  connectionString: setting("DATABASE_URL"),
  max: Number(setting("DATABASE_CONNECTIONS")),
});
const [licenseId, courseId] = [setting("LICENSE_ID"), setting("COURSE_ID")];

const app = express();
app.use(express.json({ limit: "1mb" }));
app.post("/launch", async (request, response) => {
  const { token, nonce, lms_origin } = request.body;
  const claims = jsonwebtoken.verify(token, key, {
    algorithms: ["HS256"],
    audience: "launch",
  }) as unknown as LaunchClaims;
  const id = uuidVersion7();
  await pool.query({
    name: "insert_launch",
    text: `insert into launch (account_id, id, delivery_id, license_id, course_id, nonce, lms_origin, identity_id, learner_id,
       seat_id, attempt_id, number, outcome, reference, opened_at, last_seen_at)
     values ($1, $2, $3, $4, $5, $6, $7, null, $8, null, $9, 1, 'allowed', $10, $11, $11)`,
    values: [
      claims.acc,
      id,
      claims.del,
      licenseId,
      courseId,
      nonce,
      lms_origin,
      claims.lea,
      claims.att,
      id.slice(-9).toUpperCase(),
      new Date(),
    ],
  });
  response.json({ outcome: "allowed", launch_id: id });
});
listen(app);

/** In order of time, as the gateway's ids are: an index grows at its end. */
function uuidVersion7(): string {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(Date.now(), 0, 6);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x70, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = bytes.toString("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
