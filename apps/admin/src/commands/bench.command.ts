import type { BenchOutlook, BenchRequest, BenchResult } from '@app/queue';
import { parseGoDuration } from '@app/config';
import { Command, Option } from 'nest-commander';
import { AdminSession, type OpenQueue, type WritableQueue } from '../admin-session.js';
import { Help } from '../help/help.decorator.js';
import { CommandEndError } from '../output/end-errors.js';
import { ExitCode } from '../output/exit-code.js';
import { interruptible } from '../output/interrupt.js';
import { ProgressLine } from '../output/progress.js';
import { writeNote } from '../output/report-error.js';
import { benchDocument, benchView, outlookNotes, unfinishedText } from '../views/bench.view.js';
import { AdminCommand } from './admin-command.js';
import { parseWhole } from './arguments.js';
import { UsageError } from './usage.error.js';

const MOST_JOBS = 1_000_000;
const MOST_PER_SECOND = 1_000_000;
const DEFAULTS = { count: 1_000, rate: 1_000, payloadSize: 100, timeoutMs: 60_000 } as const;
const LONGEST_MS = 3_600_000;

interface BenchOptions {
  readonly benchCount?: number;
  readonly benchRate?: number;
  readonly benchPriority?: string;
  readonly benchPayloadSize?: number;
  readonly benchTimeout?: number;
  readonly count?: number;
  readonly rate?: number;
  readonly priority?: string;
  readonly payloadSize?: number;
  readonly timeout?: number;
}

type Asked = Omit<BenchRequest, 'queue'> & { readonly queue?: string };

/** `bench`: how fast the queue is that is in use, measured with jobs that leave no trace. */
@Command({ name: 'bench', description: 'throughput and latency of the running queue, with jobs that leave no trace' })
@Help({
  examples: [
    'bench --bench-count=2000 --bench-rate=1000 --bench-priority=low --bench-timeout=60s',
    'bench --priority=high --payload-size=1000 --json',
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
export class BenchCommand extends AdminCommand {
  override readonly access = 'admin:bench';

  constructor(private readonly session: AdminSession) {
    super();
  }

  override async run(_: string[], options: BenchOptions): Promise<void> {
    const asked = askedFor(options);
    const seen: { outlook?: BenchOutlook } = {};
    const confirm = async (queue: OpenQueue) => void (seen.outlook = await lookAhead(queue, nameOf(asked, queue)));
    await this.session.write(this.globals(), { scope: this.scope(), filter: asked, confirm }, async (queue) => {
      const request = { ...asked, queue: nameOf(asked, queue) };
      const result = await interruptible((signal) => measure(queue, request, signal));
      if (seen.outlook) this.report(request, seen.outlook, result);
      return { counts: { enqueued: result.enqueued, done: result.done } };
    });
  }

  private report(request: BenchRequest, outlook: BenchOutlook, result: BenchResult): void {
    const { figures } = result;
    if (figures === null) {
      const code = result.end === 'interrupted' ? ExitCode.Interrupted : ExitCode.CheckFailed;
      throw new CommandEndError(code, unfinishedText(request, result));
    }
    const report = { request, outlook, result, figures };
    this.show(benchDocument(report), (terminal) => benchView(report, terminal));
  }

  @Option({ flags: '--bench-count <jobs>', description: `jobs to enqueue (default: ${DEFAULTS.count})` })
  parseBenchCount(value: string): number {
    return parseWhole('--bench-count', value, 1, MOST_JOBS);
  }

  @Option({ flags: '--bench-rate <per second>', description: `jobs enqueued a second (default: ${DEFAULTS.rate})` })
  parseBenchRate(value: string): number {
    return parseWhole('--bench-rate', value, 1, MOST_PER_SECOND);
  }

  @Option({ flags: '--bench-priority <queue>', description: 'queue to measure (default: the last of queue.names)' })
  parseBenchPriority(value: string): string {
    return value;
  }

  @Option({ flags: '--bench-payload-size <bytes>', description: `payload of a job (default: ${DEFAULTS.payloadSize})` })
  parseBenchPayloadSize(value: string): number {
    return parseWhole('--bench-payload-size', value, 0, 16 * 1024 * 1024);
  }

  @Option({ flags: '--bench-timeout <duration>', description: 'for the whole benchmark (default: 60s)' })
  parseBenchTimeout(value: string): number {
    return parseTimeout('--bench-timeout', value);
  }

  @Option({ flags: '--count <jobs>', description: 'the same as --bench-count' })
  parseCount(value: string): number {
    return parseWhole('--count', value, 1, MOST_JOBS);
  }

  @Option({ flags: '--rate <per second>', description: 'the same as --bench-rate' })
  parseRate(value: string): number {
    return parseWhole('--rate', value, 1, MOST_PER_SECOND);
  }

  @Option({ flags: '--priority <queue>', description: 'the same as --bench-priority' })
  parsePriority(value: string): string {
    return value;
  }

  @Option({ flags: '--payload-size <bytes>', description: 'the same as --bench-payload-size' })
  parsePayloadSize(value: string): number {
    return parseWhole('--payload-size', value, 0, 16 * 1024 * 1024);
  }

  @Option({ flags: '--timeout <duration>', description: 'the same as --bench-timeout' })
  parseTimeout(value: string): number {
    return parseTimeout('--timeout', value);
  }
}

/** Nothing is enqueued where nothing would run. */
async function lookAhead({ bench }: OpenQueue, name: string): Promise<BenchOutlook> {
  const outlook = await bench.look(name);
  if (outlook.obstacle !== undefined)
    throw new CommandEndError(ExitCode.CheckFailed, `${outlook.obstacle}; nothing was measured`);
  for (const note of outlookNotes(outlook)) writeNote(note);
  return outlook;
}

/** What was asked for, or the queue that jobs go to by default. */
function nameOf({ queue }: Asked, { config }: OpenQueue): string {
  return queue ?? config.queue.names.at(-1) ?? '';
}

async function measure({ bench }: WritableQueue, request: BenchRequest, signal: AbortSignal): Promise<BenchResult> {
  const progress = new ProgressLine('measured');
  const onProgress = ({ done, count }: { done: number; count: number }) =>
    progress.update({ seen: done, applied: done, total: count });
  try {
    return await bench.run(request, { signal, onProgress });
  } finally {
    progress.close();
  }
}

function askedFor(options: BenchOptions): Asked {
  return {
    queue: one('priority', options.benchPriority, options.priority),
    count: one('count', options.benchCount, options.count) ?? DEFAULTS.count,
    perSecond: one('rate', options.benchRate, options.rate) ?? DEFAULTS.rate,
    payloadBytes: one('payload-size', options.benchPayloadSize, options.payloadSize) ?? DEFAULTS.payloadSize,
    timeoutMs: one('timeout', options.benchTimeout, options.timeout) ?? DEFAULTS.timeoutMs,
  };
}

/** Two spellings of one flag. @throws {UsageError} they say different things. */
function one<T>(flag: string, long: T | undefined, short: T | undefined): T | undefined {
  if (long !== undefined && short !== undefined && long !== short)
    throw new UsageError(`--bench-${flag} and --${flag} are one flag: found two values`);
  return long ?? short;
}

function parseTimeout(flag: string, text: string): number {
  const ms = parseGoDuration(text);
  if (ms !== undefined && ms >= 100 && ms <= LONGEST_MS) return ms;
  throw new UsageError(`${flag}: found "${text}", expected a duration from 100ms to 1h, as in 60s`);
}
