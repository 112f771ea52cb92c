import pc from 'picocolors';
import { describe, expect, it } from 'vitest';
import { cutTo, displayWidth, formatTable } from './table.js';

const columns = [{ title: 'NAME' }, { title: 'COUNT', align: 'right' }, { title: 'NOTE', shrinks: true }] as const;

describe('formatTable', () => {
  it('lines columns up, numbers at the right', () => {
    const table = formatTable(columns, [cells('high', '1', 'x'), cells('日本', '1,000', '')], Infinity);

    expect(table.split('\n')).toEqual(['NAME  COUNT  NOTE', 'high      1  x', '日本  1,000']);
  });

  it('cuts the columns that may shrink when the terminal is narrow', () => {
    const table = formatTable(columns, [cells('high', '1', 'a note that is far too long')], 24);

    expect(table.split('\n')[1]).toBe('high      1  a note tha…');
  });

  it('measures the text, not its colour', () => {
    const { red } = pc.createColors(true);

    const table = formatTable(columns, [[{ text: 'low', paint: red }, { text: '7' }, { text: 'x' }]], Infinity);

    expect(table.split('\n')[1]).toBe(`${red('low')}       7  x`);
  });
});

describe('cutTo', () => {
  it('never takes more cells than it is given', () => {
    expect(cutTo('日本語の文', 6)).toBe('日本…');
    expect(displayWidth(cutTo('日本語の文', 6))).toBeLessThanOrEqual(6);
    expect(cutTo('short', 6)).toBe('short');
  });
});

function cells(...texts: string[]) {
  return texts.map((text) => ({ text }));
}
