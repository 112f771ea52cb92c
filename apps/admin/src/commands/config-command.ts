import { loadConfig, type LoadedConfig } from '@app/config';
import { Option } from 'nest-commander';
import { writeNote } from '../output/report-error.js';
import { AdminCommand } from './admin-command.js';

/** What the commands take that look at a configuration as an app would see it. */
export interface ConfigOptions {
  readonly scanDir?: string;
}

/** A command that reads the configuration and never Redis. */
export abstract class ConfigCommandBase extends AdminCommand {
  override readonly access = 'none';

  /** @throws {ConfigError} with everything that is wrong. */
  protected load({ scanDir }: ConfigOptions): LoadedConfig {
    const overrides = { 'producer.scan_dir': scanDir };
    const loaded = loadConfig({ file: this.globals().config, env: process.env, overrides });
    for (const text of [...loaded.notes, ...loaded.warnings]) writeNote(text);
    return loaded;
  }

  @Option({ flags: '--scan-dir <path>', description: 'as the producer is given it' })
  parseScanDir(path: string): string {
    return path;
  }
}
