import { configSchema } from '@app/config';
import { SubCommand } from 'nest-commander';
import { Help } from '../help/help.decorator.js';
import { ExitCode } from '../output/exit-code.js';
import { AdminCommand } from './admin-command.js';

/** `config schema`: for editors and pipelines. The document is the schema itself, so `--json` changes nothing. */
@SubCommand({ name: 'schema', description: 'the JSON Schema of the configuration file, for editors and pipelines' })
@Help({ examples: ['config schema > config.schema.json'], exitCodes: [ExitCode.Done, ExitCode.Usage] })
export class ConfigSchemaCommand extends AdminCommand {
  override readonly access = 'none';

  override async run(): Promise<void> {
    process.stdout.write(`${JSON.stringify(configSchema(), null, 2)}\n`);
  }
}
