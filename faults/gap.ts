/** The longest time between two neighbours of a list in the order of its clock, ms. */
export function longestGapMs(lines: readonly { readonly atMs: number }[]): number {
  const gaps = lines.slice(1).map(({ atMs }, index) => atMs - lines[index]!.atMs);
  return Math.round(Math.max(0, ...gaps));
}
