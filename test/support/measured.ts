/** Figures for whoever asks: printed when TALLYGATE_MEASURE is set. */
export function note(figure: string): void {
  if (process.env["TALLYGATE_MEASURE"]) process.stderr.write(`${figure}\n`);
}

/** Notes how long a burst took. */
export async function measured<Result>(
  what: string,
  count: number,
  work: () => Promise<Result>,
): Promise<Result> {
  const begun = performance.now();
  const result = await work();
  const seconds = (performance.now() - begun) / 1000;
  note(`${what}: ${seconds.toFixed(2)} s, ${Math.round(count / seconds)}/s`);
  return result;
}
