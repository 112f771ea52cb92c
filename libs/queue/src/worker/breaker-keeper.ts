import type { StoredBreaker } from '../job/breaker-text.js';
import { BreakerBoard } from './breaker-board.js';
import type { BreakerCalls } from './breaker-calls.js';
import { RedisClock } from './redis-clock.js';

/** How long ends are collected before they are told, ms: failures must be known soon, successes only within a window. */
const FAILURES_AFTER_MS = 20;
const SUCCESSES_AFTER_MS = 1_000;
/** Between two looks whether a probe may be had, ms. */
const PROBE_EVERY_MS = 1_000;
/** Between two calls that give parked jobs back, ms; longer and longer while workers have not taken the last ones. */
const UNPARK_EVERY_MS = 100;
const UNPARK_MOST_MS = 5_000;

/** What a keeper works with. */
export interface BreakerKeeperParts {
  readonly calls: BreakerCalls;
  readonly windowMs: number;
  /** Whether this process has a handler of that kind. */
  readonly canRun: (kind: string) => boolean;
  /** It may be time for a probe. */
  readonly wake: () => void;
  readonly onChange: (event: { kind: string; from: StoredBreaker['state']; to: StoredBreaker['state'] }) => void;
  readonly onError: (error: unknown) => void;
}

/**
 * The part of a worker in the breakers that all workers of a partition share (ADR 0016): tells what ended here, says when a
 * probe is due, and gives parked jobs back once their breaker has closed. Every worker does; each step is guarded in Redis.
 */
export class BreakerKeeper {
  readonly board: BreakerBoard;
  private readonly clock = new RedisClock();
  private reportTimer: NodeJS.Timeout | undefined;
  private reportsAtMs = Infinity;
  private isReporting = false;
  private probeTimer: NodeJS.Timeout | undefined;
  /** When a probe of a kind may be asked for again, ms, Redis clock. */
  private readonly notBefore = new Map<string, number>();
  private unparkTimer: NodeJS.Timeout | undefined;
  private unparkAfterMs = UNPARK_EVERY_MS;
  private isStopped = false;

  constructor(private readonly parts: BreakerKeeperParts) {
    this.board = new BreakerBoard({
      changed: (kind, from, to) => parts.onChange({ kind, from, to }),
      ended: (hasFailed, isProbe) =>
        this.reportWithin(isProbe ? 0 : hasFailed ? FAILURES_AFTER_MS : SUCCESSES_AFTER_MS),
    });
  }

  /** Takes in what a reply told of the breakers. */
  learn(breakers: string, nowMs: number): void {
    this.clock.observe(nowMs);
    if (this.board.learn(breakers, nowMs)) this.plan();
  }

  /** A breaker of which this process should ask for a probe now. */
  dueProbe(): StoredBreaker | undefined {
    if (this.board.stored.length === 0) return undefined;
    const nowMs = this.clock.nowMs();
    return this.board.stored.find((one) => this.probeAtMs(one) <= nowMs);
  }

  /** A probe was asked for, whatever came of it. */
  asked(kind: string): void {
    this.notBefore.set(kind, this.clock.nowMs() + PROBE_EVERY_MS);
    this.plan();
  }

  /** Jobs were parked: what had nothing to try has now. */
  parked(): void {
    for (const { kind, state, probe } of this.board.stored)
      if (state === 'half-open' && !probe) this.notBefore.delete(kind);
    this.plan();
  }

  /** Tells what is left to tell, and does nothing more. */
  async stop(): Promise<void> {
    this.isStopped = true;
    clearTimeout(this.probeTimer);
    clearTimeout(this.unparkTimer);
    clearTimeout(this.reportTimer);
    await this.report();
  }

  /** Who cannot run the kind only sees to it that the breaker is forgotten when nobody can. */
  private probeAtMs({ kind, state, atMs }: StoredBreaker): number {
    if (state === 'closed') return Infinity;
    const firstMs = this.parts.canRun(kind) ? (state === 'open' ? atMs : 0) : atMs + this.parts.windowMs;
    return Math.max(firstMs, this.notBefore.get(kind) ?? 0);
  }

  private plan(): void {
    if (this.isStopped) return;
    clearTimeout(this.probeTimer);
    const nextMs = Math.min(...this.board.stored.map((one) => this.probeAtMs(one)));
    const waitMs = Math.max(0, Math.ceil(nextMs - this.clock.nowMs()));
    if (nextMs < Infinity) this.probeTimer = setTimeout(this.parts.wake, Math.min(waitMs, 2 ** 31 - 1)).unref();
    if (this.closed().length > 0) this.unparkTimer ??= setTimeout(() => void this.unpark(), this.unparkAfterMs).unref();
  }

  private closed(): readonly StoredBreaker[] {
    return this.board.stored.filter(({ state }) => state === 'closed');
  }

  private async unpark(): Promise<void> {
    let count = 0;
    try {
      for (const { kind, queues } of this.closed()) {
        for (const queue of queues) {
          const reply = await this.parts.calls.unpark(queue, kind);
          count += reply.count;
          this.learn(reply.breakers, reply.nowMs);
        }
      }
    } catch (error) {
      this.parts.onError(error);
    }
    this.unparkAfterMs = count > 0 ? UNPARK_EVERY_MS : Math.min(2 * this.unparkAfterMs, UNPARK_MOST_MS);
    this.unparkTimer = undefined;
    this.plan();
  }

  private reportWithin(ms: number): void {
    if (this.isStopped) return;
    const atMs = performance.now() + ms;
    if (atMs >= this.reportsAtMs) return;
    this.reportsAtMs = atMs;
    clearTimeout(this.reportTimer);
    this.reportTimer = setTimeout(() => void this.report(), ms).unref();
  }

  /** One at a time. What a failed call would have told is lost: it told only how often. */
  private async report(): Promise<void> {
    this.reportsAtMs = Infinity;
    if (this.isReporting) return this.reportWithin(FAILURES_AFTER_MS);
    const ended = this.board.takeEnded();
    if (ended.length === 0) return;
    this.isReporting = true;
    try {
      const { breakers, nowMs } = await this.parts.calls.count(ended);
      this.learn(breakers, nowMs);
    } catch (error) {
      this.parts.onError(error);
    } finally {
      this.isReporting = false;
    }
  }
}
