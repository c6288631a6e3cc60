/**
 * Telling the errors of the operating system and of Node's own libraries by their fields: `instanceof Error`
 * is false for one that was made in another realm, as it is under a test runner.
 */

/** `ENOENT`, `Z_DATA_ERROR` and their like; undefined where an error has no code. */
export function errorCode(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}

/** Whether a call of the operating system failed: a disk, not the caller. */
export function isSystemError(error: unknown): boolean {
  return typeof error === "object" && error !== null && "syscall" in error;
}
