import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConfigError } from './config.error.js';
import { type ConfigRequest, loadConfig } from './load-config.js';
import { type SettingEntry, SETTINGS } from './schema/setting-list.js';
import type { AppConfig } from './sections/app-config.js';
import { readYaml } from './sources/yaml-file.js';

const anySetting = fc.constantFrom(...SETTINGS);

/** The configuration, or the paths that were refused. Any other error is a failure of the test. */
function attempt(request: ConfigRequest): { config?: AppConfig; refused: string[] } {
  try {
    return { config: loadConfig({ ...request, cwd: '/nowhere' }).config, refused: [] };
  } catch (error) {
    if (error instanceof ConfigError) return { refused: error.issues.map(({ path }) => path) };
    throw error;
  }
}

function typeOf(value: unknown): string {
  return Array.isArray(value) ? 'list' : typeof value;
}

function valueOf(config: AppConfig, { keys }: SettingEntry): unknown {
  return keys.reduce<unknown>((section, key) => (section as Record<string, unknown>)[key], config);
}

describe('whatever is given', () => {
  it('a variable is taken, or refused by the name of a setting', () => {
    const look = fc.constantFrom('true', '0', '1h', 'a,b', 'a=1', '-1', '[', '{}');
    const words = fc.oneof(fc.string(), fc.integer().map(String), fc.json(), look);

    fc.assert(
      fc.property(anySetting, words, (entry, text) => {
        const { config, refused } = attempt({ env: { [entry.envName]: text } });

        expect(config === undefined).toBe(refused.length > 0);
        expect(refused.filter((path) => !SETTINGS.some((known) => known.path === path))).toEqual([]);
      }),
      { numRuns: 2_000 },
    );
  });

  it('a value keeps the type of its setting, or is refused', () => {
    const values = fc.oneof(fc.double(), fc.boolean(), fc.array(fc.string()));

    fc.assert(
      fc.property(anySetting, values, (entry, value) => {
        const { config } = attempt({ env: {}, overrides: { [entry.path]: value } });

        expect(config ? typeOf(valueOf(config, entry)) : 'refused').toBeOneOf([typeOf(entry.defaultValue), 'refused']);
      }),
      { numRuns: 1_000 },
    );
  });

  it('a file never breaks the reader', () => {
    const parts = [
      'worker:',
      ' count:',
      '\n',
      '  ',
      '- ',
      '{',
      '}',
      '[',
      '&a',
      '*a',
      '? ',
      '|',
      '"',
      '#',
      '---',
      '!!map',
      '5',
      ': ',
    ];
    const pieces = fc.array(fc.constantFrom(...parts), { maxLength: 12 }).map((all) => all.join(''));

    fc.assert(
      fc.property(fc.oneof(fc.string(), pieces), (text) => {
        expect(readYaml(text, 'config.yaml').issues).toBeInstanceOf(Array);
      }),
      { numRuns: 3_000 },
    );
  });
});
