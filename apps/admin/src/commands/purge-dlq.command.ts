import type { BulkResult } from '@app/queue';
import { Command, type CommandRunner } from 'nest-commander';
import { AdminSession } from '../admin-session.js';
import { Help } from '../help/help.decorator.js';
import { AdminCommand } from './admin-command.js';
import {
  addFilterOptions,
  addGuardOptions,
  BULK_EXIT_CODES,
  filterOf,
  type FilterOptions,
  type GuardOptions,
} from './dlq-options.js';
import { planDead } from './dlq-plan.js';
import { type BulkWork, guarded, reportBulk } from './purge-flow.js';

/** `purge-dlq`: forgets dead jobs, all or those that are meant, while workers go on. */
@Command({ name: 'purge-dlq', description: 'forget dead jobs; "dlq export" first keeps a way back' })
@Help({
  examples: [
    'purge-dlq --dry-run',
    'purge-dlq --yes --reason="bad deploy of 1.4"',
    'purge-dlq --kind=mail.send --error=451 --older-than=24h',
  ],
  exitCodes: BULK_EXIT_CODES,
})
export class PurgeDlqCommand extends AdminCommand {
  override readonly access = 'admin:dlq';

  constructor(private readonly session: AdminSession) {
    super();
  }

  override setCommand(command: Parameters<CommandRunner['setCommand']>[0]): this {
    addGuardOptions(command);
    addFilterOptions(command);
    return super.setCommand(command);
  }

  override async run(): Promise<void> {
    const options = this.command.opts<FilterOptions & GuardOptions>();
    const filter = filterOf(options);
    const work: BulkWork<BulkResult> = {
      scope: this.scope(),
      filter: { ...filter },
      done: 'purged',
      what: 'dead jobs',
      plan: ({ inspect }, control) => planDead(inspect, 'purge', filter, control),
      run: ({ operate }, control) => operate.purgeDeadMeant(filter, control),
    };
    const report = await guarded(this.session, this.globals(), options, work);
    if (report) reportBulk(report, work, this.globals());
  }
}
