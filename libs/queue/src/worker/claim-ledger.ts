import type { JobCancelledError } from '../errors/handler-errors.js';
import type { Claim, Settlement } from './claim.js';

/** Confirmed claims are remembered in two generations; one is dropped when the newer is this old, or holds so many (ADR 0008). */
const GENERATION_MS = 60_000;
const GENERATION_MOST = 10_000;

const NONE: Claim[] = [];

/** The script that takes a settlement to Redis. */
export type Carrier = 'advance' | 'fail' | 'release' | 'park' | 'answer';

/** What to do with a claim that Redis reported. */
export type Admission = { readonly start: Claim } | 'known' | 'resent' | 'taken-over';

/**
 * What one incarnation knows of its claims in one partition: rules 2 to 5 of the protocol (docs/architecture.md). Pure; holds
 * runs under (job id, claim number), so that a late reply changes only the run it names.
 */
export class ClaimLedger {
  /** Newest claim of each id that runs or is unconfirmed. */
  private readonly live = new Map<string, Claim>();
  /** Older unconfirmed claims of ids that were claimed again. */
  private readonly superseded = new Set<Claim>();
  /** Confirmed claims, oldest first: the newer generation, and the one before. Searched only when a sync names a claim. */
  private confirmed: Claim[] = [];
  private confirmedBefore: Claim[] = [];
  private generationSinceMs = 0;
  /** How many claims were confirmed so far. */
  confirmations = 0;
  /** Numbers that a sync brought: the reply of the call that made them may still come. */
  private readonly syncedNumbers = new Set<number>();
  /** Settlements to be sent, by the script that carries them. */
  private readonly unsent: Record<Carrier, Claim[]> = { advance: [], fail: [], release: [], park: [], answer: [] };

  /**
   * Rule 4: an incarnation starts a claim once. Redis gives a number once, so one that `advance` brings is new, unless a sync
   * was faster.
   *
   * @param sentAfter - of a sync: the `confirmations` at the time when it was sent.
   */
  admit(jobId: string, number: number, from: 'advance' | 'sync', sentAfter = 0): Admission {
    const mayBeOld = from === 'sync' || this.syncedNumbers.has(number);
    const current = this.live.get(jobId) ?? (mayBeOld ? this.recall(jobId) : undefined);
    if (from === 'sync') this.syncedNumbers.add(number);
    if (current && number === current.number) return this.again(current);
    if (current && number < current.number) return this.older(current, number, sentAfter);
    if (current?.phase === 'running') {
      current.number = number;
      return 'taken-over';
    }
    if (current?.phase === 'unconfirmed') {
      if (current.settlement?.verb === 'ack') return this.answerWith(current, number);
      this.superseded.add(current);
    }
    return this.start(jobId, number);
  }

  /** The run is over; its settlement waits to be sent. */
  end(claim: Claim, settlement: Settlement): void {
    claim.phase = 'unconfirmed';
    claim.settlement = settlement;
    this.queueUp(claim);
  }

  /** Takes settlements that this script carries, to be sent now: at most `most`, oldest first. */
  takeUnsent(carrier: Carrier, most: number): Claim[] {
    const waiting = this.unsent[carrier];
    return waiting.length === 0 ? NONE : waiting.splice(0, most);
  }

  get hasUnsent(): boolean {
    return this.unsent.advance.length > 0 || this.unsentApart > 0;
  }

  /** Ended runs that wait to be sent, and that no claim will travel with. */
  get unsentApart(): number {
    const { fail, release, park, answer } = this.unsent;
    return fail.length + release.length + park.length + answer.length;
  }

  /** Whether anything runs, waits to be sent, or waits for its answer. */
  get isSettled(): boolean {
    return this.live.size === 0 && this.superseded.size === 0;
  }

  /** The call that carried these was certainly not executed, or nobody knows: send them again. */
  sendAgain(claims: readonly Claim[]): void {
    for (const claim of claims) if (claim.phase === 'unconfirmed') this.queueUp(claim);
  }

  /** Redis took the settlement, or says that the claim is not held (any more). */
  confirm(claim: Claim, isGone: boolean, nowMs: number): void {
    if (claim.phase !== 'unconfirmed') return;
    claim.phase = 'confirmed';
    claim.confirmation = ++this.confirmations;
    if (this.superseded.size > 0) this.superseded.delete(claim);
    if (this.live.get(claim.jobId) === claim) {
      this.live.delete(claim.jobId);
      this.remember(claim, nowMs);
    }
    const { owner } = claim;
    claim.owner = undefined;
    owner?.confirmed(isGone && claim.sends <= 1);
  }

  /** Every claim this incarnation runs or has not seen confirmed. */
  known(): Claim[] {
    return [...this.live.values(), ...this.superseded];
  }

  /** Whether Redis may hold this claim without anything being wrong. */
  isKnown(jobId: string, number: number): boolean {
    const current = this.live.get(jobId);
    return current !== undefined && current.number >= number;
  }

  /** Somebody asked for the end of this claim; nothing happens unless it still runs. */
  cancel(jobId: string, number: number, reason: JobCancelledError): void {
    const current = this.live.get(jobId);
    if (current?.number === number && current.phase === 'running') current.owner?.cancel(reason);
  }

  /** The incarnation is lost: nothing of it can settle anything any more. */
  abandon(): Claim[] {
    const all = this.known();
    this.live.clear();
    this.superseded.clear();
    for (const waiting of Object.values(this.unsent)) waiting.length = 0;
    return all;
  }

  private start(jobId: string, number: number): Admission {
    const claim: Claim = { jobId, number, phase: 'running', sends: 0, confirmation: 0 };
    this.live.set(jobId, claim);
    return { start: claim };
  }

  /**
   * A sync that was on its way may name what is over by now. One that was sent after the confirmation of a newer claim cannot: Redis
   * went back to before that claim, and nobody else may take the job. It gets the ack of the newer claim, else the outcome of
   * this one; where neither is remembered it runs again.
   */
  private older(current: Claim, number: number, sentAfter: number): Admission {
    const wentBack = current.phase === 'confirmed' && current.confirmation <= sentAfter;
    if (!wentBack || this.isSuperseded(current.jobId, number)) return 'known';
    if (current.settlement?.verb === 'ack') return this.answerWith(current, number);
    const own = this.recall(current.jobId, number);
    return own ? this.again(own) : this.start(current.jobId, number);
  }

  private isSuperseded(jobId: string, number: number): boolean {
    return [...this.superseded].some((claim) => claim.jobId === jobId && claim.number === number);
  }

  /** A settled claim that Redis still lists: it lost the settlement. The remembered outcome is sent again. */
  private again(current: Claim): Admission {
    if (current.phase !== 'confirmed') return 'known';
    current.phase = 'unconfirmed';
    this.live.set(current.jobId, current);
    this.queueUp(current);
    return 'resent';
  }

  /** The job ran to its end under another number: this claim gets the same ack. */
  private answerWith(current: Claim, number: number): Admission {
    const claim: Claim = { ...current, number, phase: 'unconfirmed', sends: 1 };
    current.phase = 'confirmed';
    current.owner = undefined;
    this.live.set(current.jobId, claim);
    this.queueUp(claim);
    return 'resent';
  }

  /** The claim of this id, of this number or the one confirmed last, that is confirmed and still remembered. */
  private recall(jobId: string, number?: number): Claim | undefined {
    const isIt = (claim: Claim): boolean =>
      claim.jobId === jobId && claim.phase === 'confirmed' && (number === undefined || claim.number === number);
    return this.confirmed.findLast(isIt) ?? this.confirmedBefore.findLast(isIt);
  }

  private queueUp(claim: Claim): void {
    this.unsent[carrierOf(claim)].push(claim);
  }

  private remember(claim: Claim, nowMs: number): void {
    this.confirmed.push(claim);
    if (this.confirmed.length < GENERATION_MOST && nowMs - this.generationSinceMs < GENERATION_MS) return;
    this.confirmedBefore = this.confirmed;
    this.confirmed = [];
    this.generationSinceMs = nowMs;
    this.syncedNumbers.clear();
  }
}

function carrierOf({ settlement }: Claim): Carrier {
  switch (settlement?.verb) {
    case 'ack':
      return 'advance';
    case 'release':
    case 'park':
    case 'answer':
      return settlement.verb;
    default:
      return 'fail';
  }
}
