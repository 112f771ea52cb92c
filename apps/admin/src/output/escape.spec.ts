import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { escapeJson, escapeText } from './escape.js';

const CONTROL = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;
const JOINERS = /[\u200c\u200d]/g;

describe('escapeText', () => {
  it.each([
    ['plain text stays: žluťoučký 日本 👍', 'plain text stays: žluťoučký 日本 👍'],
    ['two\nlines\r\tand a tab', 'two\\nlines\\r\\tand a tab'],
    ['\u001b[31mred\u001b[0m', '\\u001b[31mred\\u001b[0m'],
    ['\u001b]52;c;ZXZpbA==\u0007', '\\u001b]52;c;ZXZpbA==\\u0007'],
    ['\u009b31m', '\\u009b31m'],
    ['abc\u202egnp.exe', 'abc\\u202egnp.exe'],
    ['zero\u200bwidth', 'zero\\u200bwidth'],
    ['half \ud83d of a pair', 'half \\ud83d of a pair'],
    ['tag \u{e0041}', 'tag \\udb40\\udc41'],
  ])('shows %j as %s', (text, shown) => {
    expect(escapeText(text)).toBe(shown);
  });

  it('keeps an emoji that is joined of several', () => {
    expect(escapeText('👩‍👧')).toBe('👩‍👧');
  });

  it('leaves no control or invisible formatting character of all there are', () => {
    const shown = escapeText(everyCharacter()).replaceAll(JOINERS, '');

    expect(CONTROL.exec(shown)).toBeNull();
  });
});

describe('escapeJson', () => {
  it('keeps the meaning of every document', () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: 'binary' }), (value) => {
        const shown = escapeJson(JSON.stringify(value, null, 2));

        expect(JSON.parse(shown)).toEqual(JSON.parse(JSON.stringify(value)));
        expect(shown.replaceAll('\n', '').replaceAll(JOINERS, '')).not.toMatch(CONTROL);
      }),
    );
  });
});

function everyCharacter(): string {
  return Array.from({ length: 0x110000 }, (_, codePoint) => String.fromCodePoint(codePoint)).join(' ');
}
