import { deepStrictEqual } from 'node:assert/strict';
import { QUEUES } from './model-steps.js';
import type { QueueModel } from './queue-model.js';

/**
 * Wake tokens of one partition (docs/architecture.md, rules 23, 24 and 26): work that may be claimed, and a job that comes
 * due, are always known to somebody: by a token, by the worker that took it and has not called yet, or by an idle worker.
 */
export class TokenWatch {
  private tokens: ReadonlySet<string> = new Set();
  private readonly taken = new Set<string>();
  /** Idle workers, and the due time the last `advance` of each told. */
  private readonly idle = new Map<string, number>();

  took(name: string): void {
    this.taken.add(name);
  }

  /** An `advance` was answered; it left its caller with or without a free slot. */
  advanced(workerId: string, isIdle: boolean, nextDueMs = Infinity): void {
    this.taken.clear();
    if (isIdle) this.idle.set(workerId, nextDueMs);
    else this.idle.delete(workerId);
  }

  left(workerId: string): void {
    this.taken.clear();
    this.idle.delete(workerId);
  }

  /** A process that ran one job alone is gone: it had taken no token, and its end leaves none. */
  ended(workerId: string): void {
    this.idle.delete(workerId);
  }

  elapse(ms: number): void {
    for (const [id, due] of this.idle) this.idle.set(id, due - ms);
  }

  check(tokens: ReadonlySet<string>, model: QueueModel): void {
    const faults = QUEUES.flatMap((queue) => this.faultsOf(queue, tokens, model));
    for (const token of tokens) if (token.endsWith('twice')) faults.push(`${token}: more than one token`);
    this.tokens = tokens;
    deepStrictEqual(faults, []);
  }

  private faultsOf(queue: string, tokens: ReadonlySet<string>, model: QueueModel): string[] {
    const [wake, timer] = [`wake:${queue}`, `wake-timer:${queue}`];
    const isKnown = (name: string) => tokens.has(name) || this.taken.has(name);
    const faults: string[] = [];
    if (model.paused.has(queue)) {
      if (tokens.has(wake) && !this.tokens.has(wake)) faults.push(`${wake}: a token for a paused queue`);
    } else if (model.ready.of(queue).length > 0 && !isKnown(wake)) faults.push(`${wake}: work, but no token`);
    const next = Math.min(...model.scheduled.of(queue).values());
    const someoneWaits = [...this.idle.values()].some((due) => due <= next);
    if (next < Infinity && !isKnown(timer) && !someoneWaits)
      faults.push(`${timer}: a job will be due, and nobody knows`);
    return faults;
  }
}
