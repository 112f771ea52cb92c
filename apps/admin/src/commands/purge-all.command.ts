import type { QueueOverview } from '@app/queue';
import { Command, type CommandRunner } from 'nest-commander';
import { AdminSession, type OpenQueue } from '../admin-session.js';
import { Help } from '../help/help.decorator.js';
import { canAsk, confirm } from '../output/confirm.js';
import { CommandEndError } from '../output/end-errors.js';
import { formatCount } from '../output/units.js';
import { purgeAllView } from '../views/purge-all.view.js';
import { targetText } from '../views/purge.view.js';
import { AdminCommand } from './admin-command.js';
import { addGuardOptions, type GuardOptions } from './dlq-options.js';
import { UsageError } from './usage.error.js';

interface PurgeAllOptions extends GuardOptions {
  readonly dev?: boolean;
  readonly prefixCheck?: string;
}

/** `purge-all --dev`: forgets everything under the prefix. For a developer's own Redis. */
@Command({ name: 'purge-all', description: 'forget everything under the prefix; for development only' })
@Help({ examples: ['purge-all --dev', 'purge-all --dev --yes --prefix-check=jobqueue', 'purge-all --dev --dry-run'] })
export class PurgeAllCommand extends AdminCommand {
  override readonly access = 'admin:purge';

  constructor(private readonly session: AdminSession) {
    super();
  }

  override setCommand(command: Parameters<CommandRunner['setCommand']>[0]): this {
    addGuardOptions(command);
    command
      .option('--dev', 'this is no production: needed')
      .option('--prefix-check <prefix>', 'with --yes: the prefix that is meant, as queue.prefix has it');
    return super.setCommand(command);
  }

  override async run(): Promise<void> {
    const options = this.command.opts<PurgeAllOptions>();
    const { dev, dryRun = false, reason } = options;
    if (!dev) throw new UsageError('--dev: found nothing; purge-all forgets everything and is for development only');
    const request = { scope: this.scope(), reason, dryRun, confirm: (queue: OpenQueue) => agree(queue, options) };
    const done = await this.session.write(this.globals(), request, async ({ inspect, operate }) => {
      const overview = await inspect.overview();
      const keys = dryRun ? 0 : await operate.forgetAll();
      return { overview, keys, counts: { keys } };
    });
    if (dryRun) this.show(lookDocument(done.overview), () => purgeAllView(done.overview));
    else this.show(doneDocument(done), () => `forgot ${formatCount(done.keys)} keys, ${targetText(done.overview)}`);
  }
}

function lookDocument({ address, prefix, queues, processing, dead, completed }: QueueOverview): object {
  return { dryRun: true, address, prefix, queues, processing, dead, completed };
}

function doneDocument({ keys, overview }: { readonly keys: number; readonly overview: QueueOverview }): object {
  return { dryRun: false, address: overview.address, prefix: overview.prefix, keys };
}

/** @throws {CommandEndError} 4: production, or it is not certain that this prefix is meant. */
async function agree({ inspect }: OpenQueue, { yes, prefixCheck }: PurgeAllOptions): Promise<void> {
  if (process.env.NODE_ENV === 'production')
    throw new CommandEndError(4, 'purge-all: NODE_ENV is "production", and there it forgets nothing');
  const { prefix, address } = inspect.target();
  if (!yes) {
    if (!canAsk())
      throw new CommandEndError(4, `purge-all: give --yes and --prefix-check=PREFIX where no terminal can ask`);
    process.stderr.write(`${purgeAllView(await inspect.overview())}\n\n`);
    return confirm(`Forget everything under ${prefix} at ${address}`, { typed: prefix });
  }
  if (prefixCheck === undefined)
    throw new CommandEndError(4, 'purge-all: give --prefix-check=PREFIX beside --yes, the prefix that is meant');
  if (prefixCheck !== prefix)
    throw new CommandEndError(4, `--prefix-check: found "${prefixCheck}", but queue.prefix is "${prefix}"`);
}
