/**
 * Reads what Prometheus would read (text format 0.0.4), and is as strict as `promtool check metrics`: what it would refuse or
 * warn of is an error here.
 */

export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface Family {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  readonly samples: readonly Sample[];
}

const SAMPLE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/;
const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\\n]|\\[\\"n])*)"(?:,|$)/gy;

/** @throws Error that names the line. */
export function parseExposition(text: string): Map<string, Family> {
  if (!text.endsWith("\n")) throw new Error("The last line has no end");
  const families = new Map<string, Family & { samples: Sample[] }>();
  const helps = new Map<string, string>();
  let current: (Family & { samples: Sample[] }) | undefined;
  for (const line of text.split("\n").filter((one) => one !== "")) {
    const [, keyword, name = "", rest = ""] = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line) ?? [];
    if (keyword === "HELP") helps.set(name, rest);
    else if (keyword === "TYPE") {
      if (families.has(name)) throw new Error(`${name} stands there twice`);
      current = { name, type: rest, help: helps.get(name) ?? "", samples: [] };
      families.set(name, current);
    } else {
      if (!current || !belongs(line, current)) throw new Error(`A sample without its family: ${line}`);
      current.samples.push(readSample(line));
    }
  }
  for (const family of families.values()) check(family);
  return families;
}

function belongs(line: string, { name, type }: Family): boolean {
  const suffixes =
    type === "histogram" ? ["_bucket", "_sum", "_count"] : type === "summary" ? ["", "_sum", "_count"] : [""];
  return suffixes.some(
    (suffix) => line.startsWith(`${name}${suffix}{`) || line.startsWith(`${name}${suffix} `),
  );
}

function readSample(line: string): Sample {
  const [, name = "", inner = "", number = ""] = SAMPLE.exec(line) ?? [];
  if (name === "") throw new Error(`Not a sample: ${line}`);
  const labels: Record<string, string> = {};
  let read = 0;
  for (const match of inner.matchAll(LABEL)) {
    labels[match[1] ?? ""] = match[2] ?? "";
    read += match[0].length;
  }
  if (read !== inner.length) throw new Error(`Labels that can't be read: ${line}`);
  const value = number === "+Inf" ? Infinity : Number(number);
  if (Number.isNaN(value) && number.toLowerCase() !== "nan") throw new Error(`Not a number: ${line}`);
  return { name, labels, value };
}

function check(family: Family): void {
  const { name, type, help, samples } = family;
  if (help === "") throw new Error(`${name} has no help`);
  if (!["counter", "gauge", "histogram", "summary"].includes(type)) throw new Error(`${name}: ${type}`);
  // Of ours: some of Node's own, which have had these names for long, do not keep it.
  if (name.startsWith("tallygate_") && (type === "counter") !== name.endsWith("_total"))
    throw new Error(`${name} is a ${type}`);
  const seen = samples.map(
    ({ name: of, labels }) => `${of} ${JSON.stringify(Object.entries(labels).sort())}`,
  );
  if (new Set(seen).size !== seen.length) throw new Error(`${name} has the same series twice`);
  if (type === "histogram") checkBuckets(family);
}

/** Buckets of one series grow, and the last, `+Inf`, holds as many as `_count` says. */
function checkBuckets({ name, samples }: Family): void {
  for (const count of samples.filter((sample) => sample.name === `${name}_count`)) {
    const labels = JSON.stringify(count.labels);
    const buckets = samples.filter(
      ({ name: of, labels: { le: _le, ...others } }) =>
        of === `${name}_bucket` && JSON.stringify(others) === labels,
    );
    const grow = buckets.every(
      ({ value }, index) => index === 0 || value >= (buckets[index - 1]?.value ?? 0),
    );
    const last = buckets.at(-1);
    if (!grow || last?.labels["le"] !== "+Inf" || last.value !== count.value)
      throw new Error(`${name}${labels}: its buckets do not add up`);
  }
}

/** The sum of the samples with these labels; 0 where there are none. */
export function sumOf(
  families: Map<string, Family>,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number {
  const family = families.get(name) ?? families.get(name.replace(/_(count|sum)$/, ""));
  const wanted = Object.entries(labels);
  return (family?.samples ?? [])
    .filter(
      (sample) => sample.name === name && wanted.every(([label, value]) => sample.labels[label] === value),
    )
    .reduce((sum, { value }) => sum + value, 0);
}
