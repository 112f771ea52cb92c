import { resolve } from 'node:path';
import { assign, buildConfig } from './build-config.js';
import { ConfigError } from './config.error.js';
import { type ConfigIssue, invalidValue } from './config-issue.js';
import { resolveRedisUrl } from './rules/redis-url.js';
import { SETTING_BY_PATH, SETTINGS } from './schema/setting-list.js';
import type { AppConfig } from './sections/app-config.js';
import { readEnvironment } from './sources/env-overlay.js';
import { type GivenValues, overlay, type Source } from './sources/given-value.js';
import { type Overrides, readOverrides } from './sources/overrides.js';
import { readIfExists, readYaml } from './sources/yaml-file.js';

/** The file that is read when none is named. */
export const DEFAULT_CONFIG_FILE = 'config/config.yaml';

/** Where a configuration comes from. */
export interface ConfigRequest {
  /** `--config`: this file must exist. Without it {@link DEFAULT_CONFIG_FILE} is read, if there is one. */
  readonly file?: string | undefined;
  readonly env: NodeJS.ProcessEnv;
  /** What the app's own flags say, by path. */
  readonly overrides?: Overrides;
  /** Relative names of the file start here; by default the working directory. */
  readonly cwd?: string;
}

/** A configuration that passed every check, with what an app logs about it at start. */
export interface LoadedConfig {
  /** Frozen at every depth. */
  readonly config: AppConfig;
  /** Where each setting came from, by path: `config.yaml:12`, a variable, a flag, `default`. */
  readonly origins: ReadonlyMap<string, string>;
  /** To be logged as information: the default file is missing. */
  readonly notes: readonly string[];
  /** To be logged as warnings: misspelt variables. */
  readonly warnings: readonly string[];
}

/**
 * Reads the configuration: defaults, then the file, then the environment, then the command line, then every check.
 *
 * `redis.url` is taken apart into addr, username, password and db; `worker.file_digest.roots` falls back to
 * `producer.scan_dir`. Nothing is connected, and nothing but files is read.
 *
 * @throws {ConfigError} with everything that is wrong, not only the first. The caller exits with 2.
 */
export function loadConfig({ file, env, overrides = {}, cwd = process.cwd() }: ConfigRequest): LoadedConfig {
  const fromFile = readFile(file, cwd);
  const fromEnv = readEnvironment(env);
  const sources = [fromFile, fromEnv, readOverrides(overrides)];
  const given = overlay(sources);
  const urlIssues = resolveRedisUrl(given);
  const { config, issues } = buildConfig(given, env);
  const allIssues = [...sources.flatMap((source) => source.issues), ...urlIssues, ...issues];
  if (allIssues.length > 0) throw new ConfigError(allIssues);
  const origins = originsOf(given);
  fallBackToScanDir(config, origins);
  return { config: deepFreeze(config), origins, notes: fromFile.notes, warnings: fromEnv.warnings };
}

function readFile(file: string | undefined, cwd: string): Source & { notes: string[] } {
  const name = file ?? DEFAULT_CONFIG_FILE;
  const nothing = { values: new Map(), issues: [], notes: [] };
  try {
    const text = readIfExists(resolve(cwd, name));
    if (text !== undefined) return { ...readYaml(text, name), notes: [] };
    if (file === undefined) return { ...nothing, notes: [`${name} does not exist, defaults are used`] };
    return { ...nothing, issues: [unreadable(file, 'no such file')] };
  } catch (error) {
    return { ...nothing, issues: [unreadable(name, (error as Error).message)] };
  }
}

function unreadable(path: string, found: string): ConfigIssue {
  return invalidValue({ path, found, expected: 'a readable YAML file', origin: 'configuration file' });
}

function originsOf(given: GivenValues): Map<string, string> {
  return new Map(SETTINGS.map(({ path }) => [path, given.get(path)?.origin ?? 'default']));
}

function fallBackToScanDir(config: AppConfig, origins: Map<string, string>): void {
  const roots = 'worker.file_digest.roots';
  if (config.worker.fileDigest.roots.length > 0 || config.producer.scanDir === '') return;
  assign(config, SETTING_BY_PATH.get(roots)!.keys, [config.producer.scanDir]);
  origins.set(roots, 'producer.scan_dir');
}

function deepFreeze<T extends object>(value: T): T {
  for (const below of Object.values(value)) if (typeof below === 'object' && below !== null) deepFreeze(below);
  return Object.freeze(value);
}
