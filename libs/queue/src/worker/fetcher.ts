import { JobCancelledError } from '../errors/handler-errors.js';
import { PartitionMismatchError } from '../errors/partition-mismatch.error.js';
import { RedisUnavailableError } from '../errors/redis-unavailable.error.js';
import type { QueueEvents } from '../events/queue-events.js';
import type { StoredBreaker } from '../job/breaker-text.js';
import type { BreakerState } from '../job/job.js';
import type { QueueOptions, WorkerOptions } from '../queue.options.js';
import { QueueKeys } from '../redis/queue-keys.js';
import type { RedisConnections } from '../redis/redis-connections.js';
import type { ScriptRunner } from '../redis/script-runner.js';
import { WorkSignal } from '../redis/work-signal.js';
import { BreakerCalls } from './breaker-calls.js';
import { BreakerKeeper } from './breaker-keeper.js';
import { type Carrier, ClaimLedger } from './claim-ledger.js';
import type { Claim, ClaimedJob } from './claim.js';
import type { Desk } from './assignment.js';
import { RedisClock } from './redis-clock.js';
import type { Slots } from './slots.js';
import { LOST, WorkerCalls, type AdvanceReply, type SettleReply } from './worker-calls.js';
import type { WaitingLine } from './waiting-line.js';
import { newWorkerId } from './worker-id.js';

const BATCH = 200;
/** Calls under way at once: while Redis works on one, the process works on the other. */
const CALLS_IN_FLIGHT = 2;
const PAUSE_MS = 100;
/** A worker that is full for so long, ms, waits to be told of jobs that it should end. */
const FULL_FOR_MS = 250;

/** What every fetcher of a worker shares. */
export interface FetcherParts {
  readonly connections: RedisConnections;
  readonly runner: ScriptRunner;
  readonly events: QueueEvents;
  readonly slots: Slots;
  readonly line: WaitingLine;
  readonly queueOptions: QueueOptions;
  readonly options: WorkerOptions;
  readonly facts: Readonly<Record<string, string>>;
  /** Whether there is a handler of this kind. */
  readonly canRun: (kind: string) => boolean;
}

type SendSettlements = (claims: Claim[]) => Promise<SettleReply | typeof LOST>;

/** One incarnation in one partition. */
interface Incarnation extends Desk {
  readonly calls: WorkerCalls;
}

/**
 * The loop of one partition: settles what ended, claims for the free slots, and waits for a token when there is nothing to do.
 * Rules 3 to 11 and 23 to 27 of the protocol (docs/architecture.md).
 */
export class Fetcher {
  private incarnation: Incarnation | undefined;
  private readonly keys: QueueKeys;
  private readonly signal: WorkSignal;
  /** Calls of `advance` under way. */
  private advancing = 0;
  /** The other scripts that take settlements to Redis, while one is under way. */
  private readonly settling = new Set<Carrier>();
  private isTicking = false;
  private isPaused = false;
  private isDraining = false;
  private isClosed = false;
  /** The last answer brought less than was asked for: nothing is left until a token says otherwise. */
  private isEmpty = false;
  /** The last answer brought all that was asked for: a second call may bring more. */
  private isPlenty = false;
  private hasToken = false;
  private needsSync = false;
  private isSyncing = false;
  /** Claims asked for by calls of an unknown outcome, until a sync has told what became of them. */
  private unknownClaims = 0;
  /** The slots that these still hold: all, until a sync has no answer either. */
  private unknownSlots = 0;
  private nextDueMs: number | undefined;
  private lot = Math.random();
  private turnedAt = performance.now();
  /** When it last came back from a wait, or got its id. */
  private awakeSince = performance.now();
  private fullTimer: NodeJS.Timeout | undefined;
  private isNudging = false;
  private isProbing = false;
  private readonly breakers: BreakerKeeper;

  constructor(
    readonly partition: number,
    private readonly parts: FetcherParts,
  ) {
    this.keys = new QueueKeys(parts.queueOptions.prefix, partition);
    this.signal = new WorkSignal(parts.connections, this.keys, parts.options.priorities);
    this.breakers = new BreakerKeeper({
      calls: new BreakerCalls(this.keys, parts.runner, parts.queueOptions, parts.options),
      windowMs: parts.options.circuitBreaker.windowMs,
      canRun: parts.canRun,
      wake: () => this.wake(),
      onChange: (change) => parts.events.emit('breaker.changed', { ...change, partition }),
      onError: (error) => parts.events.emit('loop.failed', { loop: 'breaker', error }),
    });
    parts.slots.onFreed(() => this.wake());
  }

  /** The state of the breaker of a kind in this partition, as this process heard it last. */
  breakerState(kind: string): BreakerState {
    return this.breakers.board.of(kind).state;
  }

  get isRegistered(): boolean {
    return this.incarnation !== undefined;
  }

  /** Undefined: Redis knows no id of this worker, at the moment. */
  get workerId(): string | undefined {
    return this.incarnation?.workerId;
  }

  /** Since a claim attempt last came back, or the worker was last full, ms. */
  get turnedMsAgo(): number {
    return performance.now() - Math.max(this.turnedAt, this.parts.slots.roomSince);
  }

  /** The same while the servers of this partition can be asked, else 0: a node that is down is no fault of this process. */
  get silentMs(): number {
    return this.parts.connections.serves(this.keys.control) ? this.turnedMsAgo : 0;
  }

  /** Since the loop could ask for work, had a free slot and got no answer, ms; 0 while it waits, is full, drains, or has no id yet. */
  get stalledMs(): number {
    if (this.signal.waitsFor === 'work' || this.isDraining || !this.incarnation) return 0;
    return performance.now() - Math.max(this.turnedAt, this.parts.slots.roomSince, this.awakeSince);
  }

  /** Takes a fresh worker id until Redis knows one; an id whose registration has an unknown outcome is thrown away (rule 9). */
  async register(): Promise<void> {
    const { runner, queueOptions, options, events, facts } = this.parts;
    while (!this.isClosed && !this.isDraining && !this.incarnation) {
      const workerId = newWorkerId();
      const calls = new WorkerCalls(workerId, this.keys, runner, queueOptions, options);
      try {
        if (!(await calls.register(facts))) continue;
        this.awakeSince = performance.now();
        this.incarnation = {
          workerId,
          calls,
          ledger: new ClaimLedger(),
          clock: new RedisClock(),
          breakers: this.breakers.board,
          wake: () => this.wake(),
        };
        events.emit('worker.registered', { workerId, partition: this.partition });
      } catch (error) {
        events.emit('loop.failed', { loop: 'register', error });
        await this.rest(error instanceof PartitionMismatchError ? 5_000 : PAUSE_MS);
      }
    }
    this.isEmpty = false;
    this.wake();
  }

  /**
   * Looks at the state before this turn of the event loop is over, however often it is called. An answer does not wait for it: of two
   * that came in one packet the second would, and Redis and this process would take turns instead of working at the same time.
   */
  wake(): void {
    if (this.isTicking || this.isClosed) return;
    this.isTicking = true;
    setImmediate(() => this.tick());
  }

  /** Renews the lease; asks for what looks forgotten (rule 8), and ends what somebody wants to end. */
  async heartbeat(): Promise<void> {
    const incarnation = this.incarnation;
    if (!incarnation) return;
    const reply = await incarnation.calls.heartbeat();
    if (this.incarnation !== incarnation) return;
    if (reply === LOST) return this.lose(incarnation);
    this.breakers.learn(reply.breakers, reply.nowMs);
    for (const { jobId, number, summary } of reply.cancels)
      incarnation.ledger.cancel(jobId, number, new JobCancelledError(summary));
    if (reply.old.some(({ jobId, number }) => !incarnation.ledger.isKnown(jobId, number))) {
      this.needsSync = true;
      this.wake();
    }
  }

  /** From here on no job is claimed; what a call under way brings is given back at once. */
  stopClaiming(): void {
    this.isDraining = true;
    this.parts.line.giveBackAll();
    this.signal.close();
    this.wake();
  }

  /** Whether every run has ended and Redis has answered for it. */
  get isIdle(): boolean {
    return this.hasNoCall && (this.incarnation?.ledger.isSettled ?? true);
  }

  /** Whether everything that ended was told to Redis; handlers may still run. */
  get hasNothingToTell(): boolean {
    return this.hasNoCall && !this.incarnation?.ledger.hasUnsent;
  }

  private get hasNoCall(): boolean {
    return this.advancing === 0 && this.settling.size === 0 && !this.isSyncing && !this.isProbing;
  }

  /** Lets the lease end now: the next reaper takes the jobs that run here, and counts a crash for each (rule 18). */
  async resign(): Promise<void> {
    this.isClosed = true;
    await Promise.all([this.breakers.stop(), this.incarnation?.calls.resign()]);
  }

  /** Ends the incarnation with one script (rule 14). Tries until Redis answers or the time is over; then the lease decides. */
  async leave(untilMs: number): Promise<void> {
    const incarnation = this.incarnation;
    this.isClosed = true;
    this.signal.close();
    const isTold = this.breakers.stop();
    while (incarnation) {
      try {
        await incarnation.calls.leave();
        break;
      } catch (error) {
        this.parts.events.emit('loop.failed', { loop: 'leave', error });
        if (performance.now() >= untilMs) break;
        await this.rest(PAUSE_MS);
      }
    }
    for (const claim of incarnation?.ledger.abandon() ?? []) claim.owner?.released();
    this.incarnation = undefined;
    await isTold;
  }

  private tick(): void {
    this.isTicking = false;
    const incarnation = this.incarnation;
    if (!incarnation || this.isPaused || this.isClosed) return;
    if (this.needsSync && !this.isSyncing) void this.sync(incarnation);
    this.settleOthers(incarnation);
    this.probe(incarnation);
    while (this.advancing < CALLS_IN_FLIGHT && this.advance(incarnation));
    this.listen(incarnation);
  }

  /** Failed, postponed, released, parked and answered runs: no claim travels with them. */
  private settleOthers(incarnation: Incarnation): void {
    const { calls } = incarnation;
    this.settle(incarnation, 'fail', (claims) => calls.fail(claims));
    this.settle(incarnation, 'release', (claims) => calls.release(claims));
    this.settle(incarnation, 'park', (claims) => this.park(incarnation, claims));
    this.settle(incarnation, 'answer', (claims) => calls.answer(claims));
  }

  /** One call of a script at a time: what ends meanwhile travels together with the next. */
  private settle(incarnation: Incarnation, carrier: Carrier, send: SendSettlements): void {
    if (this.settling.has(carrier)) return;
    const claims = incarnation.ledger.takeUnsent(carrier, BATCH);
    if (claims.length > 0) void this.sendSettlements(incarnation, carrier, claims, send);
  }

  private async park(incarnation: Incarnation, claims: Claim[]): Promise<SettleReply | typeof LOST> {
    const reply = await incarnation.calls.park(claims);
    if (reply === LOST) return LOST;
    this.breakers.learn(reply.breakers, reply.nowMs);
    this.breakers.parked();
    return reply;
  }

  /** Asks for a probe if one is due. It comes before other claims: while work abounds, no slot is free for long. */
  private probe(incarnation: Incarnation): void {
    if (this.isDraining || this.isProbing || this.unknownClaims > 0) return;
    const breaker = this.breakers.dueProbe();
    if (breaker && this.parts.slots.free > 0) void this.sendProbe(incarnation, breaker);
  }

  private async sendProbe(incarnation: Incarnation, breaker: StoredBreaker): Promise<void> {
    const { slots, canRun } = this.parts;
    this.isProbing = true;
    slots.reserve(1);
    let reserved = 1;
    try {
      const reply = await incarnation.calls.claimProbe(breaker, canRun(breaker.kind));
      if (this.incarnation !== incarnation) return;
      if (reply === LOST) return this.lose(incarnation);
      slots.unreserve(1);
      reserved = 0;
      // the board must know of the probe before its job comes
      this.breakers.learn(reply.breakers, reply.nowMs);
      if (reply.job) this.admit(incarnation, reply.job, 'advance');
    } catch (error) {
      if (this.recover(incarnation, [], 1, error)) reserved = 0;
    } finally {
      slots.unreserve(reserved);
      this.isProbing = false;
      this.breakers.asked(breaker.kind);
      this.wake();
    }
  }

  private async sendSettlements(
    incarnation: Incarnation,
    carrier: Carrier,
    claims: Claim[],
    send: SendSettlements,
  ): Promise<void> {
    this.settling.add(carrier);
    countSend(claims);
    try {
      const reply = await send(claims);
      if (this.incarnation !== incarnation) return;
      if (reply === LOST) this.lose(incarnation);
      else this.confirm(incarnation, claims, reply);
    } catch (error) {
      this.recover(incarnation, claims, 0, error);
    } finally {
      this.settling.delete(carrier);
      this.tick();
    }
  }

  /** Sends one `advance` if there is a reason to. @returns whether it did. */
  private advance(incarnation: Incarnation): boolean {
    const acks = incarnation.ledger.takeUnsent('advance', BATCH);
    const wanted = this.wanted(incarnation, acks);
    const hasReason =
      acks.length > 0 || this.hasToken || (wanted > 0 && !this.isEmpty && (this.advancing === 0 || this.isPlenty));
    if (!hasReason) return false;
    this.hasToken = false;
    void this.sendAdvance(incarnation, acks, wanted);
    return true;
  }

  /**
   * Rule 6: a settlement that is sent again travels without a claim. While claims have an unknown outcome, no more are asked
   * for: a partition that hangs must not take the slots of the others. What waits to be told apart from acks takes the place of
   * claims: jobs that fail faster than Redis is told must not pile up here.
   */
  private wanted({ ledger }: Incarnation, acks: readonly Claim[]): number {
    if (this.isDraining || this.unknownClaims > 0 || acks.some(({ sends }) => sends > 0)) return 0;
    const { slots } = this.parts;
    return Math.max(0, Math.min(slots.free - ledger.unsentApart, Math.ceil(slots.most / CALLS_IN_FLIGHT), BATCH));
  }

  private async sendAdvance(incarnation: Incarnation, acks: Claim[], wanted: number): Promise<void> {
    const { slots } = this.parts;
    this.advancing++;
    slots.reserve(wanted);
    countSend(acks);
    let reserved = wanted;
    try {
      const reply = await incarnation.calls.advance(acks, wanted, this.nextLot());
      if (this.incarnation !== incarnation) return;
      if (reply === LOST) return this.lose(incarnation);
      slots.unreserve(reserved);
      reserved = 0;
      this.confirm(incarnation, acks, reply);
      this.takeIn(incarnation, reply, wanted);
    } catch (error) {
      if (this.recover(incarnation, acks, wanted, error)) reserved = 0;
    } finally {
      slots.unreserve(reserved);
      this.advancing--;
      this.tick();
    }
  }

  /** Steps of the golden ratio spread evenly over [0, 1): shares hold also over few claims. */
  private nextLot(): number {
    this.lot = (this.lot + 0.618_033_988_75) % 1;
    return this.lot;
  }

  private takeIn(incarnation: Incarnation, reply: AdvanceReply, wanted: number): void {
    this.turnedAt = performance.now();
    this.nextDueMs = reply.nextDueMs === undefined ? undefined : reply.nextDueMs - reply.nowMs;
    this.isEmpty = reply.jobs.length < wanted;
    this.isPlenty = wanted > 0 && !this.isEmpty;
    if (reply.breakers !== undefined) this.breakers.learn(reply.breakers, reply.nowMs);
    for (const job of reply.jobs) this.admit(incarnation, job, 'advance');
  }

  private admit(incarnation: Incarnation, job: ClaimedJob, from: 'advance' | 'sync', sentAfter?: number): void {
    const admission = incarnation.ledger.admit(job.jobId, job.number, from, sentAfter);
    if (typeof admission === 'object') this.parts.line.start(incarnation, admission.start, job, this.isDraining);
  }

  private confirm(incarnation: Incarnation, claims: readonly Claim[], reply: SettleReply): void {
    incarnation.clock.observe(reply.nowMs);
    const now = performance.now();
    for (const claim of claims) incarnation.ledger.confirm(claim, reply.gone.has(claim), now);
  }

  /** A call without an answer. @returns whether its slots stay taken until a sync has ended (rule 6). */
  private recover(incarnation: Incarnation, claims: readonly Claim[], wanted: number, error: unknown): boolean {
    this.parts.events.emit('loop.failed', { loop: 'fetcher', error });
    if (this.incarnation !== incarnation) return false;
    const isUnknown = error instanceof RedisUnavailableError && error.fate === 'unknown';
    if (!isUnknown) for (const claim of claims) claim.sends--;
    incarnation.ledger.sendAgain(claims);
    if (isUnknown) {
      this.needsSync = true;
      this.unknownClaims += wanted;
      this.unknownSlots += wanted;
    }
    this.pause();
    return isUnknown;
  }

  private async sync(incarnation: Incarnation): Promise<void> {
    const settled = { claims: this.unknownClaims, slots: this.unknownSlots };
    const sentAfter = incarnation.ledger.confirmations;
    this.isSyncing = true;
    this.needsSync = false;
    try {
      const found = await incarnation.calls.sync(incarnation.ledger.known());
      if (this.incarnation !== incarnation) return;
      if (found === LOST) return this.lose(incarnation);
      this.unknownClaims -= settled.claims;
      this.giveBackUnknown(settled.slots);
      for (const job of found) this.admit(incarnation, job, 'sync', sentAfter);
    } catch (error) {
      this.needsSync = true;
      if (this.incarnation === incarnation) this.giveBackUnknown(settled.slots);
      this.parts.events.emit('loop.failed', { loop: 'sync', error });
      this.pause();
    } finally {
      this.isSyncing = false;
      this.wake();
    }
  }

  /**
   * The other partitions get the slots of claims whose outcome is known, or cannot be known while the server is away. What such
   * a call claimed after all comes with a later sync, and waits in line.
   */
  private giveBackUnknown(slots: number): void {
    this.unknownSlots -= slots;
    this.parts.slots.unreserve(slots);
  }

  /** Rule 10: the runs of this partition are aborted, and a new id is taken here only. */
  private lose(incarnation: Incarnation): void {
    if (this.incarnation !== incarnation) return;
    this.incarnation = undefined;
    this.parts.events.emit('worker.lost', { workerId: incarnation.workerId, partition: this.partition });
    this.giveBackUnknown(this.unknownSlots);
    this.unknownClaims = 0;
    this.needsSync = false;
    for (const claim of incarnation.ledger.abandon()) claim.owner?.lost();
    void this.register();
  }

  /** Rule 27: an `advance` has answered before each wait; rule 25: whatever ends it, an `advance` follows. */
  private listen(incarnation: Incarnation): void {
    const isFree = this.parts.slots.free > 0;
    if (!isFree) {
      this.fullTimer ??= setTimeout(() => this.listenWhileFull(incarnation), FULL_FOR_MS).unref();
    }
    const mayWait =
      this.isEmpty &&
      isFree &&
      this.advancing === 0 &&
      this.settling.size === 0 &&
      !this.needsSync &&
      !this.hasToken &&
      !incarnation.ledger.hasUnsent;
    if (!mayWait || this.isDraining || this.signal.waitsFor === 'work') return;
    if (this.signal.waitsFor === 'nudge') return this.endNudgeWait(incarnation);
    void this.signal.wait(incarnation.workerId, this.nextDueMs).then((isNudged) => {
      this.awakeSince = performance.now();
      this.hasToken = true;
      this.isEmpty = false;
      if (isNudged) this.look(incarnation);
      this.wake();
    });
  }

  /** A worker without a free slot takes no tokens, but what it is asked to end it should know at once. */
  private listenWhileFull(incarnation: Incarnation): void {
    this.fullTimer = undefined;
    const isFull = this.incarnation === incarnation && this.parts.slots.free <= 0 && this.advancing === 0;
    if (!isFull || this.isDraining || this.isClosed || this.signal.waitsFor !== 'nothing') return;
    void this.signal.waitForNudge(incarnation.workerId).then((isNudged) => {
      if (isNudged) this.look(incarnation);
      this.wake();
    });
  }

  /** Its connection is needed for the tokens of the queues again. */
  private endNudgeWait(incarnation: Incarnation): void {
    if (this.isNudging) return;
    this.isNudging = true;
    const failed = (error: unknown) => this.parts.events.emit('loop.failed', { loop: 'nudge', error });
    void incarnation.calls
      .nudge()
      .catch(failed)
      .then(() => (this.isNudging = false));
  }

  /** Asks now what the next heartbeat would tell. */
  private look(incarnation: Incarnation): void {
    if (incarnation.ledger.isSettled) return;
    this.heartbeat().catch((error: unknown) => this.parts.events.emit('loop.failed', { loop: 'heartbeat', error }));
  }

  private pause(): void {
    if (this.isPaused) return;
    this.isPaused = true;
    void this.rest(PAUSE_MS).then(() => {
      this.isPaused = false;
      this.wake();
    });
  }

  private async rest(ms: number): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, ms * (0.75 + Math.random() / 2)));
    if (!this.isClosed) await this.parts.connections.whenUp();
  }
}

function countSend(claims: readonly Claim[]): void {
  for (const claim of claims) claim.sends++;
}
