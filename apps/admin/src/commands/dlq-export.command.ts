import { type FileHandle, open, unlink } from 'node:fs/promises';
import { once } from 'node:events';
import type { DeadFilter, InspectService } from '@app/queue';
import { type CommandRunner, SubCommand } from 'nest-commander';
import { AdminSession } from '../admin-session.js';
import { Help } from '../help/help.decorator.js';
import { CommandEndError } from '../output/end-errors.js';
import { escapeJson } from '../output/escape.js';
import { interruptible } from '../output/interrupt.js';
import { ProgressLine } from '../output/progress.js';
import { writeNote } from '../output/report-error.js';
import { formatCount } from '../output/units.js';
import { AdminCommand } from './admin-command.js';
import { addFilterOptions, filterOf, type FilterOptions } from './dlq-options.js';

interface ExportOptions extends FilterOptions {
  readonly output?: string;
}

type WriteLines = (text: string) => Promise<void>;

/** `dlq export`: dead jobs as NDJSON, byte for byte, for `dlq import`. A file that exists is whole. */
@SubCommand({ name: 'export', description: 'dead jobs as lines of JSON, for "dlq import"; takes nothing away' })
@Help({ examples: ['dlq export --output=dead.ndjson', "dlq export --kind=mail.send | jq -r '.id'"] })
export class DlqExportCommand extends AdminCommand {
  override readonly access = 'admin:peek';

  constructor(private readonly session: AdminSession) {
    super();
  }

  override setCommand(command: Parameters<CommandRunner['setCommand']>[0]): this {
    addFilterOptions(command);
    command.option('--output <file>', 'a new file, readable by you only (default: stdout)');
    return super.setCommand(command);
  }

  override async run(): Promise<void> {
    const { output, ...options } = this.command.opts<ExportOptions>();
    const filter = filterOf(options);
    await this.session.use(this.globals(), this.scope(), async ({ inspect }) => {
      const count = output === undefined ? await toStdout(inspect, filter) : await toFile(inspect, filter, output);
      const target = output === undefined ? '' : ` to ${output}`;
      if (output !== undefined || process.stderr.isTTY) writeNote(`exported ${formatCount(count)} dead jobs${target}`);
    });
  }
}

function toStdout(inspect: InspectService, filter: DeadFilter): Promise<number> {
  return exportTo(inspect, filter, async (text) => {
    if (!process.stdout.write(text)) await once(process.stdout, 'drain');
  });
}

async function toFile(inspect: InspectService, filter: DeadFilter, path: string): Promise<number> {
  const file = await openNew(path);
  try {
    const count = await exportTo(inspect, filter, async (text) => void (await file.write(text)));
    await file.sync();
    return count;
  } catch (error) {
    await unlink(path); // a part of an export must not be taken for the whole
    throw error;
  } finally {
    await file.close();
  }
}

async function openNew(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'wx', 0o600);
  } catch (error) {
    const isThere = (error as NodeJS.ErrnoException).code === 'EEXIST';
    const why = isThere ? 'it is there already, and nothing is overwritten' : (error as Error).message;
    throw new CommandEndError(1, `${path}: ${why}`);
  }
}

async function exportTo(inspect: InspectService, filter: DeadFilter, write: WriteLines): Promise<number> {
  const progress = new ProgressLine('exported');
  const { total } = await inspect.countDead({});
  let count = 0;
  let seen = 0;
  try {
    await interruptible(async (signal) => {
      for await (const part of inspect.exportDead(filter)) {
        if (signal.aborted) throw new CommandEndError(130, `interrupted after ${formatCount(count)} jobs: not whole`);
        await write(part.lines.map((line) => `${escapeJson(line)}\n`).join(''));
        count += part.lines.length;
        seen += part.seen;
        progress.update({ seen, total: Math.max(total, seen), applied: count });
      }
    });
  } finally {
    progress.close();
  }
  return count;
}
