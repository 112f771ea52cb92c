import { Option, SubCommand } from 'nest-commander';
import { AdminSession } from '../admin-session.js';
import { Help } from '../help/help.decorator.js';
import { escapeText } from '../output/escape.js';
import { formatMoment } from '../output/units.js';
import { AdminCommand } from './admin-command.js';
import { parseDuration } from './dlq-options.js';
import { UsageError } from './usage.error.js';

interface PauseOptions {
  readonly reason?: string;
  /** ms */
  readonly for?: number;
}

/** `queue pause NAME`: nothing is claimed from it any more; what runs ends as usual. */
@SubCommand({
  name: 'pause',
  arguments: '<name>',
  description: 'claim nothing from a queue until it is resumed, or for some time',
  argsDescription: { name: 'a queue of queue.names' },
})
@Help({ examples: ['queue pause low --reason="deploy of 1.4" --for=10m', 'queue pause high --reason=incident'] })
export class QueuePauseCommand extends AdminCommand {
  override readonly access = 'admin:queue';

  constructor(private readonly session: AdminSession) {
    super();
  }

  override async run([queue]: [string], { reason, for: forMs }: PauseOptions): Promise<void> {
    if (!reason) throw new UsageError('--reason: found nothing, expected why the queue is paused: others will ask');
    const filter = { queue, ...(forMs && { forMs }) };
    const request = { scope: this.scope(), filter, reason };
    const { report } = await this.session.write(this.globals(), request, async ({ inspect, operate, actor }) => {
      const untilMs = forMs === undefined ? undefined : (await inspect.overview()).nowMs + forMs;
      await operate.pause(queue, { reason, by: actor, untilMs });
      return { report: { queue, reason, untilMs: untilMs ?? null }, counts: { paused: 1 } };
    });
    const end = report.untilMs === null ? 'until "queue resume"' : `until ${formatMoment(report.untilMs)}`;
    this.show(report, () => `paused ${escapeText(queue)} ${end}; jobs may still be enqueued, what runs ends as usual`);
  }

  @Option({ flags: '--reason <text>', description: 'why: shown by stats, goes to the audit trail' })
  parseReason(value: string): string {
    return value;
  }

  @Option({ flags: '--for <duration>', description: 'resume by itself after this: 10m, 1h30m' })
  parseFor(value: string): number {
    return parseDuration('--for', value);
  }
}
