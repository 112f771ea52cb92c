import { Command } from 'nest-commander';
import { AdminSession } from '../admin-session.js';
import { statsView } from '../views/stats.view.js';
import { AdminCommand } from './admin-command.js';

/** `stats`: everything that matters on one screen. */
@Command({ name: 'stats', description: 'queues, workers, dead jobs and Redis on one screen' })
export class StatsCommand extends AdminCommand {
  constructor(private readonly session: AdminSession) {
    super();
  }

  override async run(): Promise<void> {
    const overview = await this.session.use(this.globals(), ({ inspect }) => inspect.overview());
    this.show(overview, (terminal) => statsView(overview, terminal));
  }
}
