import { type BulkResult, type InspectService, JobNotFoundError, type WaitingFilter } from '@app/queue';
import { type CommandRunner, SubCommand } from 'nest-commander';
import { AdminSession } from '../admin-session.js';
import { Help } from '../help/help.decorator.js';
import { contentOf, payloadText } from '../views/job-content.js';
import type { Plan, SampleJob } from '../views/purge.view.js';
import { AdminCommand } from './admin-command.js';
import { addGuardOptions, BULK_EXIT_CODES, type GuardOptions } from './dlq-options.js';
import { type BulkWork, guarded, reportBulk } from './purge-flow.js';

interface QueuePurgeOptions extends GuardOptions {
  readonly kind?: string;
}

/** `queue purge NAME`: forgets waiting jobs, ready and scheduled, while workers go on. There is no way back. */
@SubCommand({
  name: 'purge',
  arguments: '<name>',
  description: 'forget waiting jobs of a queue, ready and scheduled; there is no way back',
  argsDescription: { name: 'a queue of queue.names' },
})
@Help({
  examples: ['queue purge low --kind=mail.send --dry-run', 'queue purge low --yes --reason="sent twice"'],
  exitCodes: BULK_EXIT_CODES,
})
export class QueuePurgeCommand extends AdminCommand {
  override readonly access = 'admin:queue';

  constructor(private readonly session: AdminSession) {
    super();
  }

  override setCommand(command: Parameters<CommandRunner['setCommand']>[0]): this {
    addGuardOptions(command);
    command.option('--kind <kind>', 'only jobs of this kind');
    return super.setCommand(command);
  }

  override async run([queue]: [string]): Promise<void> {
    const options = this.command.opts<QueuePurgeOptions>();
    const filter = { queue, ...(options.kind === undefined ? {} : { kind: options.kind }) };
    const what = `waiting jobs of ${queue}`;
    const work: BulkWork<BulkResult> = {
      scope: this.scope(),
      filter: { ...filter },
      done: 'purged',
      what,
      plan: ({ inspect }) => planWaiting(inspect, filter, what),
      run: async ({ inspect, operate }, control) =>
        operate.purgeWaiting(filter, await waiting(inspect, queue), control),
    };
    const report = await guarded(this.session, this.globals(), options, work);
    if (report) reportBulk(report, work, this.globals());
  }
}

async function planWaiting(inspect: InspectService, filter: WaitingFilter, what: string): Promise<Plan> {
  const { ready, scheduled, meant, sample } = await inspect.countWaiting(filter);
  const jobs = (await Promise.all(sample.map((id) => sampleOf(inspect, id, filter.queue)))).flat();
  const words = filter.kind === undefined ? '' : `kind ${filter.kind}`;
  return {
    target: inspect.target(),
    verb: 'purge',
    what,
    filter: words,
    total: ready + scheduled,
    meant,
    sample: jobs,
  };
}

/** None: workers go on, and this job is done and trimmed by now. */
async function sampleOf(inspect: InspectService, id: string, queue: string): Promise<SampleJob[]> {
  try {
    const { kind, createdAtMs, state, record } = await inspect.findJob(id);
    return [{ id, queue, kind, atMs: createdAtMs, note: state, payload: payloadText(contentOf(record)) }];
  } catch (error) {
    if (error instanceof JobNotFoundError) return [];
    throw error;
  }
}

/** How many wait now: a hint for the progress. */
async function waiting(inspect: InspectService, queue: string): Promise<number> {
  const found = (await inspect.overview()).queues.find(({ name }) => name === queue);
  return (found?.ready ?? 0) + (found?.scheduled ?? 0);
}
