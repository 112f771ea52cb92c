import { describe, expect, it } from 'vitest';
import { createFileMatcher } from './file-matcher.js';

describe('createFileMatcher', () => {
  it('takes what is included and not excluded', () => {
    const { takes } = createFileMatcher(['**/*.pdf', 'inbox/*'], ['**/*.tmp', '**/old/*']);

    expect(['a.pdf', 'x/y/b.pdf', 'inbox/c.txt'].map(takes)).toEqual([true, true, true]);
    expect(['a.txt', 'inbox/c.tmp', 'x/old/b.pdf', 'inbox/deep/c.txt'].map(takes)).toEqual([
      false,
      false,
      false,
      false,
    ]);
  });

  it.each(['.hidden', 'd/.git/config', 'a\nb', 'dir\n/x', `q'"\`$(x)`, 'back\\slash', '*', '[a]', ' ', '..data/x'])(
    'matches the odd name %j with **/*',
    (path) => {
      expect(createFileMatcher(['**/*'], []).takes(path)).toBe(true);
    },
  );

  it('prunes folders only where everything below is excluded', () => {
    const { prunes } = createFileMatcher(['**/*'], ['**/node_modules/**', 'build/**', '**/*.tmp', '**/cache/*']);

    expect(['node_modules', 'a/node_modules', 'build'].map(prunes)).toEqual([true, true, true]);
    expect(['a', 'a/build', 'x.tmp', 'cache', 'node_modules2'].map(prunes)).toEqual([
      false,
      false,
      false,
      false,
      false,
    ]);
  });

  it('takes nothing when everything is excluded', () => {
    const matcher = createFileMatcher(['**/*'], ['**']);

    expect(matcher.takes('a')).toBe(false);
    expect(matcher.excludes('a/b')).toBe(true);
  });
});
