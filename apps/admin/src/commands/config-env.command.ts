import { settingFacts } from '@app/config';
import { SubCommand } from 'nest-commander';
import { Help } from '../help/help.decorator.js';
import { ExitCode } from '../output/exit-code.js';
import { variablesView } from '../views/config.view.js';
import { AdminCommand } from './admin-command.js';

/** `config env`: the variable of every setting. */
@SubCommand({ name: 'env', description: 'the environment variable of every setting, with its default' })
@Help({ examples: ['config env', 'config env | grep REDIS'], exitCodes: [ExitCode.Done, ExitCode.Usage] })
export class ConfigEnvCommand extends AdminCommand {
  override readonly access = 'none';

  override async run(): Promise<void> {
    const facts = settingFacts();
    const settings = facts.map(({ path, variables, type, defaultText, meaning, isSecret }) => ({
      path,
      variables,
      type,
      default: defaultText,
      meaning,
      secret: isSecret,
    }));
    this.show({ settings }, (terminal) => variablesView(facts, terminal));
  }
}
