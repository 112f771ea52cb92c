import { type Diagnosis, isHealthy, type RepairResult } from '@app/queue';
import { Command, Option } from 'nest-commander';
import { AdminSession, type OpenQueue, type WritableQueue } from '../admin-session.js';
import { Help } from '../help/help.decorator.js';
import { confirm } from '../output/confirm.js';
import { CommandEndError } from '../output/end-errors.js';
import { ExitCode } from '../output/exit-code.js';
import { interruptible } from '../output/interrupt.js';
import { LookLine } from '../output/look-line.js';
import { ProgressLine } from '../output/progress.js';
import { writeNote } from '../output/report-error.js';
import { diagnosisDocument, diagnosisView, repairCounts, repairView } from '../views/doctor.view.js';
import { AdminCommand } from './admin-command.js';
import { UsageError } from './usage.error.js';

interface DoctorOptions {
  readonly fix?: boolean;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly reason?: string;
}

/** `doctor`: whether the queue is as it should be; with `--fix` it mends what can be mended. */
@Command({ name: 'doctor', description: 'looks whether the queue is as it should be; --fix mends what can be mended' })
@Help({
  examples: ['doctor', 'doctor --json', 'doctor --fix --dry-run', 'doctor --fix --yes --reason="after the failover"'],
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
export class DoctorCommand extends AdminCommand {
  override readonly access = { usual: 'admin:read', fix: 'admin:repair' } as const;

  constructor(private readonly session: AdminSession) {
    super();
  }

  override async run(_: string[], options: DoctorOptions): Promise<void> {
    const { fix, dryRun, yes, reason } = options;
    if (!fix && (dryRun || yes || reason !== undefined))
      throw new UsageError('--dry-run, --yes and --reason belong to --fix: without it doctor only looks');
    await (fix ? this.fix(options) : this.look(options));
  }

  private async look(options: DoctorOptions): Promise<void> {
    const diagnosis = await this.session.use(this.globals(), this.scope(options), (queue) =>
      interruptible(looking(queue)),
    );
    this.tell(diagnosis);
  }

  private async fix(options: DoctorOptions): Promise<void> {
    const { dryRun, reason } = options;
    const request = { scope: this.scope(options), reason, ...(dryRun && { dryRun }) };
    const seen: { diagnosis?: Diagnosis } = {};
    const consent = async (queue: OpenQueue) => {
      seen.diagnosis = await interruptible(looking(queue));
      await this.confirmPlan(seen.diagnosis, options);
    };
    await this.session.write(this.globals(), { ...request, confirm: consent }, async (queue) => {
      const diagnosis = seen.diagnosis ?? (await interruptible(looking(queue)));
      if (dryRun) {
        this.tell(diagnosis);
        return { counts: {} };
      }
      return this.carryOut(queue, diagnosis);
    });
  }

  /** Shows the plan before it asks, on stderr: the result is what became of it. */
  private async confirmPlan(diagnosis: Diagnosis, { yes }: DoctorOptions): Promise<void> {
    const { repairs, prefix, address } = diagnosis;
    if (repairs.length === 0) return;
    if (!yes) process.stderr.write(`${diagnosisView(diagnosis)}\n\n`);
    await confirm(`Carry out ${repairs.length} repairs, ${prefix} at ${address}`, { yes });
  }

  private async carryOut(queue: WritableQueue, diagnosis: Diagnosis) {
    const results = await interruptible((signal) => repairing(queue, diagnosis, signal));
    const done = results.reduce((sum, { repaired, changed }) => sum + repaired + changed, 0);
    const open = diagnosis.repairs.length - done;
    if (open > 0) {
      process.exitCode = ExitCode.Interrupted;
      writeNote(`interrupted with ${open} repairs to go: run it again to go on`);
      return { counts: repairCounts(results), isComplete: false };
    }
    const after = await interruptible(looking(queue));
    const document = { ...diagnosisDocument(after), repairs: results };
    this.show(document, (terminal) => repairView(results, after, terminal));
    if (!isHealthy(after.findings)) process.exitCode = ExitCode.CheckFailed;
    return { counts: repairCounts(results) };
  }

  private tell(diagnosis: Diagnosis): void {
    this.show(diagnosisDocument(diagnosis), (terminal) => diagnosisView(diagnosis, terminal));
    if (!isHealthy(diagnosis.findings)) process.exitCode = ExitCode.CheckFailed;
  }

  @Option({ flags: '--fix', description: 'carry the plan out' })
  parseFix(): boolean {
    return true;
  }

  @Option({ flags: '--dry-run', description: 'with --fix: show what it would do, change nothing' })
  parseDryRun(): boolean {
    return true;
  }

  @Option({ flags: '--yes', description: 'with --fix: do not ask' })
  parseYes(): boolean {
    return true;
  }

  @Option({ flags: '--reason <text>', description: 'with --fix: why, for the audit trail' })
  parseReason(value: string): string {
    return value;
  }
}

function looking({ doctor }: OpenQueue): (signal: AbortSignal) => Promise<Diagnosis> {
  return async (signal) => {
    const line = new LookLine();
    try {
      return await doctor.examine({ signal, onProgress: ({ step, done }) => line.update(step, done) });
    } catch (error) {
      if (signal.aborted) throw new CommandEndError(ExitCode.Interrupted, 'interrupted while it looked');
      throw error;
    } finally {
      line.close();
    }
  };
}

async function repairing(
  { doctor }: WritableQueue,
  { repairs }: Diagnosis,
  signal: AbortSignal,
): Promise<RepairResult[]> {
  const line = new ProgressLine('repaired');
  try {
    const onProgress = ({ done }: { done: number }) =>
      line.update({ seen: done, applied: done, total: repairs.length });
    return await doctor.repair(repairs, { signal, onProgress });
  } finally {
    line.close();
  }
}
