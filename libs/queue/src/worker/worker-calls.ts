import type { StoredBreaker } from '../job/breaker-text.js';
import { decodeCancelRequest } from '../job/cancel-request.js';
import { CRASHES_TO_RUN_ALONE } from '../job/crash-policy.js';
import { isSoloWorkerId } from '../job/solo-worker-id.js';
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
  /** What is kept of breakers; undefined: no job was wanted. */
  readonly breakers?: string;
  readonly jobs: readonly ClaimedJob[];
}

/** What `fail`, `release` and `answer` answered. */
export interface SettleReply {
  readonly nowMs: number;
  readonly gone: ReadonlySet<Claim>;
}

/** What `claim-probe` answered. */
export interface ProbeReply {
  readonly nowMs: number;
  readonly breakers: string;
  /** Undefined: it is too early, somebody else probes, or there is nothing to try. */
  readonly job?: ClaimedJob;
}

/** What `heartbeat` answered. */
export interface HeartbeatReply {
  readonly nowMs: number;
  readonly breakers: string;
  /** Claims that are so old that this worker should know them. */
  readonly old: readonly { readonly jobId: string; readonly number: number }[];
  /** Claims that somebody wants to end; named at each call until they have. */
  readonly cancels: readonly { readonly jobId: string; readonly number: number; readonly summary: string }[];
}

/** Redis does not know this incarnation: another may hold its jobs by now. */
export const LOST = 'LOST';

/** Every script call of one incarnation in one partition: arguments in, typed replies out. No state, no decisions. */
export class WorkerCalls {
  private readonly deadlineMs: number;
  private readonly groups: string[];
  /** Where what becomes due and crashed too often waits; none when this worker cannot run a job alone. */
  private readonly quarantines: string[];
  private readonly queueArgs: string[];

  constructor(
    readonly workerId: string,
    private readonly keys: QueueKeys,
    private readonly runner: ScriptRunner,
    private readonly queueOptions: QueueOptions,
    private readonly options: WorkerOptions,
  ) {
    this.deadlineMs = commandDeadlineMs(queueOptions, options);
    this.groups = options.priorities.flatMap((queue) => this.groupOf(queue, keys.ready(queue)));
    this.quarantines = options.solo ? options.priorities.map((queue) => keys.quarantine(queue)) : [];
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
      String(CRASHES_TO_RUN_ALONE),
      ...this.queueArgs,
      String(steps.length),
    ];
    for (const { queue, limit } of steps) args.push(String(queue), String(limit));
    for (const ack of acks)
      args.push(ack.jobId, String(ack.number), ack.settlement?.verb === 'ack' ? ack.settlement.outcomeTail : '');
    const places = [...this.groups, ...this.quarantines];
    const keys = [workers, this.processing, control, jobs, history, completed, outcome, paused, ...places];
    return readAdvance((await this.call('advance', keys, args)) as AdvanceAnswer, acks);
  }

  async fail(claims: readonly Claim[]): Promise<SettleReply | typeof LOST> {
    const failures: StoredFailure[] = [];
    const rows: string[] = [];
    for (const { jobId, number, settlement } of claims) {
      if (!settlement || !('historyTail' in settlement)) continue;
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
    const { workers, history, failures: stored, dead, deadGroups } = this.keys;
    const cancels = this.keys.cancels(this.workerId);
    const pairs = this.options.priorities.flatMap((queue) => [this.keys.scheduled(queue), this.keys.timer(queue)]);
    const args = [this.workerId, String(MOST_FAILURES), String(failures.length), ...kept, ...rows];
    return readSettled(
      (await this.call(
        'fail',
        [workers, this.processing, history, stored, dead, deadGroups, cancels, ...pairs],
        args,
      )) as SettleAnswer,
      claims,
    );
  }

  async release(claims: readonly Claim[]): Promise<SettleReply | typeof LOST> {
    const { workers, history, paused, dead, deadGroups } = this.keys;
    const cancels = this.keys.cancels(this.workerId);
    const rows = claims.flatMap(({ jobId, number, settlement }) => [
      jobId,
      String(number),
      settlement?.verb === 'release' ? String(settlement.queue) : '1',
    ]);
    const pairs = this.options.priorities.flatMap((queue) => [this.home(queue), this.keys.wake(queue)]);
    const answer = await this.call(
      'release',
      [workers, this.processing, history, paused, cancels, dead, deadGroups, ...pairs],
      [this.workerId, ...this.queueArgs, ...rows],
    );
    return readSettled(answer as SettleAnswer, claims);
  }

  /** Sets jobs aside until the breakers of their kinds have closed. */
  async park(claims: readonly Claim[]): Promise<(SettleReply & { readonly breakers: string }) | typeof LOST> {
    const { workers, control, history, paused, dead, deadGroups } = this.keys;
    const lists: string[] = [];
    const rows = claims.flatMap(({ jobId, number, settlement }) => {
      if (settlement?.verb !== 'park') return [];
      const queue = this.options.priorities[settlement.queue - 1] ?? '';
      return [jobId, String(number), String(indexIn(lists, `${queue}:${settlement.kind}`) + 1)];
    });
    const names = lists.map((list) => list.split(':') as [queue: string, kind: string]);
    const groups = names.flatMap(([queue, kind]) => [
      this.keys.parked(queue, kind),
      this.keys.ready(queue),
      this.keys.wake(queue),
    ]);
    const cancels = this.keys.cancels(this.workerId);
    const fixed = [workers, this.processing, control, history, paused, cancels, dead, deadGroups];
    const args = [this.workerId, String(names.length), ...names.flat(), ...rows];
    const answer = (await this.call('park', [...fixed, ...groups], args)) as [...SettleAnswer, string];
    const settled = readSettled([answer[0], answer[1]], claims);
    return settled === LOST ? LOST : { ...settled, breakers: answer[2] };
  }

  /** @param canRun - whether this worker has a handler; without one it only lets a breaker be forgotten that nobody probes. */
  async claimProbe({ kind, probe }: StoredBreaker, canRun: boolean): Promise<ProbeReply | typeof LOST> {
    const { workers, control, jobs, history, paused } = this.keys;
    const queues = canRun ? this.options.priorities : [];
    const prober = probe ? this.keys.processing(probe.workerId) : this.processing;
    const fixed = [workers, this.processing, control, jobs, history, paused, prober];
    const args = [this.workerId, kind, probe?.workerId ?? '-', String(this.options.circuitBreaker.windowMs), ...queues];
    const answer = await this.call(
      'claim-probe',
      [...fixed, ...queues.map((queue) => this.keys.parked(queue, kind))],
      args,
    );
    const [now = '', breakers = '', number, jobId = '', record = '', past = ''] = answer as string[];
    if (now === LOST) return LOST;
    const nowMs = Number(now);
    if (number === undefined) return { nowMs, breakers };
    return { nowMs, breakers, job: { jobId, number: Number(number), record, history: past, claimedAtMs: nowMs } };
  }

  /** Ends jobs of benchmarks. */
  async answer(claims: readonly Claim[]): Promise<SettleReply | typeof LOST> {
    const { workers, jobs, history } = this.keys;
    const runIds: string[] = [];
    const rows = claims.flatMap(({ jobId, number, settlement }) => {
      const address = settlement?.verb === 'answer' ? settlement.address : undefined;
      const bench = address ? indexIn(runIds, address.runId) + 1 : 0;
      return [jobId, String(number), String(bench), String(address?.deadlineMs ?? 0)];
    });
    const keys = [workers, this.processing, jobs, history, ...runIds.map((runId) => this.keys.bench(runId))];
    return readSettled((await this.call('answer', keys, [this.workerId, ...rows])) as SettleAnswer, claims);
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

  async heartbeat(): Promise<HeartbeatReply | typeof LOST> {
    const { workers, control } = this.keys;
    const keys = [workers, this.processing, this.keys.cancels(this.workerId), control];
    const args = [this.workerId, String(this.options.heartbeatTtlMs), String(2 * this.deadlineMs)];
    const answer = (await this.call('heartbeat', keys, args)) as [string, string[], string[], string];
    const [now, old, asked, breakers] = answer;
    if (now === LOST) return LOST;
    return {
      nowMs: Number(now),
      breakers,
      old: inPairs(old).map(([jobId, number]) => ({ jobId, number: Number(number) })),
      cancels: inPairs(asked).map(([jobId, request]) => ({ jobId, ...decodeCancelRequest(request) })),
    };
  }

  /** The lease is over from now on; the registration stays, so that a reaper finds the jobs. */
  async resign(): Promise<void> {
    const { workers, control } = this.keys;
    const keys = [workers, this.processing, this.keys.cancels(this.workerId), control];
    await this.call('heartbeat', keys, [this.workerId, '0', '0']);
  }

  /** Ends the wait of this worker on its own list. */
  async nudge(): Promise<void> {
    await this.call('nudge', [this.keys.nudge(this.workerId)], []);
  }

  /** Gives back everything Redis holds for this worker and ends its registration. @returns the ids given back. */
  async leave(): Promise<string[] | typeof LOST> {
    const { workers, jobs, history, dead, paused, deadGroups } = this.keys;
    const keys = [
      workers,
      this.processing,
      this.keys.worker(this.workerId),
      jobs,
      history,
      dead,
      paused,
      deadGroups,
      this.keys.cancels(this.workerId),
      ...this.options.priorities.flatMap((queue) => this.groupOf(queue, this.home(queue))),
    ];
    const [now, ids = []] = (await this.call('leave', keys, [this.workerId, ...this.options.priorities])) as [
      string,
      string[]?,
    ];
    return now === LOST ? LOST : ids;
  }

  /** The one quarantined job of a process that was started for it. @returns undefined: it cannot be had (any more). */
  async claimQuarantined(queue: string, jobId: string): Promise<ClaimedJob | typeof LOST | undefined> {
    const { workers, control, jobs, history, paused } = this.keys;
    const keys = [workers, this.processing, control, jobs, history, paused, this.keys.quarantine(queue)];
    const [now, number, record = '', past = ''] = (await this.call('claim-quarantined', keys, [
      this.workerId,
      queue,
      jobId,
    ])) as string[];
    if (now === LOST) return LOST;
    if (number === undefined) return undefined;
    return { jobId, number: Number(number), record, history: past, claimedAtMs: Number(now) };
  }

  /** What this worker gives back goes where it came from. */
  private home(queue: string): string {
    return isSoloWorkerId(this.workerId) ? this.keys.quarantine(queue) : this.keys.ready(queue);
  }

  private groupOf(queue: string, home: string): string[] {
    return [home, this.keys.scheduled(queue), this.keys.wake(queue), this.keys.timer(queue)];
  }

  private get processing(): string {
    return this.keys.processing(this.workerId);
  }

  private call(name: Parameters<ScriptRunner['run']>[0], keys: string[], args: string[]): Promise<unknown> {
    return this.runner.run(name, keys, args, this.deadlineMs);
  }
}

/** How long a worker waits for the reply to one call: a third of the lease at most, so that a lost one costs no lease. */
export function commandDeadlineMs(queueOptions: QueueOptions, options: WorkerOptions): number {
  return Math.min(queueOptions.redis.readTimeoutMs, 5_000, options.heartbeatTtlMs / 3);
}

/** Where the failure with this fingerprint stands in the list; put there if it was not. */
function indexOf(failures: StoredFailure[], failure: StoredFailure): number {
  const known = failures.findIndex(({ fingerprint }) => fingerprint === failure.fingerprint);
  return known >= 0 ? known : failures.push(failure) - 1;
}

/** Where a text stands in the list; put there if it was not. */
function indexIn(list: string[], text: string): number {
  const known = list.indexOf(text);
  return known >= 0 ? known : list.push(text) - 1;
}

function inPairs(flat: readonly string[]): [string, string][] {
  return flat.flatMap((first, at) => (at % 2 === 0 ? [[first, flat[at + 1] ?? '']] : []));
}

type AdvanceAnswer = [string, string, string, number[], (number | string)[], string | null, ...string[]];
type SettleAnswer = [string, number[]];

function readAdvance(answer: AdvanceAnswer, acks: readonly Claim[]): AdvanceReply | typeof LOST {
  const [now, nextDue, first, gone, pasts, breakers] = answer;
  if (now === LOST) return LOST;
  const number = Number(first);
  const claimedAtMs = Math.floor(number / 1_000);
  const histories = new Map<number, string>();
  for (let at = 0; at + 1 < pasts.length; at += 2) histories.set(Number(pasts[at]) - 1, String(pasts[at + 1]));
  const jobs: ClaimedJob[] = [];
  for (let at = 6; at + 1 < answer.length; at += 2) {
    const index = jobs.length;
    const [jobId, record] = [answer[at] as string, answer[at + 1] as string];
    jobs.push({ jobId, number: number + index, record, history: histories.get(index) ?? '', claimedAtMs });
  }
  return {
    nowMs: Number(now),
    nextDueMs: nextDue ? Number(nextDue) : undefined,
    gone: rowsOf(gone, acks),
    breakers: breakers ?? undefined,
    jobs,
  };
}

function readSettled([now, gone]: SettleAnswer, claims: readonly Claim[]): SettleReply | typeof LOST {
  return now === LOST ? LOST : { nowMs: Number(now), gone: rowsOf(gone, claims) };
}

const NONE: ReadonlySet<Claim> = new Set();

function rowsOf(positions: readonly number[], claims: readonly Claim[]): ReadonlySet<Claim> {
  if (positions.length === 0) return NONE;
  return new Set(positions.flatMap((position) => claims[position - 1] ?? []));
}
