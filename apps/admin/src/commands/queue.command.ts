import { Command } from 'nest-commander';
import { Help } from '../help/help.decorator.js';
import { ExitCode } from '../output/exit-code.js';
import { AdminCommandGroup } from './admin-command.js';
import { QueuePauseCommand } from './queue-pause.command.js';
import { QueuePurgeCommand } from './queue-purge.command.js';
import { QueueResumeCommand } from './queue-resume.command.js';

/** `queue …`: one queue. */
@Command({
  name: 'queue',
  description: 'one queue: pause, resume, purge',
  subCommands: [QueuePauseCommand, QueueResumeCommand, QueuePurgeCommand],
})
@Help({ examples: ['queue pause low --reason="deploy of 1.4" --for=10m'], exitCodes: [ExitCode.Done, ExitCode.Usage] })
export class QueueCommand extends AdminCommandGroup {}
