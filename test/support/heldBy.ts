/**
 * How much a signal holds on to: its listeners, and in sets of Node's own the signals that were made to follow it
 * (`AbortSignal.any`), which are never taken out again. What lives as long as the process must come back to nothing.
 */
export function heldBy(signal: AbortSignal): number {
  const inside = signal as unknown as Record<symbol, { readonly size?: unknown } | null | undefined>;
  // By their size alone: Node's own sets and maps are of classes of its own.
  const sizes = Object.getOwnPropertySymbols(signal).map((name) => inside[name]?.size);
  return sizes.reduce<number>((sum, size) => sum + (typeof size === "number" ? size : 0), 0);
}
