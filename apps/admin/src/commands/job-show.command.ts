import { Option, SubCommand } from 'nest-commander';
import { AdminSession } from '../admin-session.js';
import { Help } from '../help/help.decorator.js';
import { contentOf } from '../views/job-content.js';
import { jobDocument, jobView } from '../views/job.view.js';
import { AdminCommand } from './admin-command.js';

interface JobShowOptions {
  readonly payload?: boolean;
}

/** `job show ID`: where a job is and what happened to it. The payload may be private, so it is asked for. */
@SubCommand({
  name: 'show',
  arguments: '<id>',
  description: 'state, counters, times, errors and outcome of a job',
  argsDescription: { id: 'id of the job' },
})
@Help({ examples: ['job show 0199a0ff-letter', 'job show 0199a0ff-letter --payload'] })
export class JobShowCommand extends AdminCommand {
  override readonly access = { usual: 'admin:read', payload: 'admin:peek' } as const;

  constructor(private readonly session: AdminSession) {
    super();
  }

  override async run([id]: [string], options: JobShowOptions): Promise<void> {
    const job = await this.session.use(this.globals(), this.scope(options), ({ inspect }) => inspect.findJob(id));
    const content = options.payload ? contentOf(job.record) : undefined;
    this.show({ job: jobDocument(job, content) }, (terminal) => jobView(job, content, terminal));
  }

  @Option({ flags: '--payload', description: 'show the payload too' })
  parsePayload(): boolean {
    return true;
  }
}
