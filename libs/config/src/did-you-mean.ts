/**
 * The candidate that differs least from a mistyped word.
 *
 * @param limit - how many letters may differ; a swap of neighbours counts as two.
 * @returns `undefined` when none is near enough.
 */
export function nearest(word: string, candidates: Iterable<string>, limit: number): string | undefined {
  let best: string | undefined;
  let bestDistance = limit + 1;
  for (const candidate of candidates) {
    const distance = editDistance(word, candidate, bestDistance);
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best;
}

/**
 * Levenshtein's distance, one row of the table at a time. Ends early, with `enough`, when it cannot be less than that:
 * every variable of the environment is compared with every setting at each start of the CLI.
 */
function editDistance(from: string, to: string, enough: number): number {
  if (Math.abs(from.length - to.length) >= enough) return enough;
  let row = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      const substitution = row[j - 1]! + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min(substitution, row[j]! + 1, next[j - 1]! + 1));
    }
    if (Math.min(...next) >= enough) return enough;
    row = next;
  }
  return row[to.length]!;
}
