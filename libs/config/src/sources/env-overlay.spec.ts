import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SETTINGS } from '../schema/setting-list.js';
import { readEnvironment } from './env-overlay.js';

describe('readEnvironment', () => {
  let folder: string;
  const secretFile = (text: string) => {
    const file = join(folder, 'secret');
    writeFileSync(file, text);
    return file;
  };

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'config-env-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each([
    'CIRCUIT_BREAKER_COOLDOWN_PERIOD',
    'CIRCUIT_BREAKER__COOLDOWN_PERIOD',
    'CIRCUIT__BREAKER__COOLDOWN__PERIOD',
  ])('takes %s as circuit_breaker.cooldown_period', (variable) => {
    const { values, warnings } = readEnvironment({ [variable]: '45s' });

    expect([...values]).toEqual([
      ['circuit_breaker.cooldown_period', { value: '45s', isText: true, origin: variable, rank: 2 }],
    ]);
    expect(warnings).toEqual([]);
  });

  it('finds every setting by the name that the documentation gives', () => {
    const { values } = readEnvironment(Object.fromEntries(SETTINGS.map(({ envName }) => [envName, 'x'])));

    expect([...values.keys()].toSorted()).toEqual(SETTINGS.map(({ path }) => path).toSorted());
  });

  it('leaves other variables alone', () => {
    const env = {
      PATH: '/bin',
      HOME: '/',
      NODE_ENV: 'production',
      REDIS_PORT: 'tcp://10.0.0.1:6379',
      REDIS_SERVICE_HOST: '10.0.0.1',
      REDIS_HOST: 'x',
      WORKER_PORT_9091_TCP: 'tcp://x',
      ADMIN_TOKEN: 't',
      ADMIN_TOKEN_FILE: '/t',
      TEST_REDIS_URL: 'redis://x',
      REDIS_SERVER_BIN: '/bin/redis-server',
      UNSET: undefined,
    };

    expect(readEnvironment(env)).toMatchObject({ values: new Map(), issues: [], warnings: [] });
  });

  it.each([
    ['WORKER_CUONT', 'WORKER_COUNT'],
    ['REDIS_URI', 'REDIS_URL'],
    ['worker_count', 'WORKER_COUNT'],
    ['REDIS_PASWORD_FILE', 'REDIS_PASSWORD_FILE'],
  ])('warns of %s', (variable, meant) => {
    expect(readEnvironment({ [variable]: '1' })).toMatchObject({
      values: new Map(),
      issues: [],
      warnings: [`the environment variable ${variable} is not a setting; did you mean ${meant}?`],
    });
  });

  it.each([
    ['hunter2\n', 'hunter2'],
    ['hunter2\r\n', 'hunter2'],
    ['hunter2', 'hunter2'],
    [' two words \n\n', ' two words \n'],
  ])('reads the secret in the file %j', (text, value) => {
    const { values } = readEnvironment({ REDIS_PASSWORD_FILE: secretFile(text) });

    expect(values.get('redis.password')).toMatchObject({ value, origin: 'REDIS_PASSWORD_FILE' });
  });

  it('names the file of a secret that cannot be read', () => {
    const { issues } = readEnvironment({ REDIS_PASSWORD_FILE: '/nowhere/secret' });

    expect(issues.map(({ line }) => line)).toEqual([
      'redis.password: found "/nowhere/secret", ENOENT (REDIS_PASSWORD_FILE), expected a readable file',
    ]);
  });

  it.each(['', '\n'])('refuses a secret from the empty file %j, which would mean no password', (text) => {
    const { values, issues } = readEnvironment({ REDIS_PASSWORD_FILE: secretFile(text) });

    expect(values.size).toBe(0);
    expect(issues[0]!.line).toMatch(
      /^redis.password: found ".+", an empty file \(REDIS_PASSWORD_FILE\), expected a file/,
    );
  });

  it.each(SETTINGS.filter(({ secret }) => secret))('reads $path from a file', ({ envName, path }) => {
    const { values } = readEnvironment({ [`${envName}_FILE`]: secretFile('hunter2\n') });

    expect(values.get(path)).toMatchObject({ value: 'hunter2', origin: `${envName}_FILE` });
  });

  it('takes a setting that ends in _FILE as the name of a file', () => {
    const { values } = readEnvironment({ OBSERVABILITY_BEARER_TOKEN_FILE: '/run/token' });

    expect(values.get('observability.bearer_token_file')).toMatchObject({ value: '/run/token' });
  });

  it('refuses two variables for one setting, unless they agree', () => {
    const { issues } = readEnvironment({ WORKER_COUNT: '1', WORKER__COUNT: '2' });

    expect(issues.map(({ line }) => line)).toEqual([
      'worker.count: found two values, WORKER_COUNT and WORKER__COUNT (environment), expected one of them',
    ]);
    expect(readEnvironment({ WORKER_COUNT: '1', WORKER__COUNT: '1' }).issues).toEqual([]);
  });

  it('refuses a secret that is given directly and by file', () => {
    const { issues } = readEnvironment({ REDIS_PASSWORD: 'a', REDIS_PASSWORD_FILE: secretFile('b') });

    expect(issues).toHaveLength(1);
    expect(issues[0]!.line).toContain('two values, REDIS_PASSWORD and REDIS_PASSWORD_FILE');
  });
});
