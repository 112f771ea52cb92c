/** @returns one line for each promise of `before` that `after` does not keep. */
export function breakingChanges(before: object, after: object): string[];
