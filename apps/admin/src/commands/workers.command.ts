import { Command } from 'nest-commander';
import { AdminSession } from '../admin-session.js';
import { workersView } from '../views/workers.view.js';
import { AdminCommand } from './admin-command.js';

/** `workers`: who works, and for how long each lease still holds. */
@Command({ name: 'workers', description: 'registered workers: lease, slots, jobs held, version' })
export class WorkersCommand extends AdminCommand {
  constructor(private readonly session: AdminSession) {
    super();
  }

  override async run(): Promise<void> {
    const { nowMs, workers } = await this.session.use(this.globals(), ({ inspect }) => inspect.overview());
    this.show({ nowMs, workers }, (terminal) => workersView(workers, nowMs, terminal));
  }
}
