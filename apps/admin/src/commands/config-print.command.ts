import { effectiveSettings } from '@app/config';
import { Option, SubCommand } from 'nest-commander';
import { Help } from '../help/help.decorator.js';
import { ExitCode } from '../output/exit-code.js';
import { configView } from '../views/config.view.js';
import { type ConfigOptions, ConfigCommandBase } from './config-command.js';

interface ConfigPrintOptions extends ConfigOptions {
  readonly showOrigin?: boolean;
}

/** `config print`: the configuration in force. Secrets are always hidden; there is no way to see them. */
@SubCommand({ name: 'print', description: 'the configuration in force, as YAML; secrets are hidden' })
@Help({
  examples: ['config print --show-origin', 'config print --redacted --config=config.yaml'],
  exitCodes: [ExitCode.Done, ExitCode.Usage],
})
export class ConfigPrintCommand extends ConfigCommandBase {
  override async run(_: string[], { showOrigin = false, ...options }: ConfigPrintOptions): Promise<void> {
    const settings = effectiveSettings(this.load(options));
    const document = settings.map(({ path, value, text, origin }) => ({
      path,
      value,
      hidden: text === undefined,
      origin,
    }));
    this.show({ settings: document }, (terminal) => configView(settings, showOrigin, terminal));
  }

  @Option({ flags: '--redacted', description: 'hide secrets; always on' })
  parseRedacted(): boolean {
    return true;
  }

  @Option({
    flags: '--show-origin',
    description: 'say of each value where it comes from: file:line, variable, flag, default',
  })
  parseShowOrigin(): boolean {
    return true;
  }
}
