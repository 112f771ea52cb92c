import { expect, it } from 'vitest';
import { LookLine } from './look-line.js';

function aLine(isTTY: boolean) {
  const written: string[] = [];
  const clock = { ms: 0 };
  const stream = { isTTY, write: (text: string) => written.push(text) > 0 };
  return { written, clock, line: new LookLine(stream, () => clock.ms) };
}

it('moves on a terminal, and is taken away', () => {
  const { written, clock, line } = aLine(true);

  clock.ms = 300;
  line.update('places', 1_200);
  line.update('places', 1_300);
  line.close();

  expect(written).toEqual(['\r\u001b[Klooked at 1,200 places', '\r\u001b[K']);
});

it('is a line every few seconds elsewhere, and nothing for a short look', () => {
  const { written, clock, line } = aLine(false);

  for (; clock.ms < 11_000; clock.ms += 100) line.update('records', clock.ms);
  line.close();

  expect(written).toEqual(['looked at 5,000 records\n', 'looked at 10,000 records\n']);
});
