import { SubCommand } from 'nest-commander';
import { AdminSession } from '../admin-session.js';
import { Help } from '../help/help.decorator.js';
import { writeNote } from '../output/report-error.js';
import { deadGroupsView } from '../views/dlq.view.js';
import { AdminCommand } from './admin-command.js';

/** `dlq groups`: how many different troubles the dead jobs are. */
@SubCommand({ name: 'groups', description: 'dead jobs by error: how often, since when, a sample' })
@Help({ examples: ['dlq groups', "dlq groups --json | jq '.groups[0]'"] })
export class DlqGroupsCommand extends AdminCommand {
  override readonly access = 'admin:read';

  constructor(private readonly session: AdminSession) {
    super();
  }

  override async run(): Promise<void> {
    const found = await this.session.use(this.globals(), this.scope(), ({ inspect }) => inspect.deadGroups());
    if (!found.isIndexed) writeNote('the index of the groups does not fit the queue: every dead job was read');
    this.show(found, (terminal) => deadGroupsView(found, terminal));
  }
}
