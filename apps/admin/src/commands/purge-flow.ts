import type { BulkControl, BulkProgress, BulkResult } from '@app/queue';
import type { Scope } from '../access/scopes.js';
import type { Audited, AdminSession, OpenQueue, WritableQueue } from '../admin-session.js';
import { canAsk, confirm } from '../output/confirm.js';
import { CommandEndError } from '../output/end-errors.js';
import { ExitCode } from '../output/exit-code.js';
import { interruptible } from '../output/interrupt.js';
import { ProgressLine } from '../output/progress.js';
import { render, terminalOf } from '../output/render.js';
import { writeError, writeNote } from '../output/report-error.js';
import { formatCount } from '../output/units.js';
import type { CommandCall } from '../program-options.js';
import { bulkView, planQuestion, planView, type Plan, type Target } from '../views/purge.view.js';
import type { GuardOptions } from './dlq-options.js';

/** A bulk operation that cannot be taken back: how it is planned, and how it is done. */
export interface BulkWork<Result extends BulkResult> {
  readonly scope: Scope;
  /** For the audit trail and the document. */
  readonly filter: Readonly<Record<string, string | number>>;
  /** What is said when it is done: `purged`. */
  readonly done: string;
  /** `dead jobs` */
  readonly what: string;
  readonly plan: (queue: OpenQueue, control: BulkControl) => Promise<Plan>;
  readonly run: (queue: WritableQueue, control: BulkControl) => Promise<Result>;
}

/** What a bulk command did, and where. */
export type BulkReport<Result extends BulkResult> = Result & Target;

/**
 * A dry run shows the plan. Else the plan is shown and confirmed, unless that was done on the command line, and carried
 * out: with a progress, until Ctrl-C, audited.
 *
 * @returns what was done; undefined: it was a dry run.
 * @throws {CommandEndError} 4: not confirmed.
 */
export async function guarded<Result extends BulkResult>(
  session: AdminSession,
  call: CommandCall,
  { dryRun = false, yes = false, reason }: GuardOptions,
  work: BulkWork<Result>,
): Promise<BulkReport<Result> | undefined> {
  const { scope, filter } = work;
  const plan = (queue: OpenQueue) => counting((control) => work.plan(queue, control));
  const ask = async (queue: OpenQueue) => agree(call.command, () => plan(queue));
  const request = { scope, filter, reason, dryRun, confirm: yes ? undefined : ask };
  const { report, planned } = await session.write(call, request, async (queue) => {
    if (dryRun) return { planned: await plan(queue), report: undefined, counts: {} };
    const result = await watched(work.done, (control) => work.run(queue, control));
    return { ...audited(result), planned: undefined, report: { ...result, ...queue.inspect.target() } };
  });
  if (planned) {
    const document = { dryRun: true, command: call.command, ...planDocument(planned), filter };
    render(document, (terminal) => planView(planned, terminal), call);
  }
  return report;
}

function audited({ applied, seen, refused, isComplete }: BulkResult): Audited {
  return { counts: { applied, seen, ...refused }, isComplete };
}

/** Shows what was done, and ends with the code that says whether all of it was. */
export function reportBulk<Result extends BulkResult>(
  report: BulkReport<Result>,
  { filter, done, what }: BulkWork<Result>,
  call: CommandCall,
): void {
  const document = { dryRun: false, command: call.command, ...report, filter };
  render(document, () => bulkView(report, done, what, report), call);
  const { unreadable, 'unknown-queue': unknown } = report.refused;
  if (!report.isComplete) process.exitCode = ExitCode.Interrupted;
  else if (unreadable + unknown > 0) {
    writeError(`${formatCount(unreadable + unknown)} jobs could not be moved and stay where they are`);
    process.exitCode = ExitCode.Failed;
  }
}

/** Shows what would be done and asks; nothing to do is not asked about. */
async function agree(command: string, plan: () => Promise<Plan>): Promise<void> {
  if (!canAsk()) throw new CommandEndError(4, `${command}: give --yes where no terminal can ask, --dry-run to look`);
  const planned = await plan();
  process.stderr.write(`${planView(planned, terminalOf(process.stderr))}\n\n`);
  if (planned.meant > 0) await confirm(planQuestion(planned), {});
}

function planDocument({ target, total, meant, sample }: Plan): object {
  return { ...target, total, meant, sample };
}

/** Counting moves nothing: what was looked at is its progress. */
function counting(work: (control: BulkControl) => Promise<Plan>): Promise<Plan> {
  return watched('counted', ({ signal, onProgress }) =>
    work({ signal, onProgress: ({ seen, total }) => onProgress?.({ seen, total, applied: seen }) }),
  );
}

/** Runs work with a progress line and an end by Ctrl-C. When it fails, says what was done until then. */
async function watched<T>(verb: string, work: (control: BulkControl) => Promise<T>): Promise<T> {
  const line = new ProgressLine(verb);
  let last: BulkProgress | undefined;
  const onProgress = (progress: BulkProgress) => {
    last = progress;
    line.update(progress);
  };
  try {
    return await interruptible((signal) => work({ signal, onProgress }));
  } catch (error) {
    if (error instanceof Error && error.name === 'AbortError')
      throw new CommandEndError(130, 'interrupted, nothing was changed');
    if (verb !== 'counted' && last && last.applied > 0)
      writeNote(`${verb} ${formatCount(last.applied)} before it failed: run it again to go on`);
    throw error;
  } finally {
    line.close();
  }
}
