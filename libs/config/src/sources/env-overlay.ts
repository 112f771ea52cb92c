import { type ConfigIssue, invalidValue } from '../config-issue.js';
import { nearest } from '../did-you-mean.js';
import { readBounded } from '../read-bounded.js';
import { SETTINGS, type SettingEntry } from '../schema/setting-list.js';
import { RANKS, type GivenValue, type Source } from './given-value.js';

/** Variables of this project that are not settings, though they look like some. */
const NOT_SETTINGS = /^(ADMIN_TOKEN.*|TEST_REDIS_URL|REDIS_SERVER_BIN)$/;

const ENTRY_BY_ENV_NAME = new Map(SETTINGS.map((entry) => [entry.envName, entry]));
const ENTRY_BY_FILE_NAME = new Map(
  SETTINGS.filter(({ secret }) => secret).map((entry) => [`${entry.envName}_FILE`, entry]),
);
const ALL_NAMES = [...ENTRY_BY_ENV_NAME.keys(), ...ENTRY_BY_FILE_NAME.keys()];

const MAX_SECRET_BYTES = 65_536;

/** What the environment gave; `warnings` name variables that look like a misspelt setting. */
export interface EnvironmentSource extends Source {
  readonly warnings: readonly string[];
}

/**
 * Takes the settings out of the environment: upper case, dots as `_` or `__`. Names are compared with the known
 * settings, so it does not matter which `_` was a dot. A secret may come as `<NAME>_FILE`, the name of a file; one line
 * break at its end is dropped, and an empty file is refused: it would mean no password. Other variables are left alone.
 */
export function readEnvironment(env: NodeJS.ProcessEnv): EnvironmentSource {
  const overlay = new EnvironmentOverlay();
  for (const [variable, text] of Object.entries(env)) {
    if (text !== undefined && !NOT_SETTINGS.test(variable)) overlay.take(variable, text);
  }
  return overlay;
}

class EnvironmentOverlay implements EnvironmentSource {
  readonly values = new Map<string, GivenValue>();
  readonly issues: ConfigIssue[] = [];
  readonly warnings: string[] = [];

  take(variable: string, text: string): void {
    const name = variable.replaceAll(/_+/g, '_');
    const entry = ENTRY_BY_ENV_NAME.get(name);
    const secret = ENTRY_BY_FILE_NAME.get(name);
    if (entry) this.set(entry, variable, text);
    else if (secret) this.setFromFile(secret, variable, text);
    else this.warnIfNearMiss(variable, name.toUpperCase());
  }

  private set({ path }: SettingEntry, variable: string, value: string): void {
    const other = this.values.get(path);
    this.values.set(path, { value, isText: true, origin: variable, rank: RANKS.environment });
    if (other && other.value !== value) {
      const found = `two values, ${other.origin} and ${variable}`;
      this.issues.push(invalidValue({ path, found, expected: 'one of them', origin: 'environment' }));
    }
  }

  private setFromFile(entry: SettingEntry, variable: string, file: string): void {
    try {
      const secret = readBounded(file, MAX_SECRET_BYTES).replace(/\r?\n$/, '');
      if (secret !== '') return this.set(entry, variable, secret);
      const found = `${JSON.stringify(file)}, an empty file`;
      this.issues.push(invalidValue({ path: entry.path, found, expected: 'a file with the secret', origin: variable }));
    } catch (error) {
      const found = `${JSON.stringify(file)}, ${(error as NodeJS.ErrnoException).code ?? (error as Error).message}`;
      this.issues.push(invalidValue({ path: entry.path, found, expected: 'a readable file', origin: variable }));
    }
  }

  private warnIfNearMiss(variable: string, name: string): void {
    const meant = nearest(name, ALL_NAMES, name.length < 10 ? 1 : 2);
    if (meant) this.warnings.push(`the environment variable ${variable} is not a setting; did you mean ${meant}?`);
  }
}
