/** One look at a number that must not grow. */
export interface Sample {
  readonly atMs: number;
  readonly value: number;
}

/** How much a number grows over the second half of its samples, as a share of its mean there: by the straight line that fits best. */
export function growthOfSecondHalf(samples: readonly Sample[]): number {
  const half = samples.slice(Math.floor(samples.length / 2));
  const middleMs = mean(half.map(({ atMs }) => atMs));
  const level = mean(half.map(({ value }) => value));
  const spread = sum(half.map(({ atMs }) => (atMs - middleMs) ** 2));
  if (spread === 0 || level === 0) return 0;
  const slope = sum(half.map(({ atMs, value }) => (atMs - middleMs) * (value - level))) / spread;
  return (slope * (half.at(-1)!.atMs - half[0]!.atMs)) / level;
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
const mean = (numbers: readonly number[]): number => sum(numbers) / Math.max(1, numbers.length);
