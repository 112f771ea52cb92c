import { mkdirSync, statSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { DEFAULT_CONFIG_FILE, loadConfig, type AppConfig } from '@app/config';
import { mergeConfig, readGiven, withoutRedisSettings, writeConfig } from './embedded/embedded-config.js';
import { EmbeddedRedis } from './embedded-redis.js';
import { programOf } from './programs.js';
import { freePorts, plannedPorts, type Ports } from './ports.js';
import type { AllOptions } from './role.js';
import type { Face } from './run/face.js';
import { UsageError } from './usage-error.js';

/** Everything `--role=all` needs to know before it starts its children. */
export interface Suite {
  readonly config: AppConfig;
  /** As the apps are to be given it; `undefined`: they find it themselves. */
  readonly configFile: string | undefined;
  readonly env: NodeJS.ProcessEnv;
  readonly ports: Ports;
  readonly redis: EmbeddedRedis | undefined;
  /** Ready to be copied into another terminal. */
  readonly statsCommand: string;
}

/**
 * Checks the configuration, and with `--embedded-redis` starts the server and writes a configuration that leads to it.
 *
 * @throws {UsageError | ConfigError} nothing was started.
 * @throws {FolderInUseError}
 */
export async function prepareSuite(options: AllOptions, env: NodeJS.ProcessEnv, face: Face): Promise<Suite> {
  const { env: ownEnv, dropped } = options.embeddedRedis ? withoutRedisSettings(env) : { env, dropped: [] };
  const scanDir = options.scanDir === undefined ? undefined : folderOf(options.scanDir);
  const overrides = { 'producer.scan_dir': scanDir };
  const given = loadConfig({ file: options.config, env: ownEnv, overrides });
  for (const warning of given.warnings) face.note('warn', warning);
  if (options.once && given.config.producer.scanDir === '')
    throw new UsageError('--once needs a folder: give --scan-dir');

  const childEnv = scanDir === undefined ? ownEnv : withSetting(ownEnv, 'PRODUCER_SCAN_DIR', scanDir);
  const planned = plannedPorts(given.config);
  if (!options.embeddedRedis) {
    const statsCommand = statsCommandOf(options.config, []);
    return {
      config: given.config,
      configFile: options.config,
      env: childEnv,
      ports: planned,
      redis: undefined,
      statsCommand,
    };
  }

  const redis = await startEmbedded(options, face);
  const configFile = join(options.dataDir, 'config.yaml');
  writeConfig(configFile, mergeConfig(readGiven(options.config ?? DEFAULT_CONFIG_FILE), redis, scanDir));
  const { config } = loadConfig({ file: configFile, env: ownEnv, overrides });
  const ports = await freePorts(planned, config);
  return { config, configFile, env: childEnv, ports, redis, statsCommand: statsCommandOf(configFile, dropped) };
}

/** The environment with one setting, and without its other spelling (`A__B` for `A_B`). */
export function withSetting(env: NodeJS.ProcessEnv, name: string, value: string): NodeJS.ProcessEnv {
  const others = Object.entries(env).filter(([other]) => other.replaceAll(/_+/g, '_') !== name);
  return { ...Object.fromEntries(others), [name]: value };
}

function folderOf(path: string): string {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return resolve(path);
  throw new UsageError(`--scan-dir=${path} is not a folder`);
}

async function startEmbedded({ dataDir }: AllOptions, face: Face): Promise<EmbeddedRedis> {
  mkdirSync(dataDir, { recursive: true });
  return EmbeddedRedis.start(resolve(dataDir, 'redis'), (line) => face.note('warn', line));
}

/** @param unset - variables of this shell that would lead the command to another Redis. */
function statsCommandOf(configFile: string | undefined, unset: readonly string[]): string {
  const program = relative(process.cwd(), programOf('admin')).replace(/\/index\.js$/, '');
  const words = [
    ...(unset.length > 0 ? ['env', ...unset.flatMap((name) => ['-u', name])] : []),
    'node',
    program,
    'stats',
  ];
  return [...words, ...(configFile === undefined ? [] : [`--config=${configFile}`])].map(shellWord).join(' ');
}

function shellWord(word: string): string {
  return /^[\w./:=@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
