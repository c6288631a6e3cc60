/** The least that a beat could be: a bare Express route that checks the token's signature and answers. */
import { createSecretKey } from "node:crypto";
import express from "express";
import jsonwebtoken from "jsonwebtoken";
import { listen, setting } from "./listen.ts";

const key = createSecretKey(Buffer.from(setting("TOKEN_SECRET"), "utf8"));

const app = express();
app.use(express.json());
app.post("/keep", (request, response) => {
  jsonwebtoken.verify(request.body.token, key, { algorithms: ["HS256"], audience: "launch" });
  response.json({ kept: true });
});
listen(app);
