import { failureOf } from './child-exit.js';
import type { Child } from './child.js';

/** The children of `--role=all`, as one thing. */
export class Supervisor {
  private draining: Promise<number> | undefined;

  constructor(private readonly children: readonly Child[]) {}

  start(): void {
    for (const child of this.children) child.start();
  }

  /**
   * Passes the signal on, once, and waits for every child.
   *
   * @param patienceMs - after this long a child that still runs is killed, which counts as a failure.
   * @returns 0, or the exit code of the first child that failed to end well.
   */
  drain(signal: NodeJS.Signals, patienceMs: number): Promise<number> {
    this.draining ??= this.stopAll(signal, patienceMs);
    return this.draining;
  }

  killAll(): void {
    for (const child of this.children) child.kill();
  }

  private async stopAll(signal: NodeJS.Signals, patienceMs: number): Promise<number> {
    let firstFailure = 0;
    await Promise.all(
      this.children.map(async (child) => {
        const exit = await child.stop(signal, patienceMs);
        if (exit !== undefined) firstFailure ||= failureOf(exit, signal);
      }),
    );
    return firstFailure;
  }
}
