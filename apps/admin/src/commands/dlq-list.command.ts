import { type CommandRunner, SubCommand } from 'nest-commander';
import { AdminSession } from '../admin-session.js';
import { Help } from '../help/help.decorator.js';
import { deadListView } from '../views/dlq.view.js';
import { AdminCommand } from './admin-command.js';
import { addFilterOptions, filterOf, type FilterOptions } from './dlq-options.js';

const DEFAULT_LIMIT = 20;

/** `dlq list`: dead jobs without their payloads, those that died first. */
@SubCommand({ name: 'list', description: `dead jobs, those that died first (--limit, default ${DEFAULT_LIMIT})` })
@Help({ examples: ['dlq list', 'dlq list --kind=mail.send --error=451 --older-than=1h --limit=100'] })
export class DlqListCommand extends AdminCommand {
  override readonly access = 'admin:read';

  constructor(private readonly session: AdminSession) {
    super();
  }

  override setCommand(command: Parameters<CommandRunner['setCommand']>[0]): this {
    addFilterOptions(command);
    return super.setCommand(command);
  }

  override async run(): Promise<void> {
    const filter = { limit: DEFAULT_LIMIT, ...filterOf(this.command.opts<FilterOptions>()) };
    const jobs = await this.session.use(this.globals(), this.scope(), ({ inspect }) => inspect.findDead(filter));
    this.show({ filter, jobs }, (terminal) => deadListView(jobs, terminal));
  }
}
