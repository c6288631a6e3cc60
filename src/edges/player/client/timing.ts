/** Durations in the two notations of SCORM. All pure. */

const TIMESPAN_12 = /^(\d{2,4}):(\d{2}):(\d{2}(?:\.\d{1,2})?)$/;
const DURATION_2004 =
  /^P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d{1,2})?)S)?)?$/;

const SECONDS_PER_DAY = 86_400;
/** ISO 8601 gives months and years no fixed length; SCORM 2004 RTE 4.1.1.7 leaves it to the LMS. */
const SECONDS_PER_MONTH = 30 * SECONDS_PER_DAY;
const SECONDS_PER_YEAR = 365 * SECONDS_PER_DAY;

/** SCORM 1.2 CMITimespan, `HHHH:MM:SS.SS`, at most 9999 hours. */
export function timespan12(seconds: number): string {
  const hundredths = Math.min(Math.round(Math.max(seconds, 0) * 100), (9999 * 3600 + 3599) * 100 + 99);
  const whole = Math.floor(hundredths / 100);
  const pad = (value: number, width: number) => String(value).padStart(width, "0");
  const hours = pad(Math.floor(whole / 3600), 4);
  return `${hours}:${pad(Math.floor(whole / 60) % 60, 2)}:${pad(whole % 60, 2)}.${pad(hundredths % 100, 2)}`;
}

/** SCORM 2004 timeinterval(second,10,2). */
export function duration2004(seconds: number): string {
  const hundredths = Math.round(Math.max(seconds, 0) * 100);
  const whole = Math.floor(hundredths / 100);
  const fraction = hundredths % 100 === 0 ? "" : `.${String(hundredths % 100).padStart(2, "0")}`;
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor(whole / 60) % 60;
  return `PT${hours > 0 ? `${hours}H` : ""}${minutes > 0 ? `${minutes}M` : ""}${whole % 60}${fraction}S`;
}

/** Seconds of either notation; null where it is neither. */
export function secondsOf(duration: string): number | null {
  const timespan = TIMESPAN_12.exec(duration);
  if (timespan) return Number(timespan[1]) * 3600 + Number(timespan[2]) * 60 + Number(timespan[3]);
  const parts = DURATION_2004.exec(duration);
  if (!parts || duration.endsWith("P") || duration.endsWith("T")) return null;
  const lengths = [SECONDS_PER_YEAR, SECONDS_PER_MONTH, SECONDS_PER_DAY, 3600, 60, 1];
  return lengths.reduce((total, length, index) => total + Number(parts[index + 1] ?? 0) * length, 0);
}
