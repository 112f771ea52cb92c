import { parse } from 'yaml';
import { describe, expect, it } from 'vitest';
import { mergeConfig, withoutRedisSettings } from './embedded-config.js';

const connection = { addr: '127.0.0.1:23456', password: 'secret' };
const merge = (given: string, scanDir?: string) => parse(mergeConfig(given, connection, scanDir));

describe('mergeConfig', () => {
  it.each(['', '# nothing\n', '{}', 'redis:\n', 'redis: {}\n'])('makes a whole configuration from %j', (given) => {
    expect(merge(given)).toEqual({ redis: connection });
  });

  it('takes the given connection out and keeps everything else', () => {
    const given =
      'redis: { url: "redis://u:p@h:1/2", read_timeout: 1s, tls: { enabled: true } }\nworker: { count: 2 }\n';

    expect(merge(given)).toEqual({ redis: { ...connection, read_timeout: '1s' }, worker: { count: 2 } });
  });

  it('names the folder to scan, whatever the file says', () => {
    expect(merge('producer: { scan_dir: /old, kind: a.b }', '/new "dir"').producer).toEqual({
      scan_dir: '/new "dir"',
      kind: 'a.b',
    });
    expect(merge('producer:\n', '/new').producer).toEqual({ scan_dir: '/new' });
  });
});

it('leaves out of the environment what would lead to another Redis', () => {
  const { env, dropped } = withoutRedisSettings({
    REDIS_ADDR: 'h:1',
    REDIS__DB: '2',
    REDIS_SERVER_BIN: '/r',
    PATH: '/',
  });

  expect(env).toEqual({ REDIS_SERVER_BIN: '/r', PATH: '/' });
  expect(dropped).toEqual(['REDIS_ADDR', 'REDIS__DB']);
});
