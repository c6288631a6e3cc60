/** A process that makes packages, one after the other, for as long as the bench says. */
export interface Made {
  readonly packages: number;
  readonly seconds: number;
}

export function makeOnDemand(makeOne: (number: number) => Promise<void>): void {
  let number = 0;
  const makeFor = async (seconds: number): Promise<Made> => {
    const before = number;
    const begun = performance.now();
    while (performance.now() - begun < seconds * 1000) await makeOne(number++);
    return { packages: number - before, seconds: (performance.now() - begun) / 1000 };
  };
  process.on("message", ({ seconds }: { seconds: number }) => {
    makeFor(seconds).then(
      (made) => process.send?.(made),
      (error: unknown) => {
        console.error(error);
        process.exit(1);
      },
    );
  });
  process.on("disconnect", () => process.exit(0));
}

export function setting(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is missing`);
  return value;
}
