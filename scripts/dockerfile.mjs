// Reads a Dockerfile into its instructions, as far as ours uses them; and a .dockerignore into a test of paths.

/** @returns {{ instruction: string, value: unknown, text: string }[]} In their order; `text` as it stands. */
export function readDockerfile(text) {
  const lines = text.replace(/^\s*#.*$/gm, "").replace(/\\\n/g, " ");
  return lines
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "")
    .map((line) => {
      const [, instruction, rest] = /^([A-Z]+)\s+(.*)$/.exec(line) ?? [];
      if (!instruction) throw new Error(`Not an instruction: ${line}`);
      return { instruction, value: (READERS[instruction] ?? ((words) => words))(rest), text: line };
    });
}

const READERS = {
  FROM: (rest) => {
    const [, image, name] = /^(\S+)(?:\s+AS\s+(\S+))?$/i.exec(rest) ?? [];
    return { image, name };
  },
  COPY: (rest) => {
    const words = rest.split(/\s+/);
    const from = words[0].startsWith("--from=") ? words.shift().slice("--from=".length) : null;
    return { from, sources: words.slice(0, -1), target: words.at(-1) };
  },
  ENV: (rest) => Object.fromEntries(rest.split(/\s+/).map((pair) => pair.split("="))),
  CMD: (rest) => JSON.parse(rest),
  HEALTHCHECK: (rest) => {
    const [options, command] = rest.split(/\s*\bCMD\s+/);
    return { options, command };
  },
};

/** Of the patterns only plain names and paths: what they name, and all below it. */
export function readIgnored(text) {
  const names = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return (path) => names.some((name) => path === name || path.startsWith(`${name}/`));
}
