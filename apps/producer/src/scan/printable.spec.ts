import { expect, it } from 'vitest';
import { printable } from './printable.js';

it.each([
  ['plain äöü 文 🎉', 'plain äöü 文 🎉'],
  ['a\nb', 'a\\u{a}b'],
  ['\u001b[31mred', '\\u{1b}[31mred'],
  ['exe\u202Efdp', 'exe\\u{202e}fdp'],
])('shows %j as one harmless line', (name, shown) => {
  expect(printable(name)).toBe(shown);
  expect(printable(Buffer.from(name))).toBe(shown);
});

it('shows bytes that are not UTF-8 in hexadecimal', () => {
  expect(printable(Buffer.from([0x61, 0xff, 0x0a, 0xc3]))).toBe('a\\xff\\u{a}\\xc3');
});
