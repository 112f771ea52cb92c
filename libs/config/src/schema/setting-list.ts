import { AppConfig } from '../sections/app-config.js';
import { sectionMembers, type SectionClass, type SettingRules } from './setting.decorator.js';

/** One setting with everything that is known about it before a file is read. */
export interface SettingEntry extends SettingRules {
  /** As operators write it: `worker.backoff.base`. */
  readonly path: string;
  /** The same way through {@link AppConfig}: `['worker', 'backoff', 'baseMs']`. */
  readonly keys: readonly string[];
  /** `WORKER_BACKOFF_BASE`. */
  readonly envName: string;
  readonly defaultValue: unknown;
}

/** Every setting of the suite, in the order of the configuration file. Documentation and validation start from here. */
export const SETTINGS: readonly SettingEntry[] = entriesOf(AppConfig, new AppConfig(), [], []);

/** The settings by path. */
export const SETTING_BY_PATH: ReadonlyMap<string, SettingEntry> = new Map(SETTINGS.map((entry) => [entry.path, entry]));

/** The paths of the sections: `worker`, `worker.backoff`. */
export const SECTION_PATHS: ReadonlySet<string> = new Set(SETTINGS.flatMap(({ path }) => ancestors(path)));

function entriesOf(section: SectionClass, values: object, keys: string[], names: string[]): SettingEntry[] {
  return [...sectionMembers(section)].flatMap(([key, member]) => {
    const value = (values as Record<string, unknown>)[key];
    const here = [...keys, key];
    if (typeof member === 'function') return entriesOf(member, value as object, here, [...names, yamlName(key)]);
    return [entryOf(member, value, here, [...names, yamlName(key, member.type.name)])];
  });
}

function entryOf(rules: SettingRules, defaultValue: unknown, keys: string[], names: string[]): SettingEntry {
  return { ...rules, path: names.join('.'), keys, envName: names.join('_').toUpperCase(), defaultValue };
}

/** In YAML a duration carries its unit in the value, in code in the name. */
function yamlName(key: string, typeName?: string): string {
  const name = typeName === 'duration' ? key.replace(/Ms$/, '') : key;
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function ancestors(path: string): string[] {
  const names = path.split('.');
  return names.slice(0, -1).map((_, depth) => names.slice(0, depth + 1).join('.'));
}
