import { Command } from 'nest-commander';
import { Help } from '../help/help.decorator.js';
import { ExitCode } from '../output/exit-code.js';
import { AdminCommandGroup } from './admin-command.js';
import { ConfigEnvCommand } from './config-env.command.js';
import { ConfigPrintCommand } from './config-print.command.js';
import { ConfigSchemaCommand } from './config-schema.command.js';
import { ConfigValidateCommand } from './config-validate.command.js';

/** `config …`: the configuration of every app, without Redis. */
@Command({
  name: 'config',
  description: 'the configuration: check it, print it, what can be set',
  subCommands: [ConfigValidateCommand, ConfigPrintCommand, ConfigSchemaCommand, ConfigEnvCommand],
})
@Help({
  examples: ['config validate --config=config.yaml', 'config print --show-origin'],
  exitCodes: [ExitCode.Done, ExitCode.Usage],
})
export class ConfigCommand extends AdminCommandGroup {}
