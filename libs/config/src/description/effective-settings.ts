import type { LoadedConfig } from '../load-config.js';
import { SETTINGS, type SettingEntry } from '../schema/setting-list.js';
import type { AppConfig } from '../sections/app-config.js';

/** What one setting is, and who said so. The value of a secret is not in here. */
export interface EffectiveSetting {
  readonly path: string;
  /** As YAML holds it: `30s`, `16`, `["high"]`; `null`: hidden. */
  readonly value: unknown;
  /** In the operator's spelling, which is YAML too; `undefined`: hidden. */
  readonly text: string | undefined;
  /** `config.yaml:12`, a variable, a flag, `default`. */
  readonly origin: string;
}

/** Every setting of a loaded configuration, in the order of the file. A secret that is set is hidden, one that is not is empty. */
export function effectiveSettings({ config, origins }: LoadedConfig): EffectiveSetting[] {
  return SETTINGS.map((entry) => {
    const value = valueAt(config, entry);
    const isHidden = entry.secret && value !== '';
    return {
      path: entry.path,
      value: isHidden ? null : entry.type.name === 'duration' ? entry.type.format(value) : value,
      text: isHidden ? undefined : entry.type.format(value),
      origin: origins.get(entry.path) ?? 'default',
    };
  });
}

function valueAt(config: AppConfig, { keys }: SettingEntry): unknown {
  return keys.reduce<unknown>((section, key) => (section as Record<string, unknown>)[key], config);
}
