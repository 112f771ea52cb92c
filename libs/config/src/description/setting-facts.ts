import { SETTINGS } from '../schema/setting-list.js';

/** A setting as it is told to people: in the documentation, in the example file, by `config env`. */
export interface SettingFacts {
  /** `worker.backoff.base` */
  readonly path: string;
  /** The word for its type: `duration`. */
  readonly type: string;
  /** The default in the operator's spelling: `30s`, `["high","low"]`. */
  readonly defaultText: string;
  /** One sentence without a full stop, with Markdown quotes. */
  readonly meaning: string;
  /** The variables that set it: its own, and for a secret the one that names a file. */
  readonly variables: readonly string[];
  readonly isSecret: boolean;
}

/** Every setting, in the order of the configuration file. */
export function settingFacts(): SettingFacts[] {
  return SETTINGS.map((entry) => ({
    path: entry.path,
    type: entry.type.name,
    defaultText: entry.type.format(entry.defaultValue),
    meaning: entry.doc,
    variables: entry.secret ? [entry.envName, `${entry.envName}_FILE`] : [entry.envName],
    isSecret: entry.secret,
  }));
}
