export interface Instruction {
  readonly instruction: string;
  readonly value: unknown;
  readonly text: string;
}

export function readDockerfile(text: string): Instruction[];

export function readIgnored(text: string): (path: string) => boolean;
