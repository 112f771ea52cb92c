import { Injectable, type OnModuleInit } from '@nestjs/common';
import { InjectCommander, type CommandRunner } from 'nest-commander';
import { addHelpText } from './help/help.decorator.js';

/** Options of the program: accepted before and after the command. */
export interface GlobalOptions {
  readonly config?: string;
  readonly json?: boolean;
  readonly tokenFile?: string;
}

/** One call of a command. */
export interface CommandCall extends GlobalOptions {
  /** `job show` */
  readonly command: string;
}

/** Names the program and its options; the commands add themselves. */
@Injectable()
export class ProgramOptions implements OnModuleInit {
  constructor(@InjectCommander() private readonly program: Parameters<CommandRunner['setCommand']>[0]) {}

  onModuleInit(): void {
    this.program
      .name('admin')
      .description('Looks into the job queue. Results go to stdout, everything else to stderr.')
      .option('--config <path>', 'configuration file (default: config/config.yaml, when it is there)')
      .option('--token-file <path>', 'file with the token of who runs the command (default: $ADMIN_TOKEN_FILE)')
      .option('--json', 'one JSON document instead of a table');
    addHelpText(this.program, { examples: ['stats', 'peek --queue=high --n=20', 'config validate', 'help stats'] });
  }
}
