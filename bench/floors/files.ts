/** The least that a course's file could be: the same file, served by Express itself. */
import express from "express";
import { listen, setting } from "./listen.ts";

const app = express();
app.use("/c/session", express.static(setting("FOLDER")));
listen(app);
