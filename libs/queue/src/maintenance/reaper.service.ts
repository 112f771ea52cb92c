import { Inject, Injectable } from '@nestjs/common';
import { QueueEvents } from '../events/queue-events.js';
import {
  afterCrashInCompany,
  afterSoloCrash,
  describeSoloEnd,
  historyAfterCrash,
  type CrashPolicy,
} from '../job/crash-policy.js';
import { decodeHeader } from '../job/job-codec.js';
import { decodeHistory, encodeHistoryTail } from '../job/job-history.js';
import type { DeadReason } from '../job/job.js';
import { isSoloWorkerId } from '../job/solo-worker-id.js';
import type { QueueOptions } from '../queue.options.js';
import { QUEUE_OPTIONS } from '../queue.tokens.js';
import { QueueKeys } from '../redis/queue-keys.js';
import { ScriptRunner } from '../redis/script-runner.js';

const WORKERS_A_SWEEP = 20;
const JOBS_A_CALL = 100;

/** A job to be moved, as the script takes it. */
interface Move {
  readonly jobId: string;
  readonly number: string;
  readonly verb: 'front' | 'alone' | 'retry' | 'bury';
  readonly kind: string;
  readonly queue: string;
  readonly delayMs: number;
  readonly historyTail: string;
  readonly crashes: number;
  readonly attempt: number;
  /** Dead for its own crashes. */
  readonly isConvicted: boolean;
}

/** A worker that can start no process for a job. */
const IN_COMPANY: CrashPolicy = { maxCrashes: 3, canRunAlone: false };

/** Takes jobs back from lost workers. Any number may run at once: each move is guarded by the claim number (rules 12, 13). */
@Injectable()
export class Reaper {
  constructor(
    @Inject(QUEUE_OPTIONS) private readonly options: QueueOptions,
    private readonly runner: ScriptRunner,
    private readonly events: QueueEvents,
  ) {}

  /** One sweep of one partition: revokes who is over, then empties every revoked worker. */
  async sweep(partition: number, leaseMs: number, policy: CrashPolicy = IN_COMPANY): Promise<void> {
    const keys = new QueueKeys(this.options.prefix, partition);
    const reply = await this.runner.run(
      'sweep',
      [keys.workers, keys.revoked, keys.control],
      [String(leaseMs), String(WORKERS_A_SWEEP)],
    );
    const [, amnesty, over, revoked] = reply as [string, string, string[], string[]];
    if (amnesty !== '0') this.events.emit('reaper.amnesty', { partition, untilMs: Number(amnesty) });
    for (const workerId of over) this.events.emit('worker.revoked', { workerId, partition });
    for (const workerId of revoked) await this.empty(keys, workerId, policy);
  }

  /** Ends when nothing is left, or nothing could be moved: another reaper was faster, or Redis lost the revocation. */
  private async empty(keys: QueueKeys, workerId: string, policy: CrashPolicy): Promise<void> {
    for (let left = 1; left > 0;) {
      const moves = await this.read(keys, workerId, policy);
      const reply = await this.move(keys, workerId, moves);
      if (reply.moved === 0) return;
      left = reply.left;
    }
  }

  private async read(keys: QueueKeys, workerId: string, policy: CrashPolicy): Promise<Move[]> {
    const reply = await this.runner.run(
      'read-claims',
      [keys.processing(workerId), keys.jobs, keys.history],
      [String(JOBS_A_CALL)],
    );
    const rows = reply as string[];
    const moves: Move[] = [];
    for (let at = 0; at + 3 < rows.length; at += 4) {
      const [jobId = '', number = '', header = '', history = ''] = rows.slice(at, at + 4);
      moves.push(decideMove(jobId, number, header, history, workerId, policy));
    }
    return moves;
  }

  private async move(
    keys: QueueKeys,
    workerId: string,
    moves: readonly Move[],
  ): Promise<{ left: number; moved: number }> {
    const queues = [...new Set(moves.flatMap(({ verb, queue }) => (verb === 'bury' ? [] : [queue])))];
    const groups = queues.flatMap((queue) => [
      keys.ready(queue),
      keys.scheduled(queue),
      keys.wake(queue),
      keys.timer(queue),
    ]);
    const rows = moves.flatMap((move) => {
      const queue = move.verb === 'bury' ? 0 : queues.indexOf(move.queue) + 1;
      return [move.jobId, move.number, move.verb, String(queue), String(move.delayMs), move.historyTail];
    });
    const { revoked, history, dead, paused, deadGroups } = keys;
    const reply = await this.runner.run(
      'reap',
      [
        revoked,
        keys.processing(workerId),
        keys.worker(workerId),
        history,
        dead,
        paused,
        deadGroups,
        keys.cancels(workerId),
        ...groups,
        ...queues.map((queue) => keys.quarantine(queue)),
      ],
      [workerId, String(queues.length), ...queues, ...rows],
    );
    const [, left, gone, cancelled] = reply as [string, number, number[], number[]];
    moves.forEach((move, index) => {
      if (!gone.includes(index + 1) && !cancelled.includes(index + 1)) this.tell(move, workerId);
    });
    return { left, moved: moves.length - gone.length };
  }

  private tell({ jobId, kind, queue, verb, crashes, attempt, isConvicted }: Move, workerId: string): void {
    if (isConvicted) this.events.emit('job.dead', { jobId, kind, queue, workerId, attempt, reason: 'worker-lost' });
    else if (verb !== 'bury') this.events.emit('job.recovered', { jobId, queue, fromWorkerId: workerId, crashes });
  }
}

/** Pure but for the jitter: where a job of a lost worker goes. What cannot be read cannot be sent anywhere: dead, with a reason. */
function decideMove(
  jobId: string,
  number: string,
  headerLine: string,
  historyText: string,
  workerId: string,
  policy: CrashPolicy,
): Move {
  const header = decodeHeader(headerLine);
  const past = decodeHistory(historyText);
  const crashes = past.crashes + 1;
  const isSolo = isSoloWorkerId(workerId);
  const entry = {
    atMs: Math.floor(Number(number) / 1_000),
    workerId,
    what: isSolo ? ('solo-crash' as const) : ('crash' as const),
    summary: isSolo ? describeSoloEnd({}) : 'its worker was lost while it ran',
  };
  const { queue = 'unknown', kind = 'unknown' } = header ?? {};
  const base = { jobId, number, crashes, queue, kind, attempt: past.attempts + 1, isConvicted: false, delayMs: 0 };
  if (!header) {
    const reason: DeadReason = headerLine ? 'malformed-record' : 'record-missing';
    const history = { ...historyAfterCrash(past, entry, { verb: 'bury' }), reason };
    return { ...base, verb: 'bury', historyTail: encodeHistoryTail(history) };
  }
  const decision = isSolo ? afterSoloCrash(past, {}, policy) : afterCrashInCompany(crashes, policy, Math.random());
  return {
    ...base,
    verb: decision.verb,
    isConvicted: decision.verb === 'bury',
    delayMs: decision.verb === 'retry' ? decision.delayMs : 0,
    historyTail: encodeHistoryTail(historyAfterCrash(past, entry, decision)),
  };
}
