/** A log that keeps its lines for the test to look at. */
import { Writable } from "node:stream";
import winston from "winston";

export interface LogLine {
  readonly level: string;
  readonly message: string;
}

export function createTestLog(): { readonly log: winston.Logger; readonly lines: LogLine[] } {
  const lines: LogLine[] = [];
  const stream = new Writable({
    objectMode: true,
    write: (line: LogLine, _encoding, done) => {
      lines.push(line);
      done();
    },
  });
  return {
    lines,
    log: winston.createLogger({ level: "debug", transports: [new winston.transports.Stream({ stream })] }),
  };
}
