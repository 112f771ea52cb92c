const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 30_000;

/** A child that ran this long was well: its next crash counts as the first one. */
export const STABLE_AFTER_MS = 60_000;

/**
 * How long to wait before a crashed child is started again: doubled with each crash in a row, from half a second to
 * thirty. No jitter: one supervisor has few children, and they do not share a cause with those of another machine.
 *
 * @param crashesInARow - 1 for the first crash.
 */
export function restartDelayMs(crashesInARow: number): number {
  return Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(crashesInARow - 1, 30));
}
