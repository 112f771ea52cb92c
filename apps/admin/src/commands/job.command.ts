import { Command } from 'nest-commander';
import { Help } from '../help/help.decorator.js';
import { ExitCode } from '../output/exit-code.js';
import { AdminCommandGroup } from './admin-command.js';
import { JobCancelCommand } from './job-cancel.command.js';
import { JobShowCommand } from './job-show.command.js';

/** `job …`: one job. */
@Command({ name: 'job', description: 'one job', subCommands: [JobShowCommand, JobCancelCommand] })
@Help({
  examples: ['job show 0199a0ff-letter', 'job cancel 0199a0ff-letter'],
  exitCodes: [ExitCode.Done, ExitCode.Usage],
})
export class JobCommand extends AdminCommandGroup {}
