import { SubCommand } from 'nest-commander';
import { AdminSession } from '../admin-session.js';
import { Help } from '../help/help.decorator.js';
import { CommandEndError } from '../output/end-errors.js';
import { contentOf } from '../views/job-content.js';
import { jobDocument, jobView } from '../views/job.view.js';
import { AdminCommand } from './admin-command.js';

/** `dlq show ID`: a dead job with its payload and the trail of its errors. */
@SubCommand({
  name: 'show',
  arguments: '<id>',
  description: 'a dead job: payload, and what went wrong with it',
  argsDescription: { id: 'id of the job' },
})
@Help({ examples: ['dlq show 0199a0ff-letter'] })
export class DlqShowCommand extends AdminCommand {
  override readonly access = 'admin:peek';

  constructor(private readonly session: AdminSession) {
    super();
  }

  override async run([id]: [string]): Promise<void> {
    const job = await this.session.use(this.globals(), this.scope(), ({ inspect }) => inspect.findJob(id));
    if (job.state !== 'dead')
      throw new CommandEndError(1, `job "${id}" is ${job.state}, not dead: look with "job show ${id}"`);
    const content = contentOf(job.record);
    this.show({ job: jobDocument(job, content) }, (terminal) => jobView(job, content, terminal));
  }
}
