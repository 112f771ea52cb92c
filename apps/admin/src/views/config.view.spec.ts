import type { EffectiveSetting } from '@app/config';
import pc from 'picocolors';
import { describe, expect, it } from 'vitest';
import { configView, variablesView } from './config.view.js';

const paint = pc.createColors(false);
const setting = (path: string, text: string | undefined, origin = 'default'): EffectiveSetting => ({
  path,
  value: text ?? null,
  text,
  origin,
});

describe('configView', () => {
  it('writes each section once, nested as in the file', () => {
    const settings = [
      setting('redis.db', '0'),
      setting('redis.tls.enabled', 'false'),
      setting('worker.backoff.base', '500ms'),
      setting('worker.backoff.max', '10s'),
      setting('worker.file_digest.roots', '[]'),
    ];

    expect(configView(settings, false, { paint })).toBe(
      [
        'redis:',
        '  db: 0',
        '  tls:',
        '    enabled: false',
        'worker:',
        '  backoff:',
        '    base: 500ms',
        '    max: 10s',
        '  file_digest:',
        '    roots: []',
      ].join('\n'),
    );
  });

  it('shows origins in one column, behind a long value where it ends', () => {
    const long = JSON.stringify('x'.repeat(60));
    const text = configView([setting('a.b', '1', 'f.yaml:3'), setting('a.c', long, 'A_C')], true, { paint });

    expect(text.split('\n')[1]).toBe(`${'  b: 1'.padEnd(45)}# f.yaml:3`);
    expect(text.split('\n')[2]).toBe(`  c: ${long} # A_C`);
  });

  it('makes a comment of a secret', () => {
    expect(configView([setting('redis.password', undefined)], false, { paint })).toBe('redis:\n  # password: (hidden)');
  });

  it('shows no control character, of a value or of an origin', () => {
    const text = configView([setting('a.b', JSON.stringify('\u202e\u0007'), 'x\u001b[2J.yaml:1')], true, { paint });

    expect(text).toContain(String.raw`"\u202e\u0007"`);
    expect(text).toContain(String.raw`# x\u001b[2J.yaml:1`);
  });
});

describe('variablesView', () => {
  it('has a line for a variable, and one more for the file of a secret', () => {
    const facts = {
      path: 'redis.password',
      type: 'string',
      defaultText: '""',
      meaning: 'Password',
      variables: ['REDIS_PASSWORD', 'REDIS_PASSWORD_FILE'],
      isSecret: true,
    };

    expect(variablesView([facts], { width: Infinity, paint }).split('\n')).toEqual([
      'VARIABLE             SETTING         TYPE       DEFAULT',
      'REDIS_PASSWORD       redis.password  string     ""',
      'REDIS_PASSWORD_FILE  redis.password  file name',
    ]);
  });
});
