import type { QueueOptions, WorkerOptions } from '../queue.options.js';
import { QueueKeys } from '../redis/queue-keys.js';
import type { ScriptRunner } from '../redis/script-runner.js';
import { planClaim } from './claim-plan.js';
import type { Claim, ClaimedJob, StoredFailure } from './claim.js';

/** Most different errors kept in a partition; the trail of a job names its errors also beyond that. */
const MOST_FAILURES = 10_000;

/** What `advance` answered. */
export interface AdvanceReply {
  readonly nowMs: number;
  /** When the next job of the queues served is due; undefined: none is scheduled. */
  readonly nextDueMs?: number;
  readonly gone: ReadonlySet<Claim>;
  readonly jobs: readonly ClaimedJob[];
}

/** What `fail` and `release` answered. */
export interface SettleReply {
  readonly nowMs: number;
  readonly gone: ReadonlySet<Claim>;
}

/** Redis does not know this incarnation: another may hold its jobs by now. */
export const LOST = 'LOST';

/** Every script call of one incarnation in one partition: arguments in, typed replies out. No state, no decisions. */
export class WorkerCalls {
  private readonly deadlineMs: number;
  private readonly groups: string[];
  private readonly queueArgs: string[];

  constructor(
    readonly workerId: string,
    private readonly keys: QueueKeys,
    private readonly runner: ScriptRunner,
    private readonly queueOptions: QueueOptions,
    private readonly options: WorkerOptions,
  ) {
    this.deadlineMs = commandDeadlineMs(queueOptions, options);
    this.groups = options.priorities.flatMap((queue) => [
      keys.ready(queue),
      keys.scheduled(queue),
      keys.wake(queue),
      keys.timer(queue),
    ]);
    this.queueArgs = [String(options.priorities.length), ...options.priorities];
  }

  /** @returns false: the id is taken; use another. */
  async register(facts: Readonly<Record<string, string>>): Promise<boolean> {
    const { workers, revoked } = this.keys;
    const args = [this.workerId, String(this.options.heartbeatTtlMs), ...Object.entries(facts).flat()];
    const [answer] = (await this.call('register', [workers, revoked, this.keys.worker(this.workerId)], args)) as [
      string,
    ];
    return answer !== 'TAKEN';
  }

  async advance(acks: readonly Claim[], wanted: number, random: number): Promise<AdvanceReply | typeof LOST> {
    const { workers, control, jobs, history, completed, outcome, paused } = this.keys;
    const steps = planClaim(wanted, this.options, random);
    const args = [
      this.workerId,
      String(this.queueOptions.completed.keepCount),
      String(wanted),
      ...this.queueArgs,
      String(steps.length),
    ];
    for (const { queue, limit } of steps) args.push(String(queue), String(limit));
    for (const ack of acks)
      args.push(ack.jobId, String(ack.number), ack.settlement?.verb === 'ack' ? ack.settlement.outcomeTail : '');
    const keys = [workers, this.processing, control, jobs, history, completed, outcome, paused, ...this.groups];
    return readAdvance((await this.call('advance', keys, args)) as AdvanceAnswer, acks);
  }

  async fail(claims: readonly Claim[]): Promise<SettleReply | typeof LOST> {
    const failures: StoredFailure[] = [];
    const rows: string[] = [];
    for (const { jobId, number, settlement } of claims) {
      if (!settlement || settlement.verb === 'ack' || settlement.verb === 'release') continue;
      const { verb, queue, delayMs, historyTail, failure } = settlement;
      const index = failure ? indexOf(failures, failure) + 1 : 0;
      rows.push(
        jobId,
        String(number),
        verb === 'bury' ? '0' : String(queue),
        String(delayMs),
        historyTail,
        String(index),
      );
    }
    const kept = failures.flatMap(({ fingerprint, json }) => [fingerprint, json]);
    const { workers, history, failures: stored, dead } = this.keys;
    const pairs = this.options.priorities.flatMap((queue) => [this.keys.scheduled(queue), this.keys.timer(queue)]);
    const args = [this.workerId, String(MOST_FAILURES), String(failures.length), ...kept, ...rows];
    return readSettled(
      (await this.call('fail', [workers, this.processing, history, stored, dead, ...pairs], args)) as SettleAnswer,
      claims,
    );
  }

  async release(claims: readonly Claim[]): Promise<SettleReply | typeof LOST> {
    const { workers, history, paused } = this.keys;
    const rows = claims.flatMap(({ jobId, number, settlement }) => [
      jobId,
      String(number),
      settlement?.verb === 'release' ? String(settlement.queue) : '1',
    ]);
    const pairs = this.options.priorities.flatMap((queue) => [this.keys.ready(queue), this.keys.wake(queue)]);
    const answer = await this.call(
      'release',
      [workers, this.processing, history, paused, ...pairs],
      [this.workerId, ...this.queueArgs, ...rows],
    );
    return readSettled(answer as SettleAnswer, claims);
  }

  /** @returns the claims that Redis holds for this worker and that are not among the known ones. */
  async sync(known: readonly Claim[]): Promise<ClaimedJob[] | typeof LOST> {
    const { workers, jobs, history } = this.keys;
    const args = [this.workerId, ...known.flatMap(({ jobId, number }) => [jobId, String(number)])];
    const [now, ...rows] = (await this.call('sync', [workers, this.processing, jobs, history], args)) as string[];
    if (now === LOST) return LOST;
    const found: ClaimedJob[] = [];
    for (let at = 0; at + 3 < rows.length; at += 4) {
      const [jobId = '', number, record = '', past = ''] = rows.slice(at, at + 4);
      found.push({
        jobId,
        number: Number(number),
        record,
        history: past,
        claimedAtMs: Math.floor(Number(number) / 1_000),
      });
    }
    return found;
  }

  /** @returns the claims that are so old that this worker should know them. */
  async heartbeat(): Promise<{ jobId: string; number: number }[] | typeof LOST> {
    const args = [this.workerId, String(this.options.heartbeatTtlMs), String(2 * this.deadlineMs)];
    const [now, ...pairs] = (await this.call('heartbeat', [this.keys.workers, this.processing], args)) as string[];
    if (now === LOST) return LOST;
    return pairs.flatMap((jobId, at) => (at % 2 === 0 ? [{ jobId, number: Number(pairs[at + 1]) }] : []));
  }

  /** Gives back everything Redis holds for this worker and ends its registration. @returns the ids given back. */
  async leave(): Promise<string[] | typeof LOST> {
    const { workers, jobs, history, dead, paused } = this.keys;
    const keys = [
      workers,
      this.processing,
      this.keys.worker(this.workerId),
      jobs,
      history,
      dead,
      paused,
      ...this.groups,
    ];
    const [now, ids = []] = (await this.call('leave', keys, [this.workerId, ...this.options.priorities])) as [
      string,
      string[]?,
    ];
    return now === LOST ? LOST : ids;
  }

  private get processing(): string {
    return this.keys.processing(this.workerId);
  }

  private call(name: Parameters<ScriptRunner['run']>[0], keys: string[], args: string[]): Promise<unknown> {
    return this.runner.run(name, keys, args, this.deadlineMs);
  }
}

/** How long a worker waits for the reply to one call: a third of the lease at most, so that a lost one costs no lease. */
function commandDeadlineMs(queueOptions: QueueOptions, options: WorkerOptions): number {
  return Math.min(queueOptions.redis.readTimeoutMs, 5_000, options.heartbeatTtlMs / 3);
}

/** Where the failure with this fingerprint stands in the list; put there if it was not. */
function indexOf(failures: StoredFailure[], failure: StoredFailure): number {
  const known = failures.findIndex(({ fingerprint }) => fingerprint === failure.fingerprint);
  return known >= 0 ? known : failures.push(failure) - 1;
}

type AdvanceAnswer = [string, string, string, number[], (number | string)[], ...string[]];
type SettleAnswer = [string, number[]];

function readAdvance(answer: AdvanceAnswer, acks: readonly Claim[]): AdvanceReply | typeof LOST {
  const [now, nextDue, first, gone, pasts] = answer;
  if (now === LOST) return LOST;
  const number = Number(first);
  const claimedAtMs = Math.floor(number / 1_000);
  const histories = new Map<number, string>();
  for (let at = 0; at + 1 < pasts.length; at += 2) histories.set(Number(pasts[at]) - 1, String(pasts[at + 1]));
  const jobs: ClaimedJob[] = [];
  for (let at = 5; at + 1 < answer.length; at += 2) {
    const index = jobs.length;
    const [jobId, record] = [answer[at] as string, answer[at + 1] as string];
    jobs.push({ jobId, number: number + index, record, history: histories.get(index) ?? '', claimedAtMs });
  }
  return { nowMs: Number(now), nextDueMs: nextDue ? Number(nextDue) : undefined, gone: rowsOf(gone, acks), jobs };
}

function readSettled([now, gone]: SettleAnswer, claims: readonly Claim[]): SettleReply | typeof LOST {
  return now === LOST ? LOST : { nowMs: Number(now), gone: rowsOf(gone, claims) };
}

const NONE: ReadonlySet<Claim> = new Set();

function rowsOf(positions: readonly number[], claims: readonly Claim[]): ReadonlySet<Claim> {
  if (positions.length === 0) return NONE;
  return new Set(positions.flatMap((position) => claims[position - 1] ?? []));
}
