import { ConfigError, type ConfigIssue, toQueueOptions } from '@app/config';
import { SubCommand } from 'nest-commander';
import { Help } from '../help/help.decorator.js';
import { ExitCode } from '../output/exit-code.js';
import { type ConfigOptions, ConfigCommandBase } from './config-command.js';

/** `config validate`: what every app checks at its start, all faults at once. Nothing is connected. */
@SubCommand({ name: 'validate', description: 'check the file and the environment as every app does at its start' })
@Help({
  examples: ['config validate --config=config.yaml', 'config validate --json'],
  exitCodes: [ExitCode.Done, ExitCode.Usage],
})
export class ConfigValidateCommand extends ConfigCommandBase {
  override async run(_: string[], options: ConfigOptions): Promise<void> {
    try {
      const { config, origins } = this.load(options);
      toQueueOptions(config); // reads the files of redis.tls
      const given = [...origins.values()].filter((origin) => origin !== 'default').length;
      const text = `valid: ${given} settings given, ${origins.size - given} at their default`;
      this.show({ valid: true, given, issues: [] }, () => text);
    } catch (error) {
      if (!(error instanceof ConfigError) || !this.globals().json) throw error;
      this.show({ valid: false, issues: error.issues.map(issueFields) }, () => '');
      process.exitCode = ExitCode.Usage;
    }
  }
}

function issueFields({ path, found, expected, origin }: ConfigIssue): object {
  return { path, found, expected, origin };
}
