import { decodeBreakers, type StoredBreaker } from '../job/breaker-text.js';
import type { BreakerState } from '../job/job.js';

/** What {@link KindBreaker.enter} answers when the run may not start. */
export const REFUSED = -1;

/** A reply that is older than another by less came late, ms; by more, the clock of Redis went back. */
const LATE_MS = 10_000;

/** What ended of one kind since it was told last. */
export interface EndedAttempts {
  readonly kind: string;
  readonly attempts: number;
  readonly failures: number;
  /** Number of the half-open time that was probed; 0: the breaker was closed. */
  readonly probed: number;
}

/** What somebody is told who listens to a {@link BreakerBoard}. */
export interface BreakerListener {
  changed(kind: string, from: BreakerState, to: BreakerState): void;
  /** There is something to tell the others. `isProbe`: they wait for it. */
  ended(hasFailed: boolean, isProbe: boolean): void;
}

/**
 * What this process knows of the breaker of one kind in one partition, and has to tell. Each run that is let in gets a ticket:
 * the number of changes seen so far. A run that ends under another number says nothing about now and is not counted, so late
 * ends of an old outage neither open a closed breaker nor answer for a probe.
 */
export class KindBreaker {
  private stored: StoredBreaker | undefined;
  private changes = 0;
  private attempts = 0;
  private failures = 0;

  constructor(
    private readonly kind: string,
    private readonly listener: BreakerListener,
  ) {}

  get state(): BreakerState {
    return this.stored?.state ?? 'closed';
  }

  /**
   * @param claim - the number of the claim, by which a probe is known
   * @returns the ticket of a run that may start; or {@link REFUSED}: its job is to be parked.
   */
  enter(claim: number): number {
    const { stored } = this;
    if (!stored || stored.state === 'closed') return this.changes;
    return stored.state === 'half-open' && stored.probe?.claim === claim ? this.changes : REFUSED;
  }

  /** An attempt ended with a verdict. Runs that say nothing about what their handler needs are not told. */
  ended(ticket: number, hasFailed: boolean): void {
    if (ticket !== this.changes) return;
    this.attempts++;
    if (hasFailed) this.failures++;
    this.listener.ended(hasFailed, this.state === 'half-open');
  }

  /** What Redis keeps of it now; undefined: it is closed. */
  learn(now: StoredBreaker | undefined): void {
    const from = this.state;
    const wasReopened = from === 'open' && now?.state === 'open' && now.number !== this.stored?.number;
    this.stored = now;
    if (this.state === from && !wasReopened) return;
    this.changes++;
    this.attempts = 0;
    this.failures = 0;
    // a probe that failed between two looks
    this.listener.changed(this.kind, wasReopened ? 'half-open' : from, this.state);
  }

  takeEnded(): EndedAttempts | undefined {
    const { kind, attempts, failures } = this;
    if (attempts === 0) return undefined;
    this.attempts = 0;
    this.failures = 0;
    return { kind, attempts, failures, probed: this.state === 'half-open' ? (this.stored?.number ?? 0) : 0 };
  }
}

/** The breakers of one partition as this process knows them from the last reply that told. Pure. */
export class BreakerBoard {
  /** Those that are not closed, or have parked jobs left. */
  stored: readonly StoredBreaker[] = [];
  private text = '';
  private toldAtMs = 0;
  private readonly kinds = new Map<string, KindBreaker>();

  constructor(private readonly listener: BreakerListener) {}

  /** Of one kind: the same object for ever. */
  of(kind: string): KindBreaker {
    let breaker = this.kinds.get(kind);
    if (!breaker) this.kinds.set(kind, (breaker = new KindBreaker(kind, this.listener)));
    return breaker;
  }

  /**
   * Takes in what a reply told. Replies may overtake each other: of two of one millisecond, one with older changes is the late one.
   *
   * @param atMs - when Redis wrote the reply, ms, its clock
   * @returns whether something is new.
   */
  learn(text: string, atMs: number): boolean {
    const isLate = atMs < this.toldAtMs && this.toldAtMs - atMs < LATE_MS;
    if (isLate) return false;
    const isTied = atMs === this.toldAtMs;
    this.toldAtMs = atMs;
    if (text === this.text) return false;
    const [known, stored] = [this.stored, decodeBreakers(text)];
    if (isTied && lastChange(stored) < lastChange(known)) return false;
    this.text = text;
    this.stored = stored;
    for (const one of this.stored) this.of(one.kind).learn(one);
    for (const { kind } of known) if (!this.stored.some((one) => one.kind === kind)) this.of(kind).learn(undefined);
    return true;
  }

  /** All that ended since the last call, one row a kind. */
  takeEnded(): EndedAttempts[] {
    return [...this.kinds.values()].flatMap((breaker) => breaker.takeEnded() ?? []);
  }
}

function lastChange(stored: readonly StoredBreaker[]): number {
  return Math.max(-1, ...stored.map(({ number }) => number));
}
