import type { LoadedConfig } from './load-config.js';
import { SETTINGS } from './schema/setting-list.js';

/** One line of the effective configuration. */
export interface DescribedSetting {
  readonly path: string;
  /** In the operator's spelling; of a secret only whether there is one. */
  readonly value: string;
  readonly origin: string;
}

/** The effective configuration, for the log at start: every setting, its value and its origin, without secrets. */
export function describeConfig({ config, origins }: LoadedConfig): DescribedSetting[] {
  return SETTINGS.map(({ path, keys, type, secret }) => {
    const value = keys.reduce<unknown>((section, key) => (section as Record<string, unknown>)[key], config);
    const text = secret && value !== '' ? '(hidden)' : type.format(value);
    return { path, value: text, origin: origins.get(path)! };
  });
}
