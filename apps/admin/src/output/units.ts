const STEPS: readonly (readonly [unit: string, ms: number])[] = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
];

/** A length of time in the two units that matter: `1d3h`, `4m10s`, `7s`, `250ms`. Below 0 (two clocks): `0ms`. */
export function formatAge(ms: number | null | undefined): string {
  if (ms === null || ms === undefined) return '-';
  const index = STEPS.findIndex(([, length]) => ms >= length);
  if (index < 0) return `${Math.max(0, Math.round(ms))}ms`;
  const [unit, length] = STEPS[index]!;
  const next = STEPS[index + 1];
  const rest = next ? Math.floor((ms % length) / next[1]) : 0;
  return `${Math.floor(ms / length)}${unit}${rest > 0 ? `${rest}${next![0]}` : ''}`;
}

/** A moment to the second, in UTC, since operators of one queue sit in several time zones: `2026-11-24 04:10:07Z`. */
export function formatMoment(ms: number): string {
  return new Date(ms).toISOString().replace('T', ' ').replace(/\.\d+/, '');
}

/** Bytes in binary units: `1.5 MiB`. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10));
  const value = bytes / 1024 ** power;
  return `${power === 0 ? value : value.toFixed(1)} ${units[power]}`;
}

/** A count with its thousands apart: `1,234,567`. */
export function formatCount(count: number): string {
  return count.toLocaleString('en-US');
}
