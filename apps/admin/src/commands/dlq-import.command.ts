import type { ImportWord, OperateService } from '@app/queue';
import { type CommandRunner, SubCommand } from 'nest-commander';
import { AdminSession } from '../admin-session.js';
import { Help } from '../help/help.decorator.js';
import { ExitCode } from '../output/exit-code.js';
import { interruptible } from '../output/interrupt.js';
import { ProgressLine } from '../output/progress.js';
import { writeError } from '../output/report-error.js';
import { importView, type ImportReport } from '../views/dlq-import.view.js';
import { AdminCommand } from './admin-command.js';
import { ArchiveFile, type ArchivedLine } from './dlq-archive-file.js';
import { BULK_EXIT_CODES } from './dlq-options.js';

interface ImportOptions {
  readonly dryRun?: boolean;
  readonly reason?: string;
}

const LINES_A_STEP = 500;
/** Lines that were not imported, as far as they are named. */
const MOST_NAMED = 20;

/** `dlq import FILE`: puts exported jobs back among the dead. Run again, it changes nothing. */
@SubCommand({
  name: 'import',
  arguments: '<file>',
  description: 'put exported jobs back among the dead; what is there stays as it is',
  argsDescription: { file: 'what "dlq export" wrote' },
})
@Help({
  examples: ['dlq import dead.ndjson --reason="wrong purge"', 'dlq import dead.ndjson --dry-run'],
  exitCodes: BULK_EXIT_CODES,
})
export class DlqImportCommand extends AdminCommand {
  override readonly access = 'admin:dlq';

  constructor(private readonly session: AdminSession) {
    super();
  }

  override setCommand(command: Parameters<CommandRunner['setCommand']>[0]): this {
    command
      .option('--dry-run', 'read and check every line; change nothing')
      .option('--reason <text>', 'why: goes to the audit trail');
    return super.setCommand(command);
  }

  override async run([path]: [string]): Promise<void> {
    const { dryRun = false, reason } = this.command.opts<ImportOptions>();
    const request = { scope: this.scope(), filter: { file: path }, reason, dryRun };
    const { done: report } = await this.session.write(this.globals(), request, async ({ inspect, operate }) => {
      const file = await ArchiveFile.open(path, (line) => inspect.readArchived(line));
      try {
        const lines = await countLines(file);
        const target = inspect.target();
        const nothing: ImportReport = { dryRun, ...target, lines, isComplete: true, ...NO_WORDS, refused: [] };
        const done = dryRun ? nothing : await interruptible((signal) => importAll(file, operate, nothing, signal));
        const { imported, present, different, taken, isComplete } = done;
        return { done, counts: { imported, present, different, taken }, isComplete };
      } finally {
        await file.close();
      }
    });
    this.show(report, () => importView(report));
    if (!report.isComplete) process.exitCode = ExitCode.Interrupted;
    else if (report.refused.length > 0) {
      writeError(`${report.different + report.taken} jobs were not imported: they are not as they were`);
      process.exitCode = ExitCode.Failed;
    }
  }
}

const NO_WORDS: Record<ImportWord, number> = { imported: 0, present: 0, different: 0, taken: 0 };

/** The first reading: every line must be good before one is imported. */
async function countLines(file: ArchiveFile): Promise<number> {
  let count = 0;
  for await (const { number } of file.lines()) count = number;
  return count;
}

async function importAll(
  file: ArchiveFile,
  operate: OperateService,
  start: ImportReport,
  signal: AbortSignal,
): Promise<ImportReport> {
  const report = { ...start, refused: [...start.refused] };
  const progress = new ProgressLine('imported');
  let step: ArchivedLine[] = [];
  let seen = 0;
  const flush = async () => {
    const words = await operate.importDead(step.map(({ job }) => job));
    for (const [at, word] of words.entries()) {
      report[word]++;
      const { number = 0, job } = step[at] ?? {};
      if ((word === 'different' || word === 'taken') && report.refused.length < MOST_NAMED)
        report.refused.push({ line: number, id: String(job?.id ?? ''), why: word });
    }
    seen += step.length;
    progress.update({ seen, total: start.lines, applied: report.imported });
    step = [];
  };
  try {
    for await (const line of file.lines()) {
      if (step.push(line) === LINES_A_STEP) await flush();
      if (signal.aborted) return { ...report, isComplete: false };
    }
    await flush();
    return report;
  } finally {
    progress.close();
  }
}
