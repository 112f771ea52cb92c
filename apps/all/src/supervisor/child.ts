import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { ChildExit } from './child-exit.js';
import { forkTied, type ChildProgram } from './fork-tied.js';
import { restartDelayMs, STABLE_AFTER_MS } from './restart-delay.js';

/** Exit code of a program that refuses its command line or configuration: starting it again would not help. */
const USAGE_EXIT_CODE = 2;

/** What a child tells its supervisor. */
export interface ChildListener {
  onReport(child: string, message: unknown): void;
  /** It ended unasked and starts again after `delayMs`. */
  onCrash(child: string, exit: ChildExit, delayMs: number): void;
  /** It ended unasked, and another start would end the same way. */
  onRefusal(child: string, exit: ChildExit): void;
}

/** One program kept running until it is stopped: started again after a crash, with a growing delay. */
export class Child {
  private running: ChildProcess | undefined;
  private restart: NodeJS.Timeout | undefined;
  private crashesInARow = 0;
  private isStopping = false;

  constructor(
    readonly name: string,
    private readonly program: ChildProgram,
    private readonly listener: ChildListener,
  ) {}

  start(): void {
    const startedAt = performance.now();
    const child = forkTied(this.program);
    this.running = child;
    child.on('message', (message) => this.listener.onReport(this.name, message));
    child.once('error', () => child.emit('exit', 1, null)); // it could not be started at all
    child.once('exit', (code, signal) => this.ended({ code, signal }, performance.now() - startedAt));
  }

  get pid(): number | undefined {
    return this.running?.pid;
  }

  /**
   * Asks it to end, and does not start it again. One that has not ended after `patienceMs` is killed.
   *
   * @returns how it ended; `undefined` when it was not running.
   */
  async stop(signal: NodeJS.Signals, patienceMs: number): Promise<ChildExit | undefined> {
    this.isStopping = true;
    clearTimeout(this.restart);
    const child = this.running;
    if (child === undefined) return undefined;
    const ended = once(child, 'exit');
    child.kill(signal);
    const timer = setTimeout(() => child.kill('SIGKILL'), patienceMs);
    const [code, by] = (await ended) as [number | null, NodeJS.Signals | null];
    clearTimeout(timer);
    return { code, signal: by };
  }

  kill(): void {
    this.isStopping = true;
    clearTimeout(this.restart);
    this.running?.kill('SIGKILL');
  }

  private ended(exit: ChildExit, ranMs: number): void {
    this.running = undefined;
    if (this.isStopping) return;
    if (exit.code === USAGE_EXIT_CODE) return this.listener.onRefusal(this.name, exit);
    this.crashesInARow = ranMs >= STABLE_AFTER_MS ? 1 : this.crashesInARow + 1;
    const delayMs = restartDelayMs(this.crashesInARow);
    this.restart = setTimeout(() => this.start(), delayMs);
    this.listener.onCrash(this.name, exit, delayMs);
  }
}
