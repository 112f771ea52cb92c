import { Inject, Injectable } from '@nestjs/common';
import { QueueEvents } from '../events/queue-events.js';
import { decodeHeader } from '../job/job-codec.js';
import { decodeHistory, encodeHistoryTail } from '../job/job-history.js';
import type { DeadReason } from '../job/job.js';
import { decideAfterCrash } from '../job/retry-policy.js';
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
  readonly verb: 'front' | 'retry' | 'bury';
  readonly queue: string;
  readonly delayMs: number;
  readonly historyTail: string;
  readonly crashes: number;
}

/** Takes jobs back from lost workers. Any number may run at once: each move is guarded by the claim number (rules 12, 13). */
@Injectable()
export class Reaper {
  constructor(
    @Inject(QUEUE_OPTIONS) private readonly options: QueueOptions,
    private readonly runner: ScriptRunner,
    private readonly events: QueueEvents,
  ) {}

  /** One sweep of one partition: revokes who is over, then empties every revoked worker. */
  async sweep(partition: number, leaseMs: number): Promise<void> {
    const keys = new QueueKeys(this.options.prefix, partition);
    const reply = await this.runner.run(
      'sweep',
      [keys.workers, keys.revoked, keys.control],
      [String(leaseMs), String(WORKERS_A_SWEEP)],
    );
    const [, amnesty, over, revoked] = reply as [string, string, string[], string[]];
    if (amnesty !== '0') this.events.emit('reaper.amnesty', { partition, untilMs: Number(amnesty) });
    for (const workerId of over) this.events.emit('worker.revoked', { workerId, partition });
    for (const workerId of revoked) await this.empty(keys, workerId);
  }

  /** Ends when nothing is left, or nothing could be moved: another reaper was faster, or Redis lost the revocation. */
  private async empty(keys: QueueKeys, workerId: string): Promise<void> {
    for (let left = 1; left > 0;) {
      const moves = await this.read(keys, workerId);
      const reply = await this.move(keys, workerId, moves);
      if (reply.moved === 0) return;
      left = reply.left;
    }
  }

  private async read(keys: QueueKeys, workerId: string): Promise<Move[]> {
    const reply = await this.runner.run(
      'read-claims',
      [keys.processing(workerId), keys.jobs, keys.history],
      [String(JOBS_A_CALL)],
    );
    const rows = reply as string[];
    const moves: Move[] = [];
    for (let at = 0; at + 3 < rows.length; at += 4) {
      const [jobId = '', number = '', header = '', history = ''] = rows.slice(at, at + 4);
      moves.push(decideMove(jobId, number, header, history, workerId));
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
    const { revoked, history, dead, paused } = keys;
    const reply = await this.runner.run(
      'reap',
      [revoked, keys.processing(workerId), keys.worker(workerId), history, dead, paused, ...groups],
      [workerId, String(queues.length), ...queues, ...rows],
    );
    const [, left, gone] = reply as [string, number, number[]];
    moves.forEach((move, index) => {
      if (!gone.includes(index + 1)) this.tell(move, workerId);
    });
    return { left, moved: moves.length - gone.length };
  }

  private tell({ jobId, queue, verb, crashes }: Move, fromWorkerId: string): void {
    if (verb !== 'bury') this.events.emit('job.recovered', { jobId, queue, fromWorkerId, crashes });
  }
}

/** Pure but for the jitter: where a job of a lost worker goes. What cannot be read cannot be sent anywhere: dead, with a reason. */
function decideMove(jobId: string, number: string, headerLine: string, historyText: string, workerId: string): Move {
  const header = decodeHeader(headerLine);
  const past = decodeHistory(historyText);
  const crashes = past.crashes + 1;
  const entry = {
    atMs: Math.floor(Number(number) / 1_000),
    workerId,
    what: 'crash' as const,
    summary: 'its worker was lost while it ran',
  };
  const history = { ...past, crashes, trail: [...past.trail, entry] };
  const base = { jobId, number, crashes, queue: header?.queue ?? 'unknown' };
  if (!header) {
    const reason: DeadReason = headerLine ? 'malformed-record' : 'record-missing';
    return { ...base, verb: 'bury', delayMs: 0, historyTail: encodeHistoryTail({ ...history, reason }) };
  }
  const decision = decideAfterCrash(crashes, Math.random());
  return {
    ...base,
    verb: decision.verb,
    delayMs: decision.verb === 'retry' ? decision.delayMs : 0,
    historyTail: encodeHistoryTail(history),
  };
}
