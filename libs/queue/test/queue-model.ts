import { CRASHES_TO_RUN_ALONE } from '../src/job/crash-policy.js';
import { isSoloWorkerId } from '../src/job/solo-worker-id.js';
import { LEASE_MS, QUEUES, type End, type ReapVerb } from './model-steps.js';

/** The limits that model and scripts are given. */
export const LIMITS = { maxLength: 4, keepCount: 3, uniqueWindowMs: 507_777, maxRetries: 1 };

/** A claim, as a worker knows it. */
export interface ModelClaim {
  readonly jobId: string;
  readonly number: number;
}

/** A job as its producer sends it. */
export interface SentJob {
  readonly id: string;
  readonly queue: string;
  readonly delayMs: number;
  readonly uniqueKey?: string;
}

/** What is known of one job, besides its place. */
export interface ModelJob {
  readonly queue: string;
  attempts: number;
  crashes: number;
  interruptions: number;
  snoozes: number;
  reason: string;
}

/** Per queue, always there. */
class PerQueue<T> {
  private readonly values: ReadonlyMap<string, T>;

  constructor(make: () => T) {
    this.values = new Map(QUEUES.map((queue) => [queue, make()]));
  }

  of(queue: string): T {
    return this.values.get(queue) as T;
  }
}

/**
 * What one partition must hold, in plain collections. Each method is one script: it changes the collections as the script
 * must, and returns what the script must answer. From the reply it takes only what Redis alone knows: the time, and numbers.
 */
export class QueueModel {
  readonly jobs = new Map<string, ModelJob>();
  /** Left end first; the right end is next to run. */
  readonly ready = new PerQueue<string[]>(() => []);
  /** Left end first; the right end is next to run alone. */
  readonly quarantine = new PerQueue<string[]>(() => []);
  readonly scheduled = new PerQueue(() => new Map<string, number>());
  readonly processing = new Map<string, Map<string, number>>();
  readonly dead = new Map<string, number>();
  readonly workers = new Map<string, number>();
  readonly revoked = new Set<string>();
  readonly paused = new Set<string>();
  readonly unique = new Map<string, { id: string; untilMs: number }>();
  completed: string[] = [];
  private readonly answers = new Map<number, string>();
  private newest = 0;
  private lastSweepMs = 0;
  private amnestyMs = 0;

  enqueue(sequence: number, batch: readonly SentJob[], nowMs: number): string {
    if (sequence <= this.newest - 32) return 'stale';
    const known = this.answers.get(sequence);
    if (known !== undefined) return known;
    const room = new Map(QUEUES.map((queue) => [queue, LIMITS.maxLength - this.ready.of(queue).length]));
    const words = batch.map((job) => this.store(job, room, nowMs));
    const answer = words.every((word) => word === 'stored') ? 'stored' : words.join(',');
    this.answers.set(sequence, answer);
    this.newest = Math.max(this.newest, sequence);
    return answer;
  }

  /** Its deadline is set by who reads it from Redis. */
  register(workerId: string): void {
    this.workers.set(workerId, 0);
    this.processing.set(workerId, new Map());
  }

  /** @returns the acks that must be refused. */
  ack(workerId: string, claims: readonly ModelClaim[]): ModelClaim[] {
    const refused = this.settle(workerId, claims, ({ jobId }) => void this.completed.unshift(jobId));
    for (const id of this.completed.splice(LIMITS.keepCount)) this.jobs.delete(id);
    return refused;
  }

  /** What is due becomes ready, the earliest first. @returns when the next job is due. */
  promote(nowMs: number): number | undefined {
    for (const queue of QUEUES) {
      const scheduled = this.scheduled.of(queue);
      for (const [id, due] of inOrder(scheduled)) {
        if (due > nowMs) break;
        scheduled.delete(id);
        const place = this.job(id).crashes >= CRASHES_TO_RUN_ALONE ? this.quarantine : this.ready;
        place.of(queue).unshift(id);
      }
    }
    return this.nextDueMs();
  }

  /** @returns the ids that must be claimed, in this order. */
  take(steps: readonly { readonly queue: number; readonly limit: number }[], wanted: number): string[] {
    const claimed: string[] = [];
    for (const { queue, limit } of steps) {
      const name = QUEUES[queue - 1] ?? '';
      if (this.paused.has(name)) continue;
      const ready = this.ready.of(name);
      for (let left = Math.min(limit, wanted - claimed.length); left > 0 && ready.length > 0; left--)
        claimed.push(ready.pop() ?? '');
    }
    return claimed;
  }

  hold(workerId: string, { jobId, number }: ModelClaim): void {
    this.processing.get(workerId)?.set(jobId, number);
  }

  /** @returns the claims that must be refused. */
  fail<C extends ModelClaim>(
    workerId: string,
    claims: readonly C[],
    end: End,
    delayOf: (claim: C) => number,
    nowMs: number,
  ): C[] {
    return this.settle(workerId, claims, (claim) => {
      const job = this.job(claim.jobId);
      this.count(job, end);
      if (job.reason !== '-') this.dead.set(claim.jobId, nowMs);
      else this.scheduled.of(job.queue).set(claim.jobId, nowMs + delayOf(claim));
    });
  }

  /** @returns the claims that must be refused. */
  release(workerId: string, claims: readonly ModelClaim[]): ModelClaim[] {
    return this.settle(workerId, claims, ({ jobId }) => this.giveBack(workerId, jobId));
  }

  /** @returns what the worker holds beside the claims it knows, the oldest first. */
  sync(workerId: string, known: readonly ModelClaim[]): ModelClaim[] {
    const numbers = new Map(known.map(({ jobId, number }) => [jobId, number]));
    const held = inOrder(this.processing.get(workerId)).map(([jobId, number]) => ({ jobId, number }));
    return held.filter(({ jobId, number }) => numbers.get(jobId) !== number);
  }

  /** @returns the ids given back, the one claimed last first. */
  leave(workerId: string): string[] {
    const ids = inOrder(this.processing.get(workerId))
      .map(([id]) => id)
      .toReversed();
    for (const id of ids) this.giveBack(workerId, id);
    this.processing.delete(workerId);
    this.workers.delete(workerId);
    return ids;
  }

  /** @returns the workers that must be revoked. */
  sweep(nowMs: number): string[] {
    if (nowMs - this.lastSweepMs > LEASE_MS / 2) {
      this.amnestyMs = nowMs + LEASE_MS;
      for (const [id, deadline] of this.workers) this.workers.set(id, Math.min(deadline, this.amnestyMs));
    }
    this.lastSweepMs = nowMs;
    if (nowMs < this.amnestyMs) return [];
    const over = inOrder(this.workers).flatMap(([id, deadline]) => (deadline < nowMs ? [id] : []));
    for (const id of over) {
      this.workers.delete(id);
      this.revoked.add(id);
    }
    return over;
  }

  /** @returns the claims that must not be moved. */
  reap(workerId: string, claims: readonly ModelClaim[], verb: ReapVerb, delayMs: number, nowMs: number): ModelClaim[] {
    const held = this.revoked.has(workerId) ? claims.filter((claim) => this.isCurrent(workerId, claim)) : [];
    for (const { jobId } of held) {
      const job = this.job(jobId);
      job.crashes++;
      this.processing.get(workerId)?.delete(jobId);
      if (verb === 'front') this.ready.of(job.queue).push(jobId);
      if (verb === 'alone') this.quarantine.of(job.queue).push(jobId);
      if (verb === 'retry') this.scheduled.of(job.queue).set(jobId, nowMs + delayMs);
      if (verb === 'bury') this.dead.set(jobId, nowMs);
      if (verb === 'bury') job.reason = 'worker-lost';
    }
    if (!this.processing.get(workerId)?.size) this.revoked.delete(workerId);
    return claims.filter((claim) => !held.includes(claim));
  }

  /** @returns whether a process of its own gets this job. */
  takeAlone(workerId: string, id: string): boolean {
    const { queue } = this.job(id);
    const quarantine = this.quarantine.of(queue);
    const isBusy = (this.processing.get(workerId)?.size ?? 0) > 0;
    if (isBusy || this.paused.has(queue) || !quarantine.includes(id)) return false;
    quarantine.splice(quarantine.lastIndexOf(id), 1);
    return true;
  }

  /** The end of a process that is told by another. @returns whether its job moved. */
  endSolo(workerId: string, claim: ModelClaim | undefined, verb: 'alone' | 'bury', nowMs: number): boolean {
    const isHeld = claim !== undefined && this.isCurrent(workerId, claim);
    if (isHeld) {
      const job = this.job(claim.jobId);
      job.crashes++;
      this.processing.get(workerId)?.delete(claim.jobId);
      if (verb === 'alone') this.quarantine.of(job.queue).push(claim.jobId);
      else this.dead.set(claim.jobId, nowMs);
      if (verb === 'bury') job.reason = 'worker-lost';
    }
    if (!this.processing.get(workerId)?.size) this.workers.delete(workerId);
    return isHeld;
  }

  /** @returns whether this death was requeued. */
  requeue(id: string, diedAtMs: number): boolean {
    if (this.dead.get(id) !== diedAtMs) return false;
    this.dead.delete(id);
    const job = this.job(id);
    Object.assign(job, { attempts: 0, crashes: 0, reason: '-' });
    this.ready.of(job.queue).unshift(id);
    return true;
  }

  /** @returns whether this death was purged. */
  purge(id: string, diedAtMs: number): boolean {
    if (this.dead.get(id) !== diedAtMs) return false;
    this.dead.delete(id);
    return this.jobs.delete(id);
  }

  /** All that is stored as a point in time comes nearer. */
  elapse(ms: number): void {
    for (const times of [this.workers, ...QUEUES.map((queue) => this.scheduled.of(queue))])
      for (const [id, time] of times) times.set(id, time - ms);
    for (const entry of this.unique.values()) entry.untilMs -= ms;
    this.lastSweepMs -= ms;
    this.amnestyMs -= ms;
  }

  isCurrent(workerId: string, { jobId, number }: ModelClaim): boolean {
    return this.processing.get(workerId)?.get(jobId) === number;
  }

  nextDueMs(): number | undefined {
    const dues = QUEUES.flatMap((queue) => [...this.scheduled.of(queue).values()]);
    return dues.length > 0 ? Math.min(...dues) : undefined;
  }

  private store({ id, queue, delayMs, uniqueKey }: SentJob, room: Map<string, number>, nowMs: number): string {
    const first = uniqueKey === undefined ? undefined : this.unique.get(uniqueKey);
    const isLate = delayMs > 0;
    if (first && first.untilMs > nowMs && first.id !== id) return `duplicate ${first.id}`;
    if (this.jobs.has(id)) return `duplicate ${id}`;
    if (!isLate && (room.get(queue) ?? 0) <= 0) return 'full';
    this.jobs.set(id, { queue, attempts: 0, crashes: 0, interruptions: 0, snoozes: 0, reason: '-' });
    if (uniqueKey !== undefined) this.unique.set(uniqueKey, { id, untilMs: nowMs + LIMITS.uniqueWindowMs });
    if (isLate) this.scheduled.of(queue).set(id, nowMs + delayMs);
    else this.ready.of(queue).unshift(id);
    if (!isLate) room.set(queue, (room.get(queue) ?? 0) - 1);
    return 'stored';
  }

  private settle<C extends ModelClaim>(workerId: string, claims: readonly C[], apply: (claim: C) => void): C[] {
    return claims.filter((claim) => {
      if (!this.isCurrent(workerId, claim)) return true;
      this.processing.get(workerId)?.delete(claim.jobId);
      apply(claim);
      return false;
    });
  }

  private giveBack(workerId: string, id: string): void {
    const job = this.job(id);
    const place = isSoloWorkerId(workerId) ? this.quarantine : this.ready;
    job.interruptions++;
    place.of(job.queue).push(id);
  }

  private count(job: ModelJob, end: End): void {
    job.snoozes = end === 'snooze' ? job.snoozes + 1 : 0;
    if (end === 'snooze') job.crashes = 0;
    if (end === 'snooze') return;
    job.attempts++;
    if (end === 'unrecoverable') job.reason = 'unrecoverable';
    else if (job.attempts > LIMITS.maxRetries) job.reason = 'retries-exhausted';
    else job.crashes = 0;
  }

  private job(id: string): ModelJob {
    const job = this.jobs.get(id);
    if (!job) throw new Error(`the model holds "${id}" without a record`);
    return job;
  }
}

/** By score, then by member: the order of a sorted set. */
function inOrder(scores: ReadonlyMap<string, number> = new Map()): [string, number][] {
  return [...scores].toSorted(([a, x], [b, y]) => x - y || (a < b ? -1 : 1));
}
