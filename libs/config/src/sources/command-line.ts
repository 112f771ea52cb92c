import { parseArgs } from 'node:util';
import { ConfigError } from '../config.error.js';
import type { Overrides } from './overrides.js';

const FLAGS = {
  config: { type: 'string' },
  'scan-dir': { type: 'string' },
  version: { type: 'boolean' },
} as const;

/** What the command line of a long-running app says. */
export interface CommandLine {
  /** `--config=PATH` */
  readonly file: string | undefined;
  /** `--scan-dir=PATH` */
  readonly overrides: Overrides;
  /** `--version`: print it and end; nothing else counts. */
  readonly wantsVersion: boolean;
}

/** @throws {ConfigError} for a word or a flag that no app knows, or a flag without its value. */
export function readCommandLine(args: readonly string[]): CommandLine {
  try {
    const { values } = parseArgs({ args: [...args], options: FLAGS, strict: true });
    return {
      file: values.config,
      overrides: { 'producer.scan_dir': values['scan-dir'] },
      wantsVersion: values.version === true,
    };
  } catch (error) {
    throw refusal((error as Error).message);
  }
}

function refusal(message: string): ConfigError {
  const [found = message] = message.split('. ');
  const expected = '--config=PATH, --scan-dir=PATH or --version';
  const origin = 'command line';
  return new ConfigError([
    { path: origin, found, expected, origin, line: `${origin}: ${found}; expected ${expected}` },
  ]);
}
