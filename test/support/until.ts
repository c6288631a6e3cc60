/** Waiting for something real, with an error that says what did not come. */
export function sleep(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}

/** Asks again and again until it is so. @throws Error naming `what` after `mostSeconds`. */
export async function until(
  what: string,
  isSo: () => boolean | Promise<boolean>,
  mostSeconds: number,
): Promise<void> {
  const deadline = performance.now() + mostSeconds * 1000;
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error(`After ${mostSeconds} s it is still not so: ${what}`);
    await sleep(0.02);
  }
}
