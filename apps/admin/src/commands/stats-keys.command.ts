import { Command } from 'nest-commander';
import { AdminSession } from '../admin-session.js';
import { Help } from '../help/help.decorator.js';
import { statsKeysView } from '../views/stats-keys.view.js';
import { AdminCommand } from './admin-command.js';

/** `stats-keys`: what the queue takes in Redis, by purpose of the keys. */
@Command({
  name: 'stats-keys',
  description: 'keys of the prefix by family: how many, with how much in them, how large',
})
@Help({ examples: ['stats-keys', "stats-keys --json | jq '.families[0]'"] })
export class StatsKeysCommand extends AdminCommand {
  override readonly access = 'admin:read';

  constructor(private readonly session: AdminSession) {
    super();
  }

  override async run(): Promise<void> {
    const stats = await this.session.use(this.globals(), this.scope(), ({ inspect }) => inspect.keyStats());
    this.show(stats, (terminal) => statsKeysView(stats, terminal));
  }
}
