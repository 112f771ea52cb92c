import { unknownKey } from '../config-issue.js';
import { SETTING_BY_PATH } from '../schema/setting-list.js';
import { RANKS, type Source } from './given-value.js';
import { suggestKey } from './suggest-key.js';

/** Values by path, such as `{ 'producer.scan_dir': '/data' }`. Text is read like a variable, the rest like YAML. */
export type Overrides = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

/** Takes the settings that an app read from its command line; `undefined` means that the flag was not given. */
export function readOverrides(overrides: Overrides): Source {
  const given = Object.entries(overrides).filter(([, value]) => value !== undefined);
  return {
    values: new Map(
      given.map(([path, value]) => [
        path,
        { value, isText: typeof value === 'string', origin: flagOf(path), rank: RANKS.override },
      ]),
    ),
    issues: given
      .filter(([path]) => !SETTING_BY_PATH.has(path))
      .map(([path]) =>
        unknownKey(path, flagOf(path), suggestKey(path.split('.').slice(0, -1).join('.'), path.split('.').at(-1)!)),
      ),
  };
}

/** A flag is called like the last part of its setting: `--scan-dir`. */
function flagOf(path: string): string {
  return `--${path.split('.').at(-1)!.replaceAll('_', '-')}`;
}
