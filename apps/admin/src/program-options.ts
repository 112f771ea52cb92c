import { Injectable, type OnModuleInit } from '@nestjs/common';
import { InjectCommander, type CommandRunner } from 'nest-commander';

/** Options of the program: accepted before and after the command. */
export interface GlobalOptions {
  readonly config?: string;
  readonly json?: boolean;
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
      .option('--json', 'one JSON document instead of a table')
      .addHelpText('after', '\nExit codes: 0 done, 1 failed, 2 wrong usage or configuration, 3 Redis unreachable.');
  }
}
