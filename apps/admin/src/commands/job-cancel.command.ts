import { setTimeout as sleep } from 'node:timers/promises';
import type { CancelResult, InspectService } from '@app/queue';
import { Option, SubCommand } from 'nest-commander';
import { AdminSession, type WritableQueue } from '../admin-session.js';
import { Help } from '../help/help.decorator.js';
import { CommandEndError } from '../output/end-errors.js';
import { writeNote } from '../output/report-error.js';
import {
  cancelDocument,
  cancelView,
  tooLateText,
  wouldCancelView,
  type CancelReport,
} from '../views/job-cancel.view.js';
import { AdminCommand } from './admin-command.js';

/** A worker is told at once, and its handler has 2 s. */
const WAIT_MS = 5_000;
const LOOK_EVERY_MS = 100;

interface JobCancelOptions {
  readonly reason?: string;
  readonly dryRun?: boolean;
}

/** `job cancel ID`: ends one job wherever it is. It is dead then, not gone, so that a mistake can be taken back. */
@SubCommand({
  name: 'cancel',
  arguments: '<id>',
  description: 'end a job: one that waits is dead at once, one that runs is aborted through its signal',
  argsDescription: { id: 'id of the job' },
})
@Help({
  examples: ['job cancel 0199a0ff-letter --reason="sent to the wrong list"', 'job cancel 0199a0ff-letter --dry-run'],
})
export class JobCancelCommand extends AdminCommand {
  override readonly access = 'admin:queue';

  constructor(private readonly session: AdminSession) {
    super();
  }

  override async run([id]: [string], { reason, dryRun }: JobCancelOptions): Promise<void> {
    const request = { scope: this.scope(), filter: { id }, reason, dryRun };
    const { report } = await this.session.write(this.globals(), request, async (queue) => ({
      ...(dryRun ? await look(queue, id) : await cancel(queue, id, reason ?? '')),
    }));
    if (report.outcome === 'would-cancel') {
      return this.show(cancelDocument(report), (terminal) => wouldCancelView(report, terminal));
    }
    if (report.outcome === 'over' && report.job.death?.reason !== 'cancelled') {
      throw new CommandEndError(1, tooLateText(report));
    }
    this.show(cancelDocument(report), (terminal) => cancelView(report, terminal));
    if (report.endedAs === null) writeNote(`its handler has not ended yet: look with "job show ${id}"`);
  }

  @Option({ flags: '--reason <text>', description: 'why; kept in the trail of the job and in the audit trail' })
  parseReason(value: string): string {
    return value;
  }

  @Option({ flags: '--dry-run', description: 'show where the job is and what would happen; change nothing' })
  parseDryRun(): boolean {
    return true;
  }
}

async function look({ inspect }: WritableQueue, id: string): Promise<{ counts: Counts; report: CancelReport }> {
  const job = await inspect.findJob(id);
  const isOver = job.state === 'completed' || job.state === 'dead';
  return { counts: {}, report: { outcome: isOver ? 'over' : 'would-cancel', job, endedAs: null } };
}

type Counts = Readonly<Record<string, number>>;

async function cancel(
  { operate, inspect, actor }: WritableQueue,
  id: string,
  reason: string,
): Promise<{ counts: Counts; report: CancelReport }> {
  const { outcome, job } = await operate.cancelJob(id, { by: actor, reason });
  const endedAs = await endOf(inspect, { outcome, job });
  const counts = {
    cancelled: endedAs === 'dead' && outcome !== 'over' ? 1 : 0,
    asked: outcome === 'requested' ? 1 : 0,
  };
  const isLate = outcome === 'requested' && endedAs === 'completed';
  return {
    counts,
    report: { outcome: isLate ? 'over' : outcome, job: isLate ? await inspect.findJob(id) : job, endedAs },
  };
}

/** How the job ended, as far as it has. A completed one may be forgotten already. */
async function endOf(inspect: InspectService, { outcome, job }: CancelResult): Promise<CancelReport['endedAs']> {
  if (outcome === 'cancelled') return 'dead';
  if (outcome === 'over') return job.state === 'dead' ? 'dead' : 'completed';
  const claim = job.claim?.number;
  for (let waitedMs = 0; waitedMs < WAIT_MS; waitedMs += LOOK_EVERY_MS) {
    const { state, claim: now } = await inspect.findJob(job.id);
    if (state === 'dead' || state === 'completed') return state;
    if (now !== null && now.number !== claim) return null;
    await sleep(LOOK_EVERY_MS);
  }
  return null;
}
