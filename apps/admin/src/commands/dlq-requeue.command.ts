import type { CanaryReport, RequeueResult } from '@app/queue';
import { type CommandRunner, SubCommand } from 'nest-commander';
import { AdminSession } from '../admin-session.js';
import { Help } from '../help/help.decorator.js';
import { ExitCode } from '../output/exit-code.js';
import { writeError } from '../output/report-error.js';
import { formatCount } from '../output/units.js';
import { AdminCommand } from './admin-command.js';
import { parseWhole } from './arguments.js';
import {
  addFilterOptions,
  addGuardOptions,
  filterOf,
  type FilterOptions,
  type GuardOptions,
  parseDuration,
  parseRate,
} from './dlq-options.js';
import { planDead } from './dlq-plan.js';
import { type BulkWork, guarded, reportBulk } from './purge-flow.js';

interface RequeueOptions extends FilterOptions, GuardOptions {
  /** Jobs a second. */
  readonly rate?: number;
  readonly canary?: number;
  /** ms */
  readonly canaryWait?: number;
}

/** `dlq requeue`: sends dead jobs back to the queues they came from, paced, some first as a canary. */
@SubCommand({ name: 'requeue', description: 'send dead jobs back to their queues, with fresh attempts' })
@Help({
  examples: [
    'dlq requeue --error=5b0c77aa01f3 --canary=5',
    'dlq requeue --kind=mail.send --rate=500/s --yes --reason="mail server is back"',
    'dlq requeue --dry-run',
  ],
  exitCodes: [
    ExitCode.Done,
    ExitCode.Failed,
    ExitCode.Usage,
    ExitCode.RedisUnreachable,
    ExitCode.Refused,
    ExitCode.CheckFailed,
    ExitCode.Interrupted,
  ],
})
export class DlqRequeueCommand extends AdminCommand {
  override readonly access = 'admin:dlq';

  constructor(private readonly session: AdminSession) {
    super();
  }

  override setCommand(command: Parameters<CommandRunner['setCommand']>[0]): this {
    addGuardOptions(command);
    addFilterOptions(command);
    command
      .option('--rate <rate>', 'at most so many: 500/s, 30/m (default: as fast as it goes)', (text: string) =>
        parseRate('--rate', text),
      )
      .option('--canary <count>', 'send so many first, the rest only when all of these completed', (text: string) =>
        parseWhole('--canary', text, 1, 500),
      )
      .option('--canary-wait <duration>', 'how long the canary may take (default: 2m)', (text: string) =>
        parseDuration('--canary-wait', text),
      );
    return super.setCommand(command);
  }

  override async run(): Promise<void> {
    const options = this.command.opts<RequeueOptions>();
    const filter = filterOf(options);
    const { rate: perSecond, canary, canaryWait: canaryWaitMs } = options;
    const work: BulkWork<RequeueResult> = {
      scope: this.scope(),
      filter: { ...filter, ...(perSecond && { perSecond }), ...(canary && { canary }) },
      done: 'requeued',
      what: 'dead jobs',
      plan: ({ inspect }, control) => planDead(inspect, 'requeue', filter, control),
      run: ({ operate }, control) => operate.requeueDeadMeant(filter, { ...control, perSecond, canary, canaryWaitMs }),
    };
    const report = await guarded(this.session, this.globals(), options, work);
    if (!report) return;
    reportBulk(report, work, this.globals());
    if (report.canary && report.isComplete) endCanary(report.canary);
  }
}

function endCanary({ sent, completed, diedAgain, open }: CanaryReport): void {
  if (completed === sent) return;
  const counts = `${formatCount(diedAgain)} died again, ${formatCount(completed)} completed, ${formatCount(open)} are not done`;
  writeError(`canary of ${formatCount(sent)}: ${counts}; nothing more was sent`);
  process.exitCode = ExitCode.CheckFailed;
}
