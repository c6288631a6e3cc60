/** A reader who leaves is no source that breaks off: nothing is fetched for whom nobody reads any more. */
import { once } from "node:events";
import { Readable, Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { expect, test } from "@jest/globals";
import { boundedStream } from "../../../src/store/content/boundedStream.ts";

const PIECES = 100;
const PIECE = Buffer.alloc(65_536, "x");

function large() {
  const opened: Readable[] = [];
  const open = () => {
    const stream = Readable.from(Array.from({ length: PIECES }, () => PIECE));
    opened.push(stream);
    return stream;
  };
  const range = { start: 0, end: PIECES * PIECE.length - 1 };
  const bounds = { silentSeconds: 5, mostResumptions: 2 };
  return { opened, stream: boundedStream(range, open(), async () => open(), bounds) };
}

/** With an error or without one. */
async function closed(stream: Readable): Promise<void> {
  if (!stream.closed) await new Promise<void>((resolve) => stream.once("close", resolve));
}

test.each([
  ["an error", new Error("The reader has left")],
  ["no error", undefined],
])("who leaves in mid-stream with %s", async (_with, error) => {
  const { opened, stream } = large();
  stream.on("error", () => undefined);
  await once(stream, "readable");
  stream.read();
  stream.destroy(error);
  await closed(stream);
  expect(opened.map(({ destroyed }) => destroyed)).toEqual([true]);
});

test("whose connection closes while the file is piped into it", async () => {
  const { opened, stream } = large();
  const connection: Writable = new Writable({
    write: (_chunk, _encoding, done) => {
      connection.destroy();
      done();
    },
  });
  const sent = pipeline(stream, connection);
  await expect(sent).rejects.toMatchObject({ code: "ERR_STREAM_PREMATURE_CLOSE" });
  await closed(stream);
  expect(opened.map(({ destroyed }) => destroyed)).toEqual([true]);
});

test("who leaves before a byte was read", async () => {
  const { opened, stream } = large();
  stream.destroy();
  await closed(stream);
  expect(opened.map(({ destroyed }) => destroyed)).toEqual([true]);
});
