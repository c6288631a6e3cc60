/** With its zone, in the reader's language. */
const moment = new Intl.DateTimeFormat(undefined, {
  year: "numeric",
  month: "short",
  day: "numeric",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  timeZoneName: "short",
});

export function atTime(iso: string): string {
  return moment.format(new Date(iso));
}
