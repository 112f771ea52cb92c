import { describe, expect, it } from 'vitest';
import { ProgressLine, progressText } from './progress.js';

function line(isTTY: boolean) {
  const written: string[] = [];
  const clock = { ms: 0 };
  const stream = { isTTY, columns: 80, write: (text: string) => written.push(text) > 0 };
  return { written, clock, progress: new ProgressLine('purged', stream, () => clock.ms) };
}

describe('progress of long work', () => {
  it.each([
    [
      { seen: 50_000, total: 1_000_000, applied: 50_000 },
      5_000,
      'purged 50,000 of 1,000,000 (5 %), 10,000/s, 1m35s left',
    ],
    [{ seen: 50, total: 100, applied: 7 }, 1_000, 'purged 7, seen 50 of 100 (50 %), 50/s, 1s left'],
    [{ seen: 0, total: 100, applied: 0 }, 1_000, 'purged 0 of 100 (0 %), 0/s'],
    [{ seen: 0, total: 0, applied: 0 }, 0, 'purged 0 of 0 (100 %), 0/s'],
  ])('says of %j after %i ms: %s', (progress, elapsedMs, text) => {
    expect(progressText('purged', progress, elapsedMs)).toBe(text);
  });

  it('writes a line every few seconds where nobody watches', () => {
    const { written, clock, progress } = line(false);

    for (clock.ms = 0; clock.ms <= 12_000; clock.ms += 100)
      progress.update({ seen: clock.ms, total: 12_000, applied: clock.ms });
    progress.close();

    expect(written).toEqual([
      'purged 5,000 of 12,000 (41 %), 1,000/s, 7s left\n',
      'purged 10,000 of 12,000 (83 %), 1,000/s, 2s left\n',
    ]);
  });

  it('moves a bar on a terminal, never wider than it, and takes it away', () => {
    const { written, clock, progress } = line(true);

    clock.ms = 1_000;
    progress.update({ seen: 500_000, total: 1_000_000, applied: 500_000 });
    progress.update({ seen: 500_001, total: 1_000_000, applied: 500_001 });
    progress.close();

    expect(written).toEqual([
      expect.stringContaining('\r\u001b[K[============            ] purged 500,000 of'),
      '\r\u001b[K',
    ]);
    expect(written[0]!.length).toBeLessThanOrEqual(80 + 4);
  });

  it('shows nothing for work that is done at once', () => {
    const { written, progress } = line(true);

    progress.update({ seen: 1, total: 1, applied: 1 });
    progress.close();

    expect(written).toEqual([]);
  });
});
