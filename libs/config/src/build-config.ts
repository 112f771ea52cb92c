import { validateSync, type ValidationError } from 'class-validator';
import { type ConfigIssue, invalidValue, showValue } from './config-issue.js';
import { checkBetweenSettings } from './rules/between-settings.js';
import { SETTINGS, type SettingEntry } from './schema/setting-list.js';
import { AppConfig } from './sections/app-config.js';
import type { GivenValue, GivenValues } from './sources/given-value.js';

/** A configuration made of given values and defaults; to be used only when there are no issues. */
export interface BuiltConfig {
  readonly config: AppConfig;
  readonly issues: readonly ConfigIssue[];
}

/** Reads every given value by the type of its setting, then asks class-validator, then the rules between settings. */
export function buildConfig(given: GivenValues, env: NodeJS.ProcessEnv): BuiltConfig {
  const config = new AppConfig();
  const originOf = (path: string) => given.get(path)?.origin ?? 'default';
  const { values, unread } = readValues(given);
  for (const { entry, value } of values) assign(config, entry.keys, value);
  const issues = [...unread, ...settingsThatFail(config)].map((entry) => valueIssue(entry, given.get(entry.path)));
  const broken = new Set(issues.map(({ path }) => path));
  issues.push(...checkBetweenSettings(config, { env, broken, originOf }));
  return { config, issues: inFileOrder(issues) };
}

/** Sets one value in a configuration that is not frozen yet. */
export function assign(config: AppConfig, keys: readonly string[], value: unknown): void {
  const sections = keys.slice(0, -1);
  const owner = sections.reduce<object>((section, key) => (section as Record<string, object>)[key]!, config);
  Object.assign(owner, { [keys.at(-1)!]: value });
}

interface ReadValue {
  readonly entry: SettingEntry;
  readonly value: unknown;
}

function readValues(given: GivenValues): { values: ReadValue[]; unread: SettingEntry[] } {
  const values: ReadValue[] = [];
  const unread: SettingEntry[] = [];
  for (const entry of SETTINGS) {
    const raw = given.get(entry.path);
    if (raw === undefined) continue;
    const value = raw.isText ? entry.type.fromText(raw.value as string) : entry.type.fromYaml(raw.value);
    if (value === undefined) unread.push(entry);
    else values.push({ entry, value });
  }
  return { values, unread };
}

function settingsThatFail(config: AppConfig): SettingEntry[] {
  const failed = new Set(failedProperties(validateSync(config), ''));
  return SETTINGS.filter(({ keys }) => failed.has(keys.join('.')));
}

function failedProperties(errors: readonly ValidationError[], above: string): string[] {
  return errors.flatMap(({ property, children = [] }) =>
    children.length > 0 ? failedProperties(children, `${above}${property}.`) : [above + property],
  );
}

function valueIssue({ path, secret, type, defaultValue }: SettingEntry, given: GivenValue | undefined): ConfigIssue {
  const { value, origin } = given ?? { value: defaultValue, origin: 'default' };
  return invalidValue({ path, found: showValue(value, secret), expected: type.expected, origin });
}

function inFileOrder(issues: readonly ConfigIssue[]): ConfigIssue[] {
  const place = new Map(SETTINGS.map(({ path }, index) => [path, index]));
  return issues.toSorted((a, b) => place.get(a.path)! - place.get(b.path)!);
}
