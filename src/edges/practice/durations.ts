/**
 * The two ways in which SCORM writes a length of time: `HHHH:MM:SS.SS` (SCORM 1.2 RTE 3.4, CMITimespan) and ISO 8601
 * `P1DT2H3M4.5S` (SCORM 2004 RTE 4.1.1.7, timeinterval(second,10,2)).
 */

const TIMESPAN = /^(\d{2,4}):(\d{2}):(\d{2}(?:\.\d{1,2})?)$/;

const INTERVAL =
  /^P(?=.)(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)D)?(?:T(?=.)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d{1,2})?)S)?)?$/;

/** A year and a month have no fixed length; for adding up, RTE 4.1.1.7 leaves their seconds to the LMS. */
const SECONDS_OF_INTERVAL_PARTS = [365 * 86_400, 30 * 86_400, 86_400, 3_600, 60, 1];

/** Seconds of a SCORM 1.2 timespan; null where the text is none. Minutes and seconds may run to 99, as the spec has it. */
export function secondsOfTimespan(text: string): number | null {
  const match = TIMESPAN.exec(text);
  if (match === null) return null;
  const [, hours, minutes, seconds] = match;
  return Number(hours) * 3_600 + Number(minutes) * 60 + Number(seconds);
}

/** Seconds of an ISO 8601 duration as SCORM 2004 allows it; null where the text is none. */
export function secondsOfInterval(text: string): number | null {
  const match = INTERVAL.exec(text);
  if (match === null) return null;
  return SECONDS_OF_INTERVAL_PARTS.reduce(
    (sum, size, index) => sum + Number(match[index + 1] ?? 0) * size,
    0,
  );
}

export function timespanOfSeconds(seconds: number): string {
  const { hours, minutes, rest } = parts(Math.min(seconds, 9_999 * 3_600 + 3_599));
  return `${String(hours).padStart(4, "0")}:${pad(minutes)}:${rest.toFixed(2).padStart(5, "0")}`;
}

export function intervalOfSeconds(seconds: number): string {
  const { hours, minutes, rest } = parts(seconds);
  return `PT${hours}H${minutes}M${Number(rest.toFixed(2))}S`;
}

/** In whole hundredths, so that 59.999 s can't be printed as 60 seconds of the same minute. */
function parts(seconds: number): { hours: number; minutes: number; rest: number } {
  const hundredths = Math.round(seconds * 100);
  return {
    hours: Math.floor(hundredths / 360_000),
    minutes: Math.floor((hundredths % 360_000) / 6_000),
    rest: (hundredths % 6_000) / 100,
  };
}

function pad(value: number): string {
  return String(value).padStart(2, "0");
}
