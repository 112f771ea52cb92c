import { describe, expect, it } from 'vitest';
import { SECTION_PATHS, type SettingEntry, SETTINGS } from './setting-list.js';

describe('the settings', () => {
  it('have paths in snake_case without units of time', () => {
    const paths = SETTINGS.map(({ path }) => path);

    expect(paths.filter((path) => !/^[a-z_]+(\.[a-z_]+)+$/.test(path) || path.endsWith('_ms'))).toEqual([]);
    expect(paths).toContain('worker.heartbeat_ttl');
    expect(paths).toContain('queue.max_payload_bytes');
  });

  it('keep durations in properties that end in Ms', () => {
    const durations = SETTINGS.filter(({ type }) => type.name === 'duration');

    expect(durations.filter(({ keys }) => !keys.at(-1)!.endsWith('Ms'))).toEqual([]);
  });

  it('have names of variables that cannot be confused, whichever _ is a dot', () => {
    const names = SETTINGS.flatMap(({ envName, secret }) => (secret ? [envName, `${envName}_FILE`] : [envName]));

    expect(new Set(names).size).toBe(names.length);
    expect(names.filter((name) => !/^[A-Z]+(_[A-Z]+)+$/.test(name))).toEqual([]);
  });

  it('say in one sentence what they are', () => {
    expect(SETTINGS.filter(({ doc }) => doc === '' || doc.endsWith('.') || doc.includes('|'))).toEqual([]);
  });

  it('are read back from their own default as it is shown', () => {
    const readBack = ({ type, defaultValue }: SettingEntry) =>
      type.name === 'string' || type.name === 'enum'
        ? type.fromYaml(defaultValue)
        : type.fromText(type.format(defaultValue));

    expect(SETTINGS.map(readBack)).toEqual(SETTINGS.map(({ defaultValue }) => defaultValue));
  });

  it('know the sections above them', () => {
    expect([...SECTION_PATHS]).toEqual(expect.arrayContaining(['worker', 'worker.backoff', 'redis.tls']));
  });
});
