/** A flat reply `a, 1, b, 2` as pairs. */
export function pairsOf(flat: readonly string[]): [string, string][] {
  const pairs: [string, string][] = [];
  for (let at = 0; at + 1 < flat.length; at += 2) pairs.push([flat[at] ?? '', flat[at + 1] ?? '']);
  return pairs;
}

/** A list in slices of at most `size`. */
export function slicesOf<T>(list: readonly T[], size: number): T[][] {
  const slices: T[][] = [];
  for (let at = 0; at < list.length; at += size) slices.push(list.slice(at, at + size));
  return slices;
}

/** The larger of two ages; null is none. */
export function olderOf(one: number | null, other: number | null): number | null {
  if (one === null || other === null) return one ?? other;
  return Math.max(one, other);
}
