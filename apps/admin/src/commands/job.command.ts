import { Command } from 'nest-commander';
import { AdminCommandGroup } from './admin-command.js';
import { JobShowCommand } from './job-show.command.js';

/** `job …`: one job. */
@Command({ name: 'job', description: 'one job', subCommands: [JobShowCommand] })
export class JobCommand extends AdminCommandGroup {}
