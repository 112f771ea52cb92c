import { describe, expect, it } from 'vitest';
import { terminalOf } from './render.js';

const tty = { isTTY: true, columns: 100 } as NodeJS.WriteStream;
const pipe = { isTTY: false } as NodeJS.WriteStream;

describe('terminalOf', () => {
  it.each([
    ['a TTY', tty, {}, true],
    ['a pipe', pipe, {}, false],
    ['a pipe in CI', pipe, { CI: '1' }, false],
    ['a TTY with NO_COLOR', tty, { NO_COLOR: '1' }, false],
    ['a TTY with an empty NO_COLOR', tty, { NO_COLOR: '' }, true],
    ['a dumb TTY', tty, { TERM: 'dumb' }, false],
  ])('decides about colour on %s', (_, stream, env, isColoured) => {
    expect(terminalOf(stream, env).paint.isColorSupported).toBe(isColoured);
  });

  it('has no width without a terminal', () => {
    expect(terminalOf(tty, {}).width).toBe(100);
    expect(terminalOf(pipe, {}).width).toBe(Infinity);
  });
});
