import { Command } from 'nest-commander';
import { Help } from '../help/help.decorator.js';
import { ExitCode } from '../output/exit-code.js';
import { AdminCommandGroup } from './admin-command.js';
import { DlqExportCommand } from './dlq-export.command.js';
import { DlqGroupsCommand } from './dlq-groups.command.js';
import { DlqImportCommand } from './dlq-import.command.js';
import { DlqListCommand } from './dlq-list.command.js';
import { DlqRequeueCommand } from './dlq-requeue.command.js';
import { DlqShowCommand } from './dlq-show.command.js';

/** `dlq …`: the dead letter queue. */
@Command({
  name: 'dlq',
  description: 'the dead letter queue: look, group, send back, export, import',
  subCommands: [
    DlqListCommand,
    DlqGroupsCommand,
    DlqShowCommand,
    DlqRequeueCommand,
    DlqExportCommand,
    DlqImportCommand,
  ],
})
@Help({
  examples: ['dlq groups', 'dlq requeue --error=5b0c77aa01f3 --canary=5'],
  exitCodes: [ExitCode.Done, ExitCode.Usage],
})
export class DlqCommand extends AdminCommandGroup {}
