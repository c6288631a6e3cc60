/** Says on the test's output what a burst took, when TALLYGATE_MEASURE is set. */
export async function measured<Result>(
  what: string,
  count: number,
  work: () => Promise<Result>,
): Promise<Result> {
  const begun = performance.now();
  const result = await work();
  const seconds = (performance.now() - begun) / 1000;
  if (process.env["TALLYGATE_MEASURE"])
    process.stderr.write(`${what}: ${seconds.toFixed(2)} s, ${Math.round(count / seconds)}/s\n`);
  return result;
}
