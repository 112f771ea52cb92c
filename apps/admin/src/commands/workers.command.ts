import { Command } from 'nest-commander';
import { AdminSession } from '../admin-session.js';
import { Help } from '../help/help.decorator.js';
import { workersView } from '../views/workers.view.js';
import { AdminCommand } from './admin-command.js';

/** `workers`: who works, and for how long each lease still holds. */
@Command({ name: 'workers', description: 'registered workers: lease, slots, jobs held, version' })
@Help({ examples: ['workers', 'workers --json'] })
export class WorkersCommand extends AdminCommand {
  override readonly access = 'admin:read';

  constructor(private readonly session: AdminSession) {
    super();
  }

  override async run(): Promise<void> {
    const { nowMs, workers } = await this.session.use(this.globals(), this.scope(), ({ inspect }) =>
      inspect.overview(),
    );
    this.show({ nowMs, workers }, (terminal) => workersView(workers, nowMs, terminal));
  }
}
