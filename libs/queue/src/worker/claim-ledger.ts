import type { Claim, Settlement } from './claim.js';

/** Confirmed claims are remembered in two generations; one is dropped when the newer is this old, or holds so many (ADR 0008). */
const GENERATION_MS = 60_000;
const GENERATION_MOST = 25_000;

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
  /** Confirmed claims by id: the newer generation, and the one before. */
  private remembered = new Map<string, Claim>();
  private rememberedBefore = new Map<string, Claim>();
  private generationSinceMs = 0;
  private readonly unsent: Claim[] = [];

  /** Rule 4: an incarnation starts a claim once. */
  admit(jobId: string, number: number): Admission {
    const current = this.live.get(jobId) ?? this.remembered.get(jobId) ?? this.rememberedBefore.get(jobId);
    if (current && number <= current.number) return number === current.number ? this.again(current) : 'known';
    if (current?.phase === 'running') {
      current.number = number;
      return 'taken-over';
    }
    if (current?.phase === 'unconfirmed') {
      if (current.settlement?.verb === 'ack') return this.answerWith(current, number);
      this.superseded.add(current);
    }
    const claim: Claim = { jobId, number, phase: 'running', sends: 0 };
    this.live.set(jobId, claim);
    return { start: claim };
  }

  /** The run is over; its settlement waits to be sent. */
  end(claim: Claim, settlement: Settlement): void {
    claim.phase = 'unconfirmed';
    claim.settlement = settlement;
    this.unsent.push(claim);
  }

  /** Takes settlements to be sent now, at most `most`, of the verbs that one script carries. */
  takeUnsent(carries: (settlement: Settlement) => boolean, most: number): Claim[] {
    const taken: Claim[] = [];
    let kept = 0;
    for (const claim of this.unsent) {
      if (taken.length < most && claim.settlement && carries(claim.settlement)) taken.push(claim);
      else this.unsent[kept++] = claim;
    }
    this.unsent.length = kept;
    return taken;
  }

  get hasUnsent(): boolean {
    return this.unsent.length > 0;
  }

  /** Whether anything runs, waits to be sent, or waits for its answer. */
  get isSettled(): boolean {
    return this.live.size === 0 && this.superseded.size === 0;
  }

  /** The call that carried these was certainly not executed, or nobody knows: send them again. */
  sendAgain(claims: readonly Claim[]): void {
    for (const claim of claims) if (claim.phase === 'unconfirmed') this.unsent.push(claim);
  }

  /** Redis took the settlement, or says that the claim is not held (any more). */
  confirm(claim: Claim, isGone: boolean, nowMs: number): void {
    if (claim.phase !== 'unconfirmed') return;
    claim.phase = 'confirmed';
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

  /** The incarnation is lost: nothing of it can settle anything any more. */
  abandon(): Claim[] {
    const all = this.known();
    this.live.clear();
    this.superseded.clear();
    this.unsent.length = 0;
    return all;
  }

  /** A settled claim that Redis still lists: it lost the settlement. The remembered outcome is sent again. */
  private again(current: Claim): Admission {
    if (current.phase !== 'confirmed') return 'known';
    current.phase = 'unconfirmed';
    this.remembered.delete(current.jobId);
    this.rememberedBefore.delete(current.jobId);
    this.live.set(current.jobId, current);
    this.unsent.push(current);
    return 'resent';
  }

  /** The job ran to its end under an older number: the new claim gets the same ack. */
  private answerWith(current: Claim, number: number): Admission {
    const claim: Claim = { ...current, number, sends: 1 };
    current.phase = 'confirmed';
    current.owner = undefined;
    this.live.set(current.jobId, claim);
    this.unsent.push(claim);
    return 'resent';
  }

  private remember(claim: Claim, nowMs: number): void {
    this.remembered.set(claim.jobId, claim);
    if (this.remembered.size < GENERATION_MOST && nowMs - this.generationSinceMs < GENERATION_MS) return;
    this.rememberedBefore = this.remembered;
    this.remembered = new Map();
    this.generationSinceMs = nowMs;
  }
}
