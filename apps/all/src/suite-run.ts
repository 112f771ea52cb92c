import { isIPv6 } from 'node:net';
import { join } from 'node:path';
import { childrenOf } from './children.js';
import type { AllOptions, AppName } from './role.js';
import type { Face } from './run/face.js';
import { followMainJob, isAllWell } from './run/main-job.js';
import type { Outlook } from './run/outlook.js';
import { QueueReader } from './run/queue-reader.js';
import { isReport } from './run/reports.js';
import { Screen } from './run/screen.js';
import { Tally } from './run/tally.js';
import type { Suite } from './suite.js';
import { describeExit, exitCodeOf, type ChildExit } from './supervisor/child-exit.js';
import type { ChildListener } from './supervisor/child.js';
import { Supervisor } from './supervisor/supervisor.js';

const INTERRUPTED = 130;
/** How much longer than `worker.shutdown_timeout` a child may take to end. */
const DRAIN_GRACE_MS = 10_000;

/** Why the suite ends: somebody asked, a child cannot run, or `--once` and all is done. */
interface End {
  readonly signal: NodeJS.Signals;
  readonly exitCode: number;
}

/** One life of the suite, from the first child started to the last one ended. */
export class SuiteRun implements ChildListener {
  private readonly tally: Tally;
  private readonly reader: QueueReader;
  private readonly supervisor: Supervisor;
  private readonly logs: string | undefined;
  private readonly refusal: Promise<End>;
  private refuse!: (end: End) => void;

  constructor(
    private readonly options: AllOptions,
    private readonly suite: Suite,
    private readonly face: Face,
  ) {
    this.refusal = new Promise((resolve) => (this.refuse = resolve));
    this.tally = new Tally(suite.config.queue.names);
    this.reader = new QueueReader(suite.config);
    this.logs = face instanceof Screen ? join(options.dataDir, 'logs') : undefined;
    this.supervisor = new Supervisor(childrenOf(suite, this.logs, this));
  }

  /** @returns the exit code of the program. */
  async untilEnd(stop: Promise<NodeJS.Signals>): Promise<number> {
    const giveUp = new AbortController();
    const stopped = stop.then((signal): End => {
      this.face.draining();
      return { signal, exitCode: this.options.once ? INTERRUPTED : 0 };
    });
    const job = this.start(giveUp.signal);
    const finished = job.then((end) => end ?? stopped);

    const { signal, exitCode } = await Promise.race([stopped, this.refusal, finished]);
    giveUp.abort();
    const failure = await this.drain(signal);
    await job;
    await this.reader.close();
    return failure || exitCode;
  }

  killNow(): void {
    this.supervisor.killAll();
  }

  onReport(_child: string, message: unknown): void {
    if (isReport(message)) this.tally.add(message, performance.now());
  }

  onCrash(child: string, exit: ChildExit, delayMs: number): void {
    this.face.note(
      'warn',
      `${child} ended with ${describeExit(exit)}, starts again in ${delayMs} ms${this.seeLog(child)}`,
    );
  }

  onRefusal(child: string, exit: ChildExit): void {
    this.face.note('error', `${child} refuses to run (${describeExit(exit)})${this.seeLog(child)}`);
    this.refuse({ signal: 'SIGTERM', exitCode: exitCodeOf(exit) });
  }

  /** @returns how `--once` ends; `undefined` when the suite goes on serving. */
  private async start(giveUp: AbortSignal): Promise<End | undefined> {
    const { face, options } = this;
    if (!(face instanceof Screen) || this.suite.config.producer.scanDir === '') {
      this.supervisor.start();
      face.outlook(this.outlook());
      return undefined;
    }
    const end = await this.runMainJob(face, giveUp);
    if (end === undefined || options.once) return end;
    face.outlook(this.outlook());
    face.note('info', 'serving until Ctrl-C');
    return undefined;
  }

  private async runMainJob(screen: Screen, signal: AbortSignal): Promise<End | undefined> {
    const { tally, reader } = this;
    const before = await reader.overview().catch(() => undefined);
    if (signal.aborted) return undefined;
    this.supervisor.start();
    const overview = () => reader.overview();
    const summary = await followMainJob({ tally, screen, overview, deadBefore: before?.dead.total, signal });
    if (summary === undefined) return undefined;
    screen.summary(summary);
    return { signal: 'SIGTERM', exitCode: isAllWell(summary) ? 0 : 1 };
  }

  private drain(signal: NodeJS.Signals): Promise<number> {
    return this.supervisor.drain(signal, this.suite.config.worker.shutdownTimeoutMs + DRAIN_GRACE_MS);
  }

  private seeLog(child: string): string {
    return this.logs === undefined ? '' : `; its log: ${join(this.logs, `${child}.log`)}`;
  }

  private outlook(): Outlook {
    const { ports, config, statsCommand } = this.suite;
    const urlOf = (app: AppName) => `http://${reachable(config.observability.bind)}:${ports[app]}`;
    const urls = { producer: urlOf('producer'), worker: urlOf('worker'), admin: urlOf('admin') };
    const { http } = config.producer;
    const jobs = http.enabled ? `http://${reachable(http.bind)}:${ports.ingest}/v1/jobs` : undefined;
    return { urls, jobs, stats: statsCommand, logs: this.logs ?? '' };
  }
}

/** An address that listens everywhere is reached on this machine. */
function reachable(bind: string): string {
  if (bind === '0.0.0.0' || bind === '::') return '127.0.0.1';
  return isIPv6(bind) ? `[${bind}]` : bind;
}
